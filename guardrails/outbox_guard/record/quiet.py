"""Whether some bytes hold nothing that could let a file through the sieve, seen without the sieve.

It is the sieve's question asked with fewer means: where it says yes, `Sieve.passes`, `carries` and
`tells` would say no (`tests/speed/test_recall.py`), and where it says no, they know better.
"""

from __future__ import annotations

from collections.abc import Iterable

# What may stand between the pieces of a word; the sieve leaves out less.
_BETWEEN = b"\"'+ \t\r\n\\(),[]{}\v\f"
_STAR = b"import*"  # as it is without those
_ESCAPES = tuple(b"\\" + each for each in (b"x", b"u", b"+", b"n{", *b"0 1 2 3 4 5 6 7".split()))
_SET = b"set "
_OF_A_SWITCH = (b"local ", b"session ")
_BREAKS = tuple(b"\"'{%\\")  # where a text ends, or a part of it stands elsewhere
_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789_"


def is_quiet(path: str, data: bytes, words: Iterable[bytes], given: Iterable[bytes]) -> bool:
    """Of a file's bytes; `words` are `Sieve.words`, `given` the names that other files hand on."""
    if not _is_plain(data):
        return False
    lowered = data.lower()
    squeezed = lowered.translate(None, _BETWEEN)
    if any(map(squeezed.__contains__, words)) or any(map(data.__contains__, given)):
        return False
    if b"import" in squeezed and (path.endswith("__init__.py") or _STAR in squeezed):
        return False
    return not _begins_a_switch(lowered)


def _is_plain(data: bytes) -> bool:
    """Whether it is UTF-8, whatever the file, and no letter is spelt with an escape."""
    if b"\0" in data or b"coding" in data[: _after_two_lines(data)]:
        return False
    try:
        data.isascii() or data.decode()
    except UnicodeDecodeError:
        return False
    lowered = data.lower() if b"\\" in data else b""
    return not any(map(lowered.__contains__, _ESCAPES))


def _after_two_lines(data: bytes) -> int:
    return data.find(b"\n", data.find(b"\n") + 1) + 1 or len(data)


def _begins_a_switch(lowered: bytes) -> bool:
    """Whether a text breaks off in or after a SET, so that it may go on with a role elsewhere."""
    at = lowered.find(_SET)
    while at >= 0:
        at += len(_SET)
        after = lowered[at : at + len(_OF_A_SWITCH[1])]
        starts = [at, *(at + len(word) for word in _OF_A_SWITCH if after.startswith(word))]
        if any(_breaks_off(lowered, start) for start in starts):
            return True
        at = lowered.find(_SET, at)
    return False


def _breaks_off(lowered: bytes, start: int) -> bool:
    while start < len(lowered) and lowered[start] in _LETTERS:
        start += 1
    return start < len(lowered) and lowered[start] in _BREAKS
