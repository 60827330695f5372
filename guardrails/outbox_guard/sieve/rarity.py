"""Few words to look for in place of many: where none of the few is, none of the many is either."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from keyword import kwlist
from typing import Generic, TypeVar

_USUAL = b"etasnoir_cldfmpuyghqvbwkxzj"  # the letters of code, the most frequent first
_COMMON = ("module", "schedule", "request", "queue", "frequent", "unique", "technique", "require")
_EVERYWHERE = tuple(word.lower().encode() for word in (*kwlist, *_COMMON))
_LENGTHS = (2, 3)  # of what several words have in common
_RARE = 31  # of what few files have, such as "pg" and "sql"

Thing = TypeVar("Thing", bound=Hashable)


class ByWord(Generic[Thing]):
    """Things that can have to do with some bytes only where one of their words stands there."""

    def __init__(self, words: Mapping[Thing, Iterable[bytes]]) -> None:
        self._words = {thing: frozenset(those) for thing, those in words.items()}
        self.words = fewest(word for those in self._words.values() for word in those)
        self.looked_for = _shared(self.words)  # shorter and fewer, and met a little more often
        self._things = {
            rare: tuple(
                thing for thing, those in self._words.items() if any(rare in word for word in those)
            )
            for rare in self.looked_for
        }

    def met_in(self, data: bytes) -> Iterator[Thing]:
        """Each of the things once that may have to do with these bytes."""
        rare = [word for word in self.looked_for if word in data]
        if not rare:
            return
        things = dict.fromkeys(thing for word in rare for thing in self._things[word])
        yield from (each for each in things if any(map(data.__contains__, self._words[each])))


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


def _shared(words: Sequence[bytes]) -> tuple[bytes, ...]:
    """What several of the words have in common in their place, where it is rare by itself."""
    left, common = list(words), []
    while shared := _most_shared(left):
        common.append(shared)
        left = [word for word in left if shared not in word]
    return (*common, *left)


def _most_shared(words: Sequence[bytes]) -> bytes | None:
    counts: dict[bytes, int] = {}
    for word in words:
        for piece in {word[at : at + n] for n in _LENGTHS for at in range(len(word) - n + 1)}:
            counts[piece] = counts.get(piece, 0) + 1
    rare = [piece for piece, count in counts.items() if count > 1 and _rarity(piece) >= _RARE]
    return max(rare, key=lambda piece: (counts[piece], _rarity(piece), piece), default=None)


def _rarity(word: bytes) -> int:
    """The higher, the fewer files have it: by its letters, roughly."""
    if any(word in usual for usual in _EVERYWHERE):
        return 0
    return sum(_USUAL.find(letter) % (len(_USUAL) + 1) for letter in word)
