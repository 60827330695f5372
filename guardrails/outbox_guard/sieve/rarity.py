"""Few words to look for in place of many: where none of the few is, none of the many is either."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from keyword import kwlist
from typing import Generic, TypeVar

from outbox_guard.sieve.searching import Search

_USUAL = b"etasnoir_cldfmpuyghqvbwkxzj"  # the letters of code, the most frequent first
_COMMON = ("module", "schedule", "request", "queue", "frequent", "unique", "technique", "require")
_EVERYWHERE = tuple(word.lower().encode() for word in (*kwlist, *_COMMON))

Thing = TypeVar("Thing", bound=Hashable)


class ByWord(Generic[Thing]):
    """Things that can have to do with some bytes only where words of theirs stand there.

    Each has groups of words, and of each group one is there. The first group is the rarest.
    """

    def __init__(self, words: Mapping[Thing, Sequence[Collection[bytes]]]) -> None:
        self._further = {thing: tuple(groups[1:]) for thing, groups in words.items()}
        self._things: dict[bytes, list[Thing]] = {}
        for thing, (first, *_) in words.items():
            for word in dict.fromkeys(first):
                self._things.setdefault(word, []).append(thing)
        every = (word for groups in words.values() for group in groups for word in group)
        self.words = fewest(self._things)
        self._search = Search(self.words, tuple(dict.fromkeys(every)))

    def met_in(self, data: bytes) -> Iterator[Thing]:
        """Each of the things once that may have to do with these bytes."""
        met = self._search.met_in(data)
        things = dict.fromkeys(thing for word in met for thing in self._things.get(word, ()))
        for thing in things:
            if not any(map(met.isdisjoint, self._further[thing])):
                yield thing


def fewest(words: Iterable[bytes]) -> tuple[bytes, ...]:
    """These words, without those that have another one in them."""
    shortest: list[bytes] = []
    for word in sorted(set(words), key=lambda word: (len(word), word)):
        if not any(other in word for other in shortest):
            shortest.append(word)
    return tuple(shortest)


def rarest(words: Sequence[bytes], number: int, taken: Iterable[bytes] = ()) -> tuple[bytes, ...]:
    """So many of these words: first those that are looked for already, then the rarest."""
    already = frozenset(taken)
    ordered = sorted(words, key=lambda word: (word not in already, -_rarity(word), word))
    return tuple(ordered[:number])


def _rarity(word: bytes) -> int:
    """The higher, the fewer files have it: by its letters, roughly."""
    if any(word in usual for usual in _EVERYWHERE):
        return 0
    return sum(_USUAL.find(letter) % (len(_USUAL) + 1) for letter in word)
