"""Where one statement ends and the next begins, by psql's rules.

A semicolon ends a statement outside parentheses and outside the BEGIN ATOMIC … END of a routine.
In psql's own files, backslash commands and blocks of COPY data are chunks of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from outbox_guard.frontends.sql.lexing.lexer import scan, sends
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token

_ROUTINES = (["create", "function"], ["create", "procedure"])
_DECISIVE_WORDS = 4  # CREATE OR REPLACE FUNCTION


@dataclass(frozen=True)
class Chunk:
    """A statement without its semicolon, or one backslash command, or one block of COPY data."""

    start: int
    end: int  # exclusive
    tokens: tuple[Token, ...]
    commands: tuple[Token, ...] = ()  # backslash commands that stand amid the statement
    error: LexError | None = None  # what is left open in it; such a chunk reaches to the end

    @property
    def is_statement(self) -> bool:
        return not (self.tokens and self.tokens[0].kind in ("meta", "data"))

    @cached_property
    def is_template(self) -> bool:
        """Whether there are characters in it that begin nothing in SQL."""
        return any(token.kind == "bad" for token in self.tokens)

    def text(self, sql: str) -> str:
        """The statement at its own length, with blanks where backslash commands stand in it."""
        pieces: list[str] = []
        position = self.start
        for command in self.commands:
            pieces += sql[position : command.start], " " * (command.end - command.start)
            position = command.end
        return "".join(pieces) + sql[position : self.end]


def split(sql: str, *, start: int = 0, end: int | None = None, psql: bool = False) -> list[Chunk]:
    """All chunks of sql[start:end]."""
    return list(chunks(sql, start=start, end=end, psql=psql))


def chunks(
    sql: str, *, start: int = 0, end: int | None = None, psql: bool = False
) -> Iterator[Chunk]:
    """The chunks one by one: of a big file, only one is in memory.

    A backslash command amid a statement comes before that statement, which carries it as well.
    """
    for each in chunks_and_ends(sql, start=start, end=end, psql=psql):
        if isinstance(each, Chunk):
            yield each


def chunks_and_ends(
    sql: str, *, start: int = 0, end: int | None = None, psql: bool = False
) -> Iterator[Chunk | int]:
    """The chunks, and the offset behind each semicolon after which everything begins anew."""
    stop = len(sql) if end is None else min(end, len(sql))
    statement = _Statement()
    try:
        for token in scan(sql, start=start, end=stop, psql=psql):
            if token.kind in ("meta", "data"):
                if _breaks(token):
                    yield from statement.chunk()
                    statement = _Statement()
                yield Chunk(token.start, token.end, (token,))
                if token.kind == "meta":
                    statement.interrupt(token)
            elif token.kind == "mark" and token.value == ";" and statement.is_whole:
                yield from statement.chunk()
                yield token.end
                statement = _Statement()
            else:
                statement.add(token)
    except LexError as error:
        yield statement.broken(error, stop)
    else:
        yield from statement.chunk()


def _breaks(token: Token) -> bool:
    r"""Whether the statement before this ends here: \; and data too, \r throws it away."""
    return token.kind == "data" or token.value in (r"\;", r"\r", r"\reset") or sends(token)


@dataclass(slots=True)
class _Statement:
    """The statement that is being read, and what keeps a semicolon from ending it."""

    tokens: list[Token] = field(default_factory=list)
    commands: list[Token] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # the first few
    parentheses: int = 0
    blocks: int = 0  # BEGIN ATOMIC, and CASE within it

    @property
    def is_whole(self) -> bool:
        return self.parentheses == 0 and self.blocks == 0

    def add(self, token: Token) -> None:
        self.tokens.append(token)
        if token.kind == "word":
            if len(self.words) < _DECISIVE_WORDS:
                self.words.append(token.value)
            if token.value in ("begin", "case", "end") and self.parentheses == 0:
                self._enter_or_leave(token.value)
        elif token.kind == "mark":
            if token.value == "(":
                self.parentheses += 1
            elif token.value == ")" and self.parentheses:
                self.parentheses -= 1

    def _enter_or_leave(self, word: str) -> None:
        if not _creates_routine(self.words):
            return
        if word == "begin" or (word == "case" and self.blocks):
            self.blocks += 1
        elif word == "end" and self.blocks:
            self.blocks -= 1

    def interrupt(self, command: Token) -> None:
        if self.tokens:
            self.commands.append(command)

    def chunk(self) -> Iterator[Chunk]:
        """The statement as read so far, if there is one."""
        if self.tokens:
            start, end = self.tokens[0].start, self.tokens[-1].end
            inner = tuple(command for command in self.commands if command.start < end)
            yield Chunk(start, end, tuple(self.tokens), inner)

    def broken(self, error: LexError, stop: int) -> Chunk:
        start = self.tokens[0].start if self.tokens else error.offset
        return Chunk(start, stop, tuple(self.tokens), tuple(self.commands), error)


def _creates_routine(words: list[str]) -> bool:
    replaces = words[1:3] == ["or", "replace"]
    return (words[:1] + words[3:4] if replaces else words[:2]) in _ROUTINES
