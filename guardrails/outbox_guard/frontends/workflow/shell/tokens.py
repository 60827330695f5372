"""A shell script cut into words and operators, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace


class ShellFault(Exception):
    """A script that cannot be read as one of bash or sh."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is written, quotes and all, or an operator; a newline is an operator."""

    text: str
    start: int
    end: int
    operator: bool = False
    document: str = ""  # the here-document that an operator `<<` brings
    document_start: int = 0

    def is_sign(self, *signs: str) -> bool:
        return self.operator and self.text in signs

    def is_word(self, *words: str) -> bool:
        return not self.operator and self.text in words


_OPERATOR = re.compile(
    r"\d*(?:&>>|&>|<<<|<<-|<<|>>|<>|>\||[<>]&|[<>])|&&|\|\||;;&|;;|;&|\|&|[|&;()\n]"
)
_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_SPECIAL = re.compile(r"[ \t\r\n|&;()<>]")
_CLOSES = {"(": ")", "{": "}"}
_NESTED = re.compile(r"\$[({]|[<>]\(")


def tokens(script: str, offset: int = 0) -> Iterator[Token]:
    """All of a script; raises ShellFault where a quote or a bracket is never closed.

    `offset` is where the script begins in the one that holds it.
    """
    for token in _tokens(script):
        yield replace(
            token,
            start=token.start + offset,
            end=token.end + offset,
            document_start=token.document_start + offset,
        )


def _tokens(script: str) -> list[Token]:
    at = 0
    waiting: list[tuple[int, str, bool]] = []  # here-documents whose bodies come after the line
    found: list[Token] = []
    while at < len(script):
        if match := _BLANK.match(script, at) or _COMMENT.match(script, at):
            at = match.end()
        elif (match := _OPERATOR.match(script, at)) and not _NESTED.match(script, at):
            found.append(Token(match[0], at, match.end(), operator=True))
            at = match.end()
            if match[0] == "\n" and waiting:
                at = _documents(script, at, waiting, found)
                waiting = []
        else:
            end = word_end(script, at)
            before = found[-1] if found else None
            if before and before.operator and re.fullmatch(r"\d*<<-?", before.text):
                waiting.append((len(found) - 1, _plain(script[at:end]), before.text[-1] == "-"))
            found.append(Token(script[at:end], at, end))
            at = end
    return found


def _documents(
    script: str, at: int, waiting: list[tuple[int, str, bool]], found: list[Token]
) -> int:
    """Go past the bodies of here-documents, and give each to its operator."""
    for index, delimiter, tabs in waiting:
        indent = r"\t*" if tabs else ""
        end = re.compile(rf"^{indent}{re.escape(delimiter)}[ \t]*$", re.MULTILINE)
        match = end.search(script, at)
        body = script[at : match.start() if match else len(script)]
        sign = found[index]
        found[index] = replace(sign, document=body, document_start=at)
        at = match.end() if match else len(script)
    return at


def _plain(word: str) -> str:
    return re.sub(r"[\\'\"]", "", word)


def word_end(script: str, at: int) -> int:
    """Where the word ends that begins here."""
    while at < len(script):
        sign = script[at]
        if sign == "\\":
            at += 2
        elif sign == "'":
            at = _after(script, "'", at + 1)
        elif sign == '"':
            at = _quoted_end(script, at + 1)
        elif sign == "`":
            at = _after(script, "`", at + 1)
        elif script.startswith("$'", at):
            at = _after(script, "'", at + 2)
        elif _NESTED.match(script, at):
            at = nested_end(script, at + 1)
        elif _SPECIAL.match(sign):
            if sign == "(" and script[at - 1] == "=":  # an array
                at = nested_end(script, at)
                continue
            return at
        else:
            at += 1
    return min(at, len(script))


def _after(script: str, sign: str, at: int) -> int:
    end = script.find(sign, at)
    if end < 0:
        raise ShellFault(f"{sign} is never closed")
    return end + 1


def _quoted_end(script: str, at: int) -> int:
    while at < len(script):
        sign = script[at]
        if sign == '"':
            return at + 1
        if sign == "\\":
            at += 2
        elif sign == "`":
            at = _after(script, "`", at + 1)
        elif sign == "$" and script[at + 1 : at + 2] in _CLOSES:
            at = nested_end(script, at + 1)
        else:
            at += 1
    raise ShellFault('" is never closed')


def nested_end(script: str, at: int) -> int:
    """After the bracket that closes the one at this offset, quotes in between respected."""
    opens, closes = script[at], _CLOSES[script[at]]
    depth = 0
    while at < len(script):
        sign = script[at]
        if sign == "\\":
            at += 2
            continue
        if sign == "'":
            at = _after(script, "'", at + 1)
            continue
        if sign == '"':
            at = _quoted_end(script, at + 1)
            continue
        depth += (sign == opens) - (sign == closes)
        at += 1
        if not depth:
            return at
    raise ShellFault(f"{opens} is never closed")
