"""How much of two texts is the same at their ends: an edit lies between."""

from __future__ import annotations


def ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts begin with both, and end with behind these."""
    shorter = min(len(one), len(other))
    first = _beginning(one, other, shorter)
    return first, _ending(one, other, shorter - first)


def resembles(one: str, other: str) -> bool:
    """Whether most of two texts is the same at their ends."""
    return 2 * sum(ends(one, other)) > max(len(one), len(other))


def _beginning(one: str, other: str, most: int) -> int:
    """Halving finds it at the speed of memory."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _ending(one: str, other: str, most: int) -> int:
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        mine, theirs = (text[len(text) - middle : len(text) - least] for text in (one, other))
        if mine == theirs:
            least = middle
        else:
            most = middle - 1
    return least
