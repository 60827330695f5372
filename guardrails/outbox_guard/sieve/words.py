r"""Words of code, looked for by what is plain in them.

`re` is quick where a pattern begins with plain characters. One that begins with `\b`, `(?<!\w)` or
a choice of prefixes is tried at every byte: what may stand before is asked where the rest is found.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Protocol

_OF_WORDS = f"{string.ascii_letters}{string.digits}_".encode()


class Searched(Protocol):
    """What is looked for in some bytes: a pattern, mostly."""

    def search(self, data: bytes, /) -> object: ...


def whole(word: bytes) -> bytes:
    """A pattern for a word that is no part of a longer one."""
    return begun(word) + rb"(?!\w)"


def begun(word: bytes) -> bytes:
    """A pattern for what words begin with; any words, where it is empty."""
    escaped = re.escape(word)
    return rb"%b(?<!\w%b)" % (escaped, escaped)


@dataclass(frozen=True, slots=True)
class Ending:
    """A pattern that begins with a word that ends with `last`; tried where these words begin."""

    last: re.Pattern[bytes]
    pattern: re.Pattern[bytes]

    @classmethod
    def of(cls, last: bytes, pattern: bytes) -> Ending:
        return cls(re.compile(re.escape(last) + rb"(?!\w)"), re.compile(pattern))

    def search(self, data: bytes) -> re.Match[bytes] | None:
        for found in self.last.finditer(data):
            start = found.start()
            while start and data[start - 1] in _OF_WORDS:
                start -= 1
            if match := self.pattern.match(data, start):
                return match
        return None


@dataclass(frozen=True, slots=True)
class Either:
    """One thing or another."""

    one: Searched
    other: Searched

    def search(self, data: bytes) -> object:
        return self.one.search(data) or self.other.search(data)
