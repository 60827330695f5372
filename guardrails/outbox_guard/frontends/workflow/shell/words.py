"""What a word of a shell script stands for, where that is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from outbox_guard.frontends.workflow.shell.tokens import ShellFault, nested_end, word_end

Variables = Callable[[str], str | None]

_PARAMETER = re.compile(r"\$(?:(?P<name>[A-Za-z_]\w*)|(?P<special>[?!#@*$\d]))")
_BRACED = re.compile(
    r"\{(?P<name>[A-Za-z_]\w*|[?!])(?:\[(?P<index>[^]]*)\])?(?P<rest>.*)\}", re.DOTALL
)
_BARE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})")
_SCRIPT = re.compile(r"\$\((?!\()|[<>]\(")
_DEFAULT = re.compile(r":?-(.*)", re.DOTALL)


def expanded(word: str, variables: Variables) -> str | None:
    """The text of a word; None where it holds anything that is not known."""
    pieces: list[str] = []
    at, quoted = 0, False
    while at < len(word):
        sign = word[at]
        if sign == '"':
            quoted, at = not quoted, at + 1
        elif sign == "'" and not quoted:
            end = word.find("'", at + 1)
            pieces.append(word[at + 1 : end])
            at = end + 1
        elif sign == "\\":
            pieces.append(word[at + 1 : at + 2])
            at += 2
        elif sign == "`" or word.startswith(("$(", "$'"), at):
            return None
        elif sign == "$":
            value, at = _parameter(word, at, variables)
            if value is None:
                return None
            pieces.append(value)
        else:
            pieces.append(sign)
            at += 1
    return "".join(pieces)


def split(word: str, variables: Variables) -> list[tuple[str | None, str]]:
    """What a word becomes, each with how it is written: a bare `$NAME` may become several."""
    value = expanded(word, variables)
    if value is None or not _BARE.fullmatch(word):
        return [(value, word)]
    return [(each, each) for each in value.split()] or [(value, word)]


def _parameter(word: str, at: int, variables: Variables) -> tuple[str | None, int]:
    if word.startswith("${", at):
        end = nested_end(word, at + 1)
        return _braced(word[at + 1 : end], variables), end
    match = _PARAMETER.match(word, at)
    if match is None:
        return "$", at + 1
    return variables(match["name"] or match["special"]), match.end()


def _braced(inner: str, variables: Variables) -> str | None:
    match = _BRACED.fullmatch(inner)
    if match is None:
        return None
    name = match["name"] if match["index"] is None else f"{match['name']}[{match['index']}]"
    value = variables(name)
    default = _DEFAULT.fullmatch(match["rest"])
    if default and value == "":
        return expanded(default[1], variables)
    return value if default or not match["rest"] else None


def substitutions(word: str) -> Iterator[tuple[str, int]]:
    """The scripts in `$( … )`, `<( … )` and back quotes of a word, and where in it they begin."""
    at, quoted = 0, False
    while at < len(word):
        sign = word[at]
        if sign == "\\":
            at += 2
        elif sign == "'" and not quoted:
            at = word.find("'", at + 1) + 1 or len(word)
        elif _SCRIPT.match(word, at):
            end = nested_end(word, at + 1)
            yield word[at + 2 : end - 1], at + 2
            at = end
        elif sign == "`":
            end = word_end(word, at)
            yield word[at + 1 : end - 1], at + 1
            at = end
        else:
            quoted ^= sign == '"'
            at += 1


def literal(word: str) -> str | None:
    """The text of a word in which nothing is expanded."""
    try:
        return expanded(word, lambda _name: None)
    except ShellFault:
        return None
