"""A text that code puts together, and where each of its characters stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf

import libcst

from outbox_guard.facts import Place
from outbox_guard.frontends.python.parsing.literals import Offsets
from outbox_guard.frontends.python.parsing.syntax import Standing, Syntax
from outbox_guard.frontends.python.values.sharing import Shared, shared
from outbox_guard.sources import Source


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal of a Python file."""

    standing: Standing
    node: libcst.CSTNode

    @property
    def syntax(self) -> Syntax:
        return self.standing.now

    @property
    def source(self) -> Source:
        return self.syntax.source

    @property
    def span(self) -> tuple[int, int]:
        return self.syntax.span(self.node)

    @property
    def place(self) -> Place:
        return self.syntax.place(self.node)


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The text of an SQL file that Python reads by name."""

    source: Source

    @property
    def span(self) -> tuple[int, int]:
        return 0, len(self.source.text)


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that stand in a file; `offsets` are theirs, from the literal's start."""

    text: str
    literal: Literal | WholeFile
    offsets: Offsets = field(compare=False, repr=False)

    def cut(self, start: int, end: int) -> Piece:
        return Piece(self.text[start:end], self.literal, self.offsets[start:end])

    def place(self, start: int, end: int) -> Place:
        """Where text[start:end] stands."""
        base = self.literal.span[0]
        last = self.offsets[end - 1] + 1 if end > start else self.offsets[start]
        return self.literal.source.place(base + self.offsets[start], base + last)


@dataclass(frozen=True, slots=True)
class Glue:
    """Characters that stand nowhere: quotes that a composition API adds."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a text that is not known, and what it will be."""

    kind: OneOf["identifier", "value", "unknown"] = "unknown"
    locked: tuple[str, ...] = ()  # the pending tables whose locked rows it is made of
    literal: Literal | None = field(default=None, compare=False)  # the field that leaves it open


Segment = Piece | Glue | Gap


@shared
class Text(Shared):
    """Pieces that are known and gaps that are not, in their order."""

    segments: tuple[Segment, ...] = ()
    composed: OneOf["", "sql"] = ""  # made by a composition API, so it is SQL for certain

    @property
    def known(self) -> str | None:
        """The whole text, if all of it is known."""
        if any(isinstance(segment, Gap) for segment in self.segments):
            return None
        return "".join(s.text for s in self.segments if not isinstance(s, Gap))

    @property
    def pieces(self) -> Iterator[Piece]:
        return (segment for segment in self.segments if isinstance(segment, Piece))

    @property
    def ending(self) -> Place | None:
        """Where its last characters stand."""
        last = next(reversed([piece for piece in self.pieces if piece.text]), None)
        return None if last is None else last.place(0, len(last.text))

    @property
    def literals(self) -> frozenset[Literal | WholeFile]:
        return frozenset(piece.literal for piece in self.pieces)
