"""A text cut into statements, with what is known of its placeholders and holes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from outbox_guard.facts import Place
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.masking import mask
from outbox_guard.frontends.sql.lexing.phrases import Tokens
from outbox_guard.frontends.sql.lexing.splitter import Chunk, chunks
from outbox_guard.frontends.sql.lexing.text import NO_BINDS, Bind, Binds, SqlText
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token
from outbox_guard.frontends.sql.values.kinds import NONE, Tables, Value

Span = tuple[int, int, Value]
USUAL = 1 << 18  # characters of a file that nobody would call a dump


@dataclass(frozen=True, slots=True)
class Passage:
    """One statement as it stands in a text; `sql` is that text with its placeholders masked."""

    text: SqlText
    sql: str
    tokens: Tokens
    meanings: Mapping[int, Value] = field(default_factory=dict)  # by the offset of the token
    error: LexError | None = None  # what is left open at the end of it
    memory: dict[Hashable, object] | None = None  # of a file that is edited: what was made of it

    def place(self, first: Token, last: Token | None = None) -> Place:
        return self.text.place(first.start, (last or first).end)

    def part(self, tokens: Tokens) -> Passage:
        return replace(self, tokens=tokens, memory=None)

    def given(self, arguments: Mapping[str, Value]) -> Passage:
        """With what its own parameters mean, `$1` and so on, where a driver would have numbered."""
        numbered = ((t.start, self.text.text[t.start : t.end]) for t in self.tokens)
        known = {start: arguments[name] for start, name in numbered if name in arguments}
        return replace(self, meanings={**self.meanings, **known}) if known else self

    @property
    def start(self) -> int:
        return self.tokens[0].start if self.tokens else 0

    @property
    def end(self) -> int:
        return self.tokens[-1].end if self.tokens else 0

    @property
    def with_clocks(self) -> Tokens:
        """The tokens with the clock itself in the place of placeholders that are given it."""
        clocks = {start for start, value in self.meanings.items() if value.clock}
        if not clocks:
            return self.tokens
        return [
            token._replace(kind="word", value="current_timestamp")
            if token.start in clocks
            else token
            for token in self.tokens
        ]

    @property
    def unknown(self) -> frozenset[int]:
        """Where the tokens stand that are no names and no literals, but stand for something."""
        return frozenset(self.meanings)

    @property
    def sources(self) -> Mapping[int, str]:
        """Of these, what tells apart what they are given, "" where that is not known."""
        return {start: value.source for start, value in self.meanings.items()}


def _cut(sql: str, *, psql: bool) -> Iterable[Chunk]:
    """A file is surveyed before it is followed: of the usual ones, the pieces are kept for that."""
    return _cut_once(sql, psql) if len(sql) <= USUAL else chunks(sql, psql=psql)


@lru_cache(maxsize=4)
def _cut_once(sql: str, psql: bool) -> tuple[Chunk, ...]:
    return tuple(chunks(sql, psql=psql))


@dataclass(frozen=True, slots=True)
class Cutter:
    """How a text is cut: by psql's rules or a driver's, with what its placeholders are given."""

    psql: bool = False
    driver: bool = False  # %s, :name, ?, {x} are placeholders
    binds: Binds = NO_BINDS
    pending: Tables = NONE  # what a bind of locked rows derives from
    filling: Value | None = None  # what the holes of a text that was put together derive from

    def passages(self, text: SqlText) -> Iterator[Passage]:
        """The statements of a text; psql's commands and blocks of data come as they stand."""
        if text.cut is not None and self.psql:
            for piece, offset in zip(text.cut.pieces, text.cut.offsets, strict=True):
                lines = text.lines(offset, piece.text)
                for chunk, memory in zip(piece.chunks, piece.memories, strict=True):
                    yield self._passage(lines, piece.text, chunk, (), memory)
            return
        sql, spans = self._masked(text)
        for chunk in _cut(sql, psql=self.psql):
            yield self._passage(text, sql, chunk, spans)

    def _passage(
        self,
        text: SqlText,
        sql: str,
        chunk: Chunk,
        spans: Sequence[Span],
        memory: dict[Hashable, object] | None = None,
    ) -> Passage:
        if self.psql and chunk.is_template:
            return self._template(text, chunk, memory)
        meanings = dict(_meanings(chunk.tokens, spans)) if spans else {}
        return Passage(text, sql, chunk.tokens, meanings, chunk.error, memory)

    def whole(self, text: SqlText) -> Passage:
        """A text that is one statement or expression, not cut; LexError where it can't be read."""
        sql, spans = self._masked(text)
        tokens = lex(sql)
        return Passage(text, sql, tokens, dict(_meanings(tokens, spans)))

    def _masked(self, text: SqlText) -> tuple[str, list[Span]]:
        filling = self.filling or Value()
        spans: list[Span] = [
            (hole.start, hole.end, filling.tainted(self.pending) if hole.locked else filling)
            for hole in text.holes
        ]
        if not self.driver:
            return text.text, spans
        masked = mask(text.text)
        spans += [(p.start, p.end, self._given(p.bind(self.binds))) for p in masked.placeholders]
        return masked.text, sorted(spans, key=lambda span: span[:2])

    @property
    def given(self) -> tuple[Value, ...]:
        """What is given by position: to placeholders, or to the columns of a COPY."""
        return tuple(map(self._given, self.binds.positional))

    def _given(self, bind: Bind) -> Value:
        locked = self.pending if bind.locked else NONE
        return Value(frozenset(bind.values), locked, bind.clock, bind.source)

    def _template(
        self, text: SqlText, chunk: Chunk, memory: dict[Hashable, object] | None
    ) -> Passage:
        """A statement of a file that is a template: {{ name }} and kin are placeholders there."""
        masked = mask(chunk.text(text.text))
        lead = " " * chunk.start
        spans = [(p.start + chunk.start, p.end + chunk.start, Value()) for p in masked.placeholders]
        try:
            tokens: Sequence[Token] = lex(lead + masked.text, start=chunk.start)
        except LexError:
            tokens = chunk.tokens
        meanings = dict(_meanings(tokens, spans))
        return Passage(text, text.text, tokens, meanings, chunk.error, memory)


def _meanings(tokens: Tokens, spans: Sequence[Span]) -> Iterator[tuple[int, Value]]:
    """The tokens in which something unknown stands; both run in order."""
    position = 0
    for token in tokens:
        while position < len(spans) and spans[position][1] <= token.start:
            position += 1
        if position < len(spans) and spans[position][0] < token.end:
            yield token.start, spans[position][2]
