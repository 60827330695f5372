"""How the names of guarded tables and of drivers may stand in some bytes, in lower case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from outbox_guard.sieve.bindings import SMALL
from outbox_guard.sieve.clues import wild
from outbox_guard.sieve.pieces import TELLING, WILD, Part, Pieces
from outbox_guard.sieve.rarity import fewest, rarest
from outbox_guard.sieve.searching import Search


@dataclass(frozen=True)
class Tables:
    """By these names or globs: as a whole, in pieces, or as the class that stands for one.

    Django makes a name of a class's: `class Pending` in the app `outbox` is `outbox_pending`.
    """

    names: tuple[str, ...]

    def are_in(self, lowered: bytes) -> bool:
        if not self._search.met_in(lowered):
            return False
        return self.are_declared_in(lowered) or any(
            each.are_in(lowered) or each.are_joined_in(lowered) for each in self.pieces
        )

    @cached_property
    def _search(self) -> Search:
        return Search(self._words, self._words)

    def are_declared_in(self, lowered: bytes) -> bool:
        if b"class" not in lowered or not any_in(lowered, self.model_words):
            return False
        return self._models.search(lowered) is not None

    def are_given_by(self, lowered: bytes) -> bool:
        """Whether a statement may make something that stands for one, or for a piece of it."""
        if not any_in(lowered, self._words):
            return False
        if self._spelt.search(lowered) or self._models.search(lowered):
            return True
        return len(lowered) <= SMALL and any(
            each.are_in(lowered) or each.are_joined_in(lowered) or each.part_is_in(lowered)
            for each in self.pieces
        )

    @cached_property
    def pieces(self) -> tuple[Pieces, ...]:
        return tuple(map(Pieces.of, self.names))

    @cached_property
    def model_words(self) -> tuple[bytes, ...]:
        models = _models_of(self.names)
        return fewest(max(WILD.split(model), key=len).encode() or b"class" for model in models)

    @cached_property
    def class_words(self) -> tuple[bytes, ...]:
        """One of these is in the squeezed text where a class stands for one."""
        begins = (WILD.split(model)[0].encode() for model in _models_of(self.names))
        return fewest(b"class" + begin for begin in begins)

    @cached_property
    def _models(self) -> re.Pattern[bytes]:
        names = b"|".join(map(wild, _models_of(self.names)))
        return re.compile(rb"class\s+(?:" + names + rb")\s*\(")

    @cached_property
    def _spelt(self) -> re.Pattern[bytes]:
        """A name as it stands, which in a long class or function is no accident."""
        longest = (max(WILD.split(name.lower()), key=len) for name in self.names)
        return re.compile("|".join(map(re.escape, filter(None, longest))).encode() or rb"(?!)")

    @cached_property
    def _words(self) -> tuple[bytes, ...]:
        """One of these is where a name is, or a piece of it, or its model."""
        words = list(self.model_words)
        for pieces in self.pieces:
            words += rarest(pieces.windows, pieces.needed, words) or (b"",)
            words += rarest(pieces.words, 1, words)
            words += (end for part in pieces.parts for end in part.ends)
        return fewest(words)


@dataclass(frozen=True)
class Drivers:
    """By these names: as a text, or the longer piece of one."""

    names: tuple[str, ...]

    def are_in(self, lowered: bytes) -> bool:
        if not any_in(lowered, self._words):
            return False
        if any(part.is_in(lowered) for part in self.parts):
            return True
        return self._quoted.search(lowered) is not None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return tuple(Part.of(name) for name in self.names if len(name) >= TELLING)

    @cached_property
    def _words(self) -> tuple[bytes, ...]:
        """One of these is where a name is, or a piece of it that tells."""
        whole = (max(WILD.split(name.lower()), key=len) for name in self.names)
        ends = (end for part in self.parts for end in part.ends)
        return fewest((*(name.encode() for name in whole), *ends))

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        return re.compile(rb"[\"'](?:" + b"|".join(map(wild, self.names)) + rb")[\"'.]")


def _models_of(tables: Iterable[str]) -> list[str]:
    """What the classes may be called that stand for these tables; in lower case.

    A base may also make the whole name of a class's: PaymentOutboxPending.
    """
    words = [name.lower().split("_") for name in tables]
    endings = {"_".join(parts[n:]) for parts in words for n in range(1, len(parts))}
    return sorted(endings | set(map("".join, words)))


def any_in(data: bytes, words: Iterable[bytes]) -> bool:
    return any(map(data.__contains__, words))
