"""Blanks in the place of what is not to be read: every other character stays where it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

Range = tuple[int, int]
_VISIBLE = re.compile(r"[^\n]")


def blanked(text: str, ranges: Iterable[Range]) -> str:
    """The text with blanks in these ranges; line breaks stay."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(ranges):
        if end > at:
            pieces += (text[at : max(start, at)], _VISIBLE.sub(" ", text[max(start, at) : end]))
            at = end
    return "".join((*pieces, text[at:]))


def only(text: str, ranges: Iterable[Range]) -> str:
    """The text with blanks everywhere but in these ranges."""
    between: list[Range] = []
    at = 0
    for start, end in sorted(ranges):
        between.append((at, max(at, start)))
        at = max(at, end)
    return blanked(text, (*between, (at, len(text))))


def without(text: str, *patterns: re.Pattern[str]) -> str:
    """The text without what these patterns match, one after the other."""
    for pattern in patterns:
        text = blanked(text, (match.span() for match in pattern.finditer(text)))
    return text
