"""Which texts go together: those of one row, of one branch, of one call.

A choice is what a program leaves open: which row of a list it is at, which branch it has taken. A
text is picked where its choices fell as they did for it, so texts for which one choice fell
differently are never there at once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

# How deep within queries the choice is made (0 outside of all), and which one it is.
Choice = tuple[int, str]
Pick = tuple[Choice, int | str]  # a choice, and what it fell on
Picks = frozenset[Pick]
Reach = tuple[Picks, ...]  # the ways in which a spot of a program is come to
Case = tuple[str, Picks]  # a text, and the picks by which it is there

NO_PICKS: Picks = frozenset()
EVERYWHERE: Reach = (NO_PICKS,)
# Rows that nobody has taken yet: which of them it is, is open for whoever takes one.
OPEN = 1_000_000
ROW: Choice = (OPEN, "")
# Which element of an array: open until one is taken out of it, wherever the array goes.
ELEMENT: Choice = (OPEN, "[]")
ELEMENTS: Choice = (OPEN, "[][]")  # of an array of arrays, which array
_ARRAYS = (ELEMENT, ELEMENTS)
_ELSE = ""  # what a choice fell on where a text is none of those that are known
_MOST_WAYS = 64
MOST = 256  # ways in which alternatives meet; where there are more, nothing is kept of some


def together(one: Picks, other: Picks) -> Picks | None:
    """The picks of both; None where one choice fell differently."""
    if not one or not other or one == other:
        return one or other
    both = one | other
    return both if len({choice for choice, _ in both}) == len(both) else None


def both(one: Reach, other: Reach) -> Reach:
    """The ways that are ways of both."""
    met = (together(way, more) for way in one for more in other)
    return bounded((each for each in met if each is not None), one)


def ways(alternatives: Iterable[Iterable[Case]]) -> list[tuple[tuple[str, ...], Picks]]:
    """One of each, in all ways that go together."""
    found: list[tuple[tuple[str, ...], Picks]] = [((), NO_PICKS)]
    for cases in alternatives:
        listed = sorted(cases, key=lambda case: case[0])
        found = list(_extended(found, listed))[:MOST]
    return found


def _extended(
    found: Iterable[tuple[tuple[str, ...], Picks]], cases: list[Case]
) -> Iterator[tuple[tuple[str, ...], Picks]]:
    for texts, picks in found:
        for text, more in cases:
            both = together(picks, more)
            if both is not None:
                yield (*texts, text), both


def is_open(picks: Picks) -> bool:
    """Whether somebody has still to say which row it is."""
    return any(choice[0] == OPEN and choice not in _ARRAYS for choice, _ in picks)


def is_listed(picks: Picks) -> bool:
    """Whether it is an element of an array that somebody holds as a whole."""
    return any(choice in _ARRAYS for choice, _ in picks)


def taken(picks: Picks, choice: Choice) -> Picks:
    """Of a row that is taken: what was open is what the choice is about from then on."""
    depth, name = choice
    return _renamed(
        picks,
        lambda c: (depth, f"{name}/{c[1]}") if c[0] == OPEN and c not in _ARRAYS else c,
    )


def opened(picks: Picks, depth: int) -> Picks:
    """Of rows that a query returns: whoever takes one chooses anew what was chosen in it."""
    return _renamed(picks, lambda c: (OPEN, f"{c[0]}/{c[1]}") if depth <= c[0] < OPEN else c)


def elements(picks: Picks) -> Picks:
    """Of an array that is taken apart: its elements are rows."""
    return _renamed(picks, lambda c: ROW if c == ELEMENT else (OPEN, ",") if c == ELEMENTS else c)


def slices(picks: Picks) -> Picks:
    """Of an array of arrays that is taken apart: the arrays in it are rows."""
    return _renamed(picks, lambda c: ROW if c == ELEMENTS else c)


def subscripted(picks: Picks, index: int | str) -> Picks | None:
    """Of the element with this number, from 0, or with that of a variable; None for others."""
    which = ELEMENTS if any(choice == ELEMENTS for choice, _ in picks) else ELEMENT
    if isinstance(index, str):
        return _renamed(picks, lambda c: (0, f"[{index}]") if c == which else c)
    if any(choice == which and row not in (index, str(row)) for choice, row in picks):
        return None
    return frozenset(pick for pick in picks if pick[0] != which)


def _renamed(picks: Picks, name: Callable[[Choice], Choice]) -> Picks:
    return frozenset((name(choice), row) for choice, row in picks)


def settled(picks: Picks) -> Picks:
    """Without the rows that are open: nobody asks any more which it was."""
    return frozenset(p for p in picks if p[0][0] != OPEN or p[0] in _ARRAYS)


def free(picks: Picks) -> Picks:
    """Without anything that was chosen: what an earlier turn of a loop has left."""
    return frozenset(pick for pick in picks if pick[0] in _ARRAYS)


def split(cases: Iterable[Case], wanted: Container[str], reach: Reach) -> tuple[Reach, Reach]:
    """The ways in which something is one of these texts, and those in which it is another."""
    is_one: list[Picks] = []
    is_none: list[Picks] = []
    subject = list(cases)
    for way in reach:
        for text, picks in subject:
            met = together(way, picks)
            if met is not None:
                (is_one if text in wanted else is_none).append(met)
        # What is not known of it is another text, too.
        choices = {choice for _, picks in subject for choice, _ in picks - way}
        other = together(way, frozenset((choice, _ELSE) for choice in choices))
        if other is not None:
            is_none.append(other)
    return bounded(is_one, reach), bounded(is_none, reach)


def bounded(found: Iterable[Picks], reach: Reach) -> Reach:
    """Some ways; those that are known anyway where there are none, or too many."""
    distinct = tuple(dict.fromkeys(found))
    return distinct if 0 < len(distinct) <= _MOST_WAYS else reach
