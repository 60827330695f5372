"""What to say to someone who called or configured the tool wrongly."""

from __future__ import annotations

from collections.abc import Iterable


class UsageError(Exception):
    """The tool was called or configured wrongly: status 2; the message says what to mend."""


def did_you_mean(word: str, words: Iterable[str], *, otherwise: str = "") -> str:
    """The nearest of the words that exist, as a question; with none near, what to do instead."""
    from difflib import get_close_matches  # paid for by a mistake only

    ordered = sorted(words)
    near = get_close_matches(word, ordered, n=1, cutoff=0.7) or [
        each for each in ordered if each.casefold() == word.casefold()
    ]
    if near:
        return f"did you mean {near[0]!r}?"
    return otherwise or f"there are: {', '.join(ordered)}"
