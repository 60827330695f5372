"""Which of some words stand in the bytes of one file after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

ENOUGH = 1 << 18  # bytes that are searched word by word in the time that a library takes to load

_Find = Callable[[bytes], frozenset[bytes]]
_NONE: frozenset[bytes] = frozenset()


class Search:
    """Word by word at first; in a project of some size by a library that looks for all at once.

    It is a dozen times as fast, and there is none for some kinds of processors.
    """

    def __init__(self, few: Sequence[bytes], words: Sequence[bytes]) -> None:
        """Without one of the few, the others need not be looked for."""
        self._few = few
        self._words = words
        self._find: _Find = self._one_by_one
        self._left = ENOUGH

    def met_in(self, data: bytes) -> frozenset[bytes]:
        """The words that stand there; maybe none where none of the few does."""
        if self._left > 0:
            self._left -= len(data)
            if self._left <= 0:
                self._find = _at_once(self._words) or self._one_by_one
        return self._find(data)

    def _one_by_one(self, data: bytes) -> frozenset[bytes]:
        if not any(map(data.__contains__, self._few)):
            return _NONE
        return frozenset(word for word in self._words if word in data)


def _at_once(words: Sequence[bytes]) -> _Find | None:
    """None where the library is not installed, or not for this processor."""
    try:
        import hyperscan
    except ImportError:
        return None
    everywhere = frozenset(word for word in words if not word)
    sought = [word for word in words if word]
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in word) for word in sought],
            ids=range(len(sought)),
            elements=len(sought),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )
    except hyperscan.error:
        return None
    turn = Lock()  # one text at a time

    def find(data: bytes) -> frozenset[bytes]:
        met: list[bytes] = []

        def hear(number: int, _start: int, _end: int, _flags: int, _: object) -> None:
            met.append(sought[number])

        with turn:
            database.scan(data, hear)
        return everywhere.union(met) if met else everywhere

    return find
