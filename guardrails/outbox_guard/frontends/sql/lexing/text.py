"""SQL as other languages hand it over: text, where each character stands, what is unknown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from outbox_guard.facts import Fact, Place
from outbox_guard.frontends.sql.lexing.editing import Cut
from outbox_guard.frontends.sql.lexing.literals import Decoded
from outbox_guard.sources import Source

HoleKind = Literal["identifier", "value", "unknown"]


@dataclass(frozen=True, slots=True)
class Hole:
    """A stand-in inside `SqlText.text` for something unknown: an identifier such as _hole_1_."""

    start: int
    end: int
    kind: HoleKind
    locked: bool = False  # derives from locked rows, as a bind may


@dataclass(frozen=True, slots=True)
class Bind:
    """What a placeholder is given at run time."""

    values: tuple[str, ...] = ()  # every text it may be; () when none is known
    known: bool = False  # whether `values` is all of it
    locked: bool = False  # derives from rows of a pending table that were locked with SKIP LOCKED
    clock: bool = False  # the clock of whoever runs the statement, read as it is run
    source: str = ""  # the same for two that are given the same, where that can be told


@dataclass(frozen=True, slots=True)
class Binds:
    """What the placeholders of a text are given."""

    positional: tuple[Bind, ...] = ()  # %s, ?, $1, $2 … in order
    # %(name)s, :name
    named: Mapping[str, Bind] = field(default_factory=lambda: MappingProxyType({}))
    rest: Bind = field(default_factory=Bind)  # all others: a whole row that gives each its part


NO_BINDS = Binds()


@dataclass(frozen=True)
class SqlText:
    """A text to be read as SQL, with the place of each of its characters."""

    text: str
    place: Callable[[int, int], Place]  # of text[start:end], where the first of these stands
    holes: tuple[Hole, ...] = ()
    cut: Cut | None = None  # of a file that is edited

    @classmethod
    def of(cls, source: Source, cut: Cut | None = None) -> SqlText:
        """A whole file of SQL."""
        return cls(source.text, source.place, (), cut)

    def lines(self, offset: int, text: str) -> SqlText:
        """Some lines of a file, by themselves."""
        return SqlText(text, lambda start, end: self.place(offset + start, offset + end))

    def inside(self, decoded: Decoded) -> SqlText:
        """A literal's content, or a plain part of this text, as SQL of its own."""
        return self.derived(decoded.text, decoded.offsets, holes_among(self.holes, decoded.offsets))

    def derived(self, text: str, offsets: Sequence[int], holes: tuple[Hole, ...] = ()) -> SqlText:
        """Text made of this one's characters: offsets[i] is where text[i] stands in this text."""

        def place(start: int, end: int) -> Place:
            if not offsets:
                return self.place(0, 0)
            first = offsets[min(start, len(offsets) - 1)]
            last = offsets[min(end, len(offsets)) - 1] + 1 if end > start else first
            return self.place(first, max(first, last))

        return SqlText(text, place, holes)


def holes_among(holes: Sequence[Hole], offsets: Sequence[int]) -> tuple[Hole, ...]:
    """The holes whose characters are among these, at their places there; `offsets` ascends."""
    moved = (
        replace(hole, start=bisect_left(offsets, hole.start), end=bisect_left(offsets, hole.end))
        for hole in holes
    )
    return tuple(hole for hole in moved if hole.start < hole.end)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, followed as far as it could be."""

    verb: str  # first keyword, lower case; the main verb after WITH
    facts: tuple[Fact, ...]
    locked: tuple[str, ...] = ()  # pending tables whose SKIP LOCKED rows this statement returns
    followed: bool = True
