"""The signatures of routines, as CREATE, DROP, ALTER and GRANT name them.

Two spellings of one signature have one identity, because PostgreSQL replaces and drops by it:
types are spelt one way, without schema and modifiers; names, defaults and results do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.tokens import Token

Mode = Literal["in", "out", "inout", "variadic", "table"]

_MODES: Mapping[str, Mode] = {"in": "in", "out": "out", "inout": "inout", "variadic": "variadic"}
_SPELLINGS = {
    spelling: canonical
    for canonical, spellings in {
        "bigint": ("int8",),
        "bit varying": ("varbit", "bit varying"),
        "boolean": ("bool",),
        "character": ("char", "bpchar", "nchar", "national char", "national character"),
        "character varying": (
            *("varchar", "character varying", "char varying", "nchar varying"),
            *("national char varying", "national character varying"),
        ),
        "double precision": ("float8", "float", "double precision"),
        "integer": ("int", "int4"),
        "numeric": ("decimal", "dec"),
        "real": ("float4",),
        "smallint": ("int2",),
        "time with time zone": ("timetz", "time with time zone"),
        "time without time zone": ("time", "time without time zone"),
        "timestamp with time zone": ("timestamptz", "timestamp with time zone"),
        "timestamp without time zone": ("timestamp", "timestamp without time zone"),
    }.items()
    for spelling in spellings
}
_INTERVAL_FIELDS = frozenset(("year", "month", "day", "hour", "minute", "second", "to"))


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str  # "" when it has none
    type: str  # as in an identity
    mode: Mode = "in"
    default: tuple[int, int] | None = None  # where its default expression stands

    @property
    def is_given(self) -> bool:
        """Whether a caller gives it a value."""
        return self.mode not in ("out", "table")

    @property
    def is_returned(self) -> bool:
        return self.mode not in ("in", "variadic")


@dataclass(frozen=True, slots=True)
class Signature:
    """A routine as it is named: `name(type, type)`, or only its name."""

    name: str  # without its schema
    identity: str  # "" when the arguments are left out
    parameters: tuple[Parameter, ...]
    start: int  # of the name, schema included
    end: int


def signature(cursor: Cursor) -> Signature:
    """The signature at the cursor, which is left behind it."""
    start = cursor.current.start
    name = _qualified(cursor).value
    end = cursor.previous.end
    if not cursor.at("("):
        return Signature(name, "", (), start, end)
    parameters = tuple(parameters_at(cursor, "in"))
    taken = (each.type for each in parameters if each.is_given)
    return Signature(name, f"{name}({', '.join(taken)})", parameters, start, end)


def parameters_at(cursor: Cursor, mode: Mode) -> Iterator[Parameter]:
    """What stands between the parentheses at the cursor."""
    cursor.advance()
    while not cursor.at_end and not cursor.accept(")"):
        start = cursor.index
        while not cursor.at_end and not cursor.at(",", ")"):
            cursor.skip_group()
        argument = [cursor.token(index) for index in range(start, cursor.index)]
        if argument:
            yield _parameter(argument, mode)
        cursor.accept(",")


def _parameter(argument: Sequence[Token], mode: Mode) -> Parameter:
    default = None
    for index, token in enumerate(argument):
        if token.kind != "name" and token.value in ("default", "=", ":="):
            default = (token.end, argument[-1].end)
            argument = argument[:index]
            break
    if mode == "in":
        mode, argument = _mode(argument)
    units, suffix = _units(argument)
    named = len(units) > 1 and not _is_type(units)
    name = units.pop(0) if named else ""
    return Parameter(name, _spelling(units) + suffix, mode, default)


def _mode(argument: Sequence[Token]) -> tuple[Mode, Sequence[Token]]:
    """The mode, which stands first or behind the name, and the argument without it."""
    for index, token in enumerate(argument[:2]):
        if token.is_word(*_MODES):
            mode, end = _MODES[token.value], index + 1
            if mode == "in" and argument[end : end + 1] and argument[end].is_word("out"):
                mode, end = "inout", end + 1
            return mode, [*argument[:index], *argument[end:]]
    return "in", argument


def type_in(words: Sequence[Token]) -> str:
    """The type that these words name, as in an identity."""
    units, suffix = _units(words)
    return _spelling(units) + suffix


def _units(tokens: Sequence[Token]) -> tuple[list[str], str]:
    """The words of a type, maybe after a name, each without its schema; and its suffix."""
    cursor = Cursor(tokens)
    units: list[str] = []
    suffix = ""
    while not cursor.at_end:
        if cursor.at("[") or (units and cursor.at("array")):
            suffix = "[]"
            cursor.skip_group()
        elif cursor.accept("%"):
            suffix = "%" + cursor.advance().value
        elif cursor.current.is_identifier and not cursor.at("setof"):
            token = _qualified(cursor)
            internal = token.kind == "name" and token.value == "char"
            units.append('"char"' if internal else token.value)
        else:
            cursor.skip_group()
    return units, suffix


def _qualified(cursor: Cursor) -> Token:
    """The last part of a name; the cursor is left behind it."""
    token = cursor.advance()
    while cursor.accept("."):
        token = cursor.advance()
    return token


def _is_type(units: Sequence[str]) -> bool:
    """Whether these words are a type by themselves, so that none of them is a parameter's name."""
    return " ".join(units) in _SPELLINGS or _is_interval(units)


def _is_interval(units: Sequence[str]) -> bool:
    return units[:1] == ["interval"] and _INTERVAL_FIELDS.issuperset(units[1:])


def _spelling(units: Sequence[str]) -> str:
    phrase = " ".join(units)
    return "interval" if _is_interval(units) else _SPELLINGS.get(phrase, phrase)
