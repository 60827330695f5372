"""Placeholders of drivers and templates made identifiers of the same length, so offsets survive.

Which driver or template engine a text is meant for, nobody says. So the placeholders of all of them
are masked; doubtful spellings are told apart from casts, slices, modulo and JSON operators by what
stands around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from outbox_guard.frontends.sql.lexing.lexer import scan
from outbox_guard.frontends.sql.lexing.text import Bind, Binds
from outbox_guard.frontends.sql.lexing.tokens import LexError

Style = Literal[
    "format",  # %s
    "pyformat",  # %(name)s
    "qmark",  # ?
    "numeric",  # $1
    "named",  # :name
    "variable",  # psql's :'name' and :"name"
    "identifier",  # format()'s %I, %1$I, %L
    "template",  # {name}, {{ name }}, ${name}
    "block",  # {% if … %}, {# … #}: nothing in its place
    "escape",  # %% where a driver formats: a per cent sign
]
_STYLES: dict[str, Style] = {style: style for style in get_args(Style)}
_POSITIONAL = ("format", "qmark")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stands for a value in a statement: `%s`, `:name`, `$1`, `?`."""

    start: int
    end: int
    style: Style
    name: str = ""  # what stands between its marks
    ordinal: int | None = None  # which positional value it takes, from 0

    def bind(self, binds: Binds) -> Bind:
        """What it is given, as far as that is known."""
        if self.ordinal is not None:
            known = self.ordinal < len(binds.positional)
            return binds.positional[self.ordinal] if known else binds.rest
        return binds.named.get(self.name, binds.rest)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its placeholders made identifiers."""

    text: str  # as long as the original, equal to it outside the placeholders
    placeholders: tuple[Placeholder, ...]  # in order


# A template ends before the next one begins: so text full of openings is read once, not squared.
_TEMPLATES = r"""
 (?P<template>\{\{(?P<jinja>(?:(?!\{\{|\}\}).)*+)\}\}
    | \$\{(?P<javascript>[^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+)\}
    | \{(?P<python>(?:\w[\w.\[\]!:]*+)?)\})
|(?P<block>\{%(?:(?!\{%|%\}).)*+%\} | \{\#(?:(?!\{\#|\#\}).)*+\#\})
|(?P<identifier>%(?:\d{1,9}\$)?[IL]\b | %\d{1,9}\$s\b)
|(?P<format>%[sbt](?![A-Za-z0-9]))
"""
# As an operator, ? is one of several characters, or has an operand that follows no placeholder.
_PLACEHOLDER = re.compile(
    rf"""{_TEMPLATES}
|(?P<pyformat>%\((?P<key>[^()\s]+)\)[sbt])
|(?P<escape>%%)
|(?P<numeric>\$(?P<number>[1-9][0-9]{{0,4}})(?![0-9]))
|(?P<variable>(?<![:\w]):(?:'(?P<quoted>\w+)'|"(?P<ident>\w+)"))
|(?P<named>(?<![:\w\\]):(?P<word>[A-Za-z_]\w*+))
|(?P<qmark>(?<![@\#?|&~])\?(?![?|&\-])(?!\s*+(?:[eE]?'|[(?]|\$[\w$]|%[s(]|:\w)))
|(?P<literal>--|/\*|(?:[eEnNbBxX]|[uU]&)?'|\$(?:[^\W\d]\w*+)?\$)
|(?P<quoted_name>(?:[uU]&)?")
|(?P<plain_name>[^\W\d][\w$]*+)
""",
    re.VERBOSE | re.DOTALL,
)
_IN_NAMES = re.compile(_TEMPLATES, re.VERBOSE | re.DOTALL)
_COUNTED = re.compile(r"%%|(?P<format>%[sbt])")
_NAMES = ("jinja", "javascript", "python", "key", "quoted", "ident", "word")


def mask(sql: str) -> Masked:
    """The text with an identifier in place of every placeholder."""
    placeholders = tuple(_placeholders(sql))
    pieces: list[str] = []
    position = 0
    for placeholder in placeholders:
        pieces += sql[position : placeholder.start], _stand_in(placeholder)
        position = placeholder.end
    return Masked("".join(pieces) + sql[position:], placeholders)


def _stand_in(placeholder: Placeholder) -> str:
    length = placeholder.end - placeholder.start
    match placeholder.style:
        case "block":
            return " " * length
        case "escape":
            return "% "
        case _:
            return "_" * length  # a name wherever a value, a table or part of either may stand


def _placeholders(sql: str) -> Iterator[Placeholder]:
    taken = position = 0  # `taken` of the positional values, by the placeholders so far
    while found := _PLACEHOLDER.search(sql, position):
        position = found.end()
        match found.lastgroup:
            case "plain_name":
                continue
            case "literal":
                position = _opaque_end(sql, found.start())
                # psycopg counts even those that stand in literals and comments
                inner = _COUNTED.finditer(sql, found.start(), position)
                taken += sum(1 for counted in inner if counted["format"])
                continue
            case "quoted_name":
                position = _opaque_end(sql, found.start())
                matches = list(_IN_NAMES.finditer(sql, found.end(), position))
            case _:
                matches = [found]
        for match in matches:
            placeholder = _placeholder(match, taken)
            taken += placeholder.style in _POSITIONAL
            yield placeholder


def _placeholder(found: re.Match[str], taken: int) -> Placeholder:
    style = _STYLES[found.lastgroup or ""]
    groups = found.groupdict()
    name = next((groups[group] for group in _NAMES if groups.get(group)), "")
    ordinal = taken if style in _POSITIONAL else None
    if style == "numeric":
        ordinal = int(found["number"]) - 1
    return Placeholder(found.start(), found.end(), style, name.strip(), ordinal)


def _opaque_end(sql: str, start: int) -> int:
    """Where the literal, comment or quoted name ends that begins at `start`."""
    try:
        return next(scan(sql, start=start, comments=True)).end
    except LexError:
        return len(sql)
