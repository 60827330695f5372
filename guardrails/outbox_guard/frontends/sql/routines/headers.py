"""The headers of routines: CREATE FUNCTION and PROCEDURE, and DO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.lexer import fold
from outbox_guard.frontends.sql.lexing.literals import Decoded, decode
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.routines.signatures import (
    Parameter,
    Signature,
    parameters_at,
    signature,
    type_in,
)

_OPTIONS = (
    *("as", "begin", "called", "cost", "external", "immutable", "language", "leakproof", "not"),
    *("parallel", "return", "returns", "rows", "security", "set", "stable", "strict", "support"),
    *("transform", "volatile", "window"),
)


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
            self.columns += parameters_at(self.cursor, "table")
            self.returns = "table"
        elif not self.cursor.at_words("null", "on", "null", "input"):
            self.returns = type_in(self._to_next_option())

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
