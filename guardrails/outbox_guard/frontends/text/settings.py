"""Configuration files, line by line: their keys, and the names of keys in their values."""

from __future__ import annotations

import re

from outbox_guard.frontends.text.blanks import only, without

_LONG = re.compile(r"\"{3}.*?(?:\"{3,5}|\Z)|'{3}.*?(?:'{3,5}|\Z)", re.DOTALL)
_BLOCK = re.compile(
    r"^(?P<indent>[ ]*+)[^#\n]*[:-][ ]+(?:[|>][-+\d]*)[ \t]*(?:#.*)?\n"
    r"(?:(?:(?P=indent)[ ]++[^\n]*+)?\n)*(?:(?P=indent)[ ]++[^\n]++\Z)?",
    re.MULTILINE,
)
_COMMENT = re.compile(r"(?:^|(?<=\s))[#;].*$", re.MULTILINE)
# A text with blanks in it is prose: no name of a key, and no place for one.
_PROSE = re.compile(r"\"[^\"\n$]*[ \t][^\"\n$]*\"|'[^'\n$]*[ \t][^'\n$]*'")
_VALUE = re.compile(
    r"(?P<before>^[^\n=:]*[=:][ \t]*)(?P<value>[^\n]*)$",
    re.MULTILINE,
)
_NAME = re.compile(
    r"\$\{\{?\s*(?:[\w.]+\.)?[\w-]+|\$\w+|^[\"']?[\w-]+[\"']?(?=\s*(?:[,}]|$))|^[\"']?[\w-]+=|(?:^|[,{]\s*)[\w\"'-]+\s*(?:=|:(?!\S))"
)


def short(text: str) -> str:
    """Without texts over several lines, which quote something else."""
    return without(text, _LONG, _BLOCK)


def toml(text: str) -> str:
    """The keys of a configuration, and the values that name one."""
    return _named(without(text, _LONG, _COMMENT, _PROSE))


def yaml(text: str) -> str:
    return _named(without(text, _BLOCK, _COMMENT, _PROSE))


def lines(text: str) -> str:
    """INI, properties, .env: a key, a sign, a value."""
    return _named(without(text, _COMMENT, _PROSE))


_SET = re.compile(
    r"^[ \t]*(?:- )?(?:(?:export|ENV|ARG|local|readonly|declare(?: -\w+)?|set)[ ]+|Environment=)?"
    r"[\"']?(?P<name>[A-Za-z][\w.-]*)[\"']?[ \t]*(?:=|:(?=[ \t]|$)|(?<=\w) )",
    re.MULTILINE,
)
_MEMBER = re.compile(r"\"(?P<name>[\w.-]+)\"\s*:")


def embedded(text: str) -> str:
    """The keys that are set in the blocks of a YAML file: a script, a file of a ConfigMap."""
    blocks = (match.span() for match in _BLOCK.finditer(text))
    return set_keys(only(text, ((text.index("\n", start), end) for start, end in blocks)))


def set_keys(text: str) -> str:
    """`export NAME=…`, `ENV NAME …`, `NAME = …`, at the beginning of a line."""
    return only(text, (match.span("name") for match in _SET.finditer(text)))


def members(text: str) -> str:
    """The keys of a JSON file."""
    return only(text, (match.span("name") for match in _MEMBER.finditer(text)))


def _named(text: str) -> str:
    """Without the values that are no name of a key, such as a title."""

    def kept(match: re.Match[str]) -> str:
        value = match["value"]
        shown = [" "] * len(value)
        for name in _NAME.finditer(value.rstrip()):
            shown[name.start() : name.end()] = name[0]
        return match["before"] + "".join(shown)

    return _VALUE.sub(kept, text)
