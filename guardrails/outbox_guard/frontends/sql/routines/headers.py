"""The headers of routines: CREATE FUNCTION and PROCEDURE, DO, and the signatures that DROP names.

Two spellings of one signature have one identity, because PostgreSQL replaces and drops by it:
types are spelt one way, without schema and modifiers; names, defaults and results do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.lexer import fold
from outbox_guard.frontends.sql.lexing.literals import Decoded, decode
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.lexing.tokens import Token

Mode = Literal["in", "out", "inout", "variadic", "table"]

_MODES: Mapping[str, Mode] = {"in": "in", "out": "out", "inout": "inout", "variadic": "variadic"}
_OPTIONS = (
    *("as", "begin", "called", "cost", "external", "immutable", "language", "leakproof", "not"),
    *("parallel", "return", "returns", "rows", "security", "set", "stable", "strict", "support"),
    *("transform", "volatile", "window"),
)
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


@dataclass(frozen=True, slots=True)
class Setting:
    """A SET clause: from its SET to its end."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Body:
    """What a routine runs; the range is what stands between the quotes, or the words themselves."""

    form: Literal["string", "atomic", "return"]
    start: int
    end: int
    decoded: Decoded

    def text(self, sql: SqlText) -> SqlText:
        """The body as SQL of its own, whose characters know their places in the file."""
        return sql.inside(self.decoded)


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine as its header says it, and where its body stands."""

    kind: Literal["function", "procedure", "do"]
    signature: Signature
    language: str
    body: Body | None  # None where it is missing, or left open
    replaces: bool = False
    security_definer: bool = False
    returns: str = ""  # a type as in an identity, such as "trigger"
    settings: tuple[Setting, ...] = ()

    @property
    def name(self) -> str:
        return self.signature.name

    @property
    def identity(self) -> str:
        return self.signature.identity


def header(sql: str, tokens: Sequence[Token]) -> Routine | None:
    """What a statement creates or runs, if it is a routine."""
    cursor = Cursor(tokens)
    if cursor.accept("do"):
        return _anonymous(sql, cursor)
    if not cursor.accept("create"):
        return None
    replaces = cursor.at_words("or", "replace")
    cursor.index += 2 * replaces
    for kind in ("function", "procedure"):
        if cursor.accept(kind):
            return _Header(sql, cursor).read(kind, replaces=replaces)
    return None


def dropped(tokens: Sequence[Token]) -> tuple[Signature, ...]:
    """The routines that a DROP FUNCTION, PROCEDURE or ROUTINE statement removes."""
    cursor = Cursor(tokens)
    if not (cursor.accept("drop") and cursor.accept("function", "procedure", "routine")):
        return ()
    if cursor.at_words("if", "exists"):
        cursor.index += 2
    return tuple(signatures(cursor))


def signatures(cursor: Cursor) -> Iterator[Signature]:
    """The comma-separated signatures from here on."""
    while cursor.current.is_identifier:
        yield signature(cursor)
        if not cursor.accept(","):
            return


def signature(cursor: Cursor) -> Signature:
    """The signature at the cursor, which is left behind it."""
    start = cursor.current.start
    name = _qualified(cursor).value
    end = cursor.previous.end
    if not cursor.at("("):
        return Signature(name, "", (), start, end)
    parameters = tuple(_parameters(cursor, "in"))
    taken = (each.type for each in parameters if each.is_given)
    return Signature(name, f"{name}({', '.join(taken)})", parameters, start, end)


def _anonymous(sql: str, cursor: Cursor) -> Routine:
    """DO: its language may stand on either side of its body."""
    start, end = cursor.previous.start, cursor.previous.end
    language, body = "plpgsql", None
    while not cursor.at_end:
        if cursor.accept("language"):
            language = fold(cursor.advance().value)
        else:
            token = cursor.advance()
            body = body or _string_body(sql, token)
    return Routine("do", Signature("", "", (), start, end), language, body)


class _Header:
    """The options of CREATE FUNCTION or PROCEDURE, which come in any order."""

    def __init__(self, sql: str, cursor: Cursor) -> None:
        self.sql = sql
        self.cursor = cursor
        self.language = ""
        self.returns = ""
        self.body: Body | None = None
        self.security_definer = False
        self.columns: list[Parameter] = []
        self.settings: list[Setting] = []

    def read(self, kind: Literal["function", "procedure"], *, replaces: bool) -> Routine:
        named = signature(self.cursor)
        while not self.cursor.at_end:
            self._option()
        return Routine(
            kind,
            replace(named, parameters=(*named.parameters, *self.columns)),
            self.language or "sql",
            self.body,
            replaces,
            self.security_definer,
            self.returns,
            tuple(self.settings),
        )

    def _option(self) -> None:
        cursor = self.cursor
        if cursor.accept("language"):
            self.language = fold(cursor.advance().value)
        elif cursor.accept("returns"):
            self._returns()
        elif cursor.accept("security"):
            self.security_definer = cursor.accept("definer") is not None
        elif cursor.at("set"):
            self._setting()
        elif cursor.accept("as"):
            self.body = self.body or _string_body(self.sql, cursor.advance())
        elif cursor.at_words("begin", "atomic"):
            cursor.index += 2
            self._words_to_end("atomic")
        elif cursor.accept("return"):
            self._words_to_end("return")
        else:
            cursor.skip_group()

    def _returns(self) -> None:
        if self.cursor.accept("table"):
            self.columns += _parameters(self.cursor, "table")
            self.returns = "table"
        elif not self.cursor.at_words("null", "on", "null", "input"):
            units, suffix = _units(self._to_next_option())
            self.returns = _spelling(units) + suffix

    def _setting(self) -> None:
        start = self.cursor.advance().start
        name = self.cursor.advance().value
        self._to_next_option()
        self.settings.append(Setting(name, start, self.cursor.previous.end))

    def _to_next_option(self) -> list[Token]:
        passed: list[Token] = []
        while not self.cursor.at_end and not self.cursor.at(*_OPTIONS):
            passed.append(self.cursor.advance())
        return passed

    def _words_to_end(self, form: Literal["atomic", "return"]) -> None:
        """The body is the rest of the statement, without the END of its BEGIN ATOMIC."""
        cursor = self.cursor
        start = end = cursor.current.start
        while not cursor.at_end:
            token = cursor.advance()
            if not (form == "atomic" and cursor.at_end and token.is_word("end")):
                end = token.end
        self.body = Body(form, start, end, Decoded(self.sql[start:end], range(start, end)))


def _string_body(sql: str, token: Token) -> Body | None:
    if token.kind != "string":
        return None
    decoded = decode(sql, token)
    if not decoded.offsets:
        return Body("string", token.end, token.end, decoded)
    return Body("string", decoded.offsets[0], decoded.offsets[-1] + 1, decoded)


def _parameters(cursor: Cursor, mode: Mode) -> Iterator[Parameter]:
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
