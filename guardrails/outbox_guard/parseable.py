"""Which Python files are broken, asked of Python itself, as long as that costs next to nothing.

A file that cannot matter is not read, and in a large project nobody learns from us that it is no
Python. But whoever has a few files, or names a few, may take silence for praise.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping

LITTLE = 1 << 18  # characters of code, which take Python about 60 ms


def broken(texts: Mapping[str, str]) -> Iterator[str]:
    """The paths of the texts that may be no Python; none where there is too much to ask.

    Newer Python than the one that runs counts as broken here: the reader will know better.
    """
    if sum(map(len, texts.values())) > LITTLE:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, text in texts.items():
            try:
                compile(text, path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
                yield path
