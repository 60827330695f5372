"""Which Python files are broken, asked of Python itself, as long as that costs next to nothing.

A file that cannot matter is not read, and in a large project nobody learns from us that it is no
Python. But whoever has a few files, or names a few, may take silence for praise.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

PYTHON = (".py", ".pyi", ".pyw")  # how the names of its files end
LITTLE = 1 << 18  # characters of code, which take Python about 60 ms


def broken(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The paths of the texts that may be no Python; none where there is too much to ask.

    Newer Python than the one that runs counts as broken here: the reader will know better.
    """
    asked: list[tuple[str, str]] = []
    left = LITTLE
    for path, text in texts:
        asked.append((path, text))
        left -= len(text)
        if left < 0:
            return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from (path for path, text in asked if not _compiles(path, text))


def _compiles(path: str, text: str) -> bool:
    try:
        compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True
