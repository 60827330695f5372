"""How many calls of each function are followed of which only a few are, in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import libcst

from outbox_guard.frontends.python.context.machine import MOST_CALLS
from outbox_guard.frontends.python.tracing.episodes import Episode, Name

Known = Mapping[Name, Episode]  # of functions that are not followed again


class Tally:
    """As it is where all is followed, though some functions of which all is known are not."""

    def __init__(self) -> None:
        self._followed: Counter[libcst.CSTNode] = Counter()
        self._skipped: set[Name] = set()
        self.fits = True  # whether those would still have followed the same calls

    def allows(self, node: libcst.CSTNode) -> bool:
        """Whether one more call of a function is followed."""
        if self._followed[node] >= MOST_CALLS:
            return False
        self._followed[node] += 1
        return True

    def skips(self, name: Name, known: Known) -> bool:
        """Whether a function is one of those; its calls, and those of its object, count here."""
        if name not in known:
            return False
        for each in ((None, known[name].of), name):
            if each in known and each not in self._skipped:
                self._skipped.add(each)
                self._count(known[each])
        return True

    def _count(self, episode: Episode) -> None:
        self._followed.update(episode.counts)
        refused = {node for node, _, _ in episode.refused} - episode.late
        enough = all(self._followed[node] >= MOST_CALLS for node in refused)
        within = all(self._followed[node] <= MOST_CALLS for node in episode.counts)
        self.fits = self.fits and enough and within
