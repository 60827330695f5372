"""What flows through SQL: texts, and what is left of locked rows in them.

The domain of a small abstract interpreter. A value is the set of texts that it may be, as far as
they are known, with the pending tables whose SKIP LOCKED rows had a part in it. What is not known
adds nothing: a column of a table, a parameter, the result of an unknown function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from outbox_guard.frontends.sql.values.choices import (
    ELEMENT,
    ELEMENTS,
    EVERYWHERE,
    MOST,
    NO_PICKS,
    Case,
    Choice,
    Picks,
    Reach,
    free,
    is_listed,
    is_open,
    settled,
    subscripted,
    taken,
    together,
    ways,
)

Tables = frozenset[str]
NONE: frozenset[str] = frozenset()

_LONGEST = 1_000_000  # characters of a text that is reckoned


@dataclass(frozen=True, slots=True)
class Value:
    """The texts that it may be; none are known where it has none."""

    texts: frozenset[str] = NONE
    locked: Tables = NONE  # pending tables whose locked rows it derives from
    clock: bool = False  # the clock and nothing else
    source: str = field(default="", compare=False)  # of a placeholder: see Bind
    # Every text with the picks by which it is there; empty where it is there by none.
    bound: frozenset[Case] = frozenset()

    @property
    def cases(self) -> frozenset[Case]:
        return self.bound or frozenset((text, NO_PICKS) for text in self.texts)

    def __or__(self, other: Value) -> Value:
        locked = self.locked | other.locked
        if self.bound or other.bound:
            return of_cases(self.cases | other.cases, locked)
        return Value(self.texts | other.texts, locked)

    def tainted(self, locked: Tables) -> Value:
        if not locked - self.locked:
            return self
        return Value(self.texts, self.locked | locked, bound=self.bound)

    def by(self, change: Callable[[Picks], Picks]) -> Value:
        """With other picks."""
        if not self.bound:
            return self
        return of_cases(((text, change(picks)) for text, picks in self.bound), self.locked)

    def under(self, reach: Reach) -> Value:
        """What is left of it on these ways, by which it is there from then on."""
        if reach == EVERYWHERE or not self.texts:
            return self
        met = ((text, together(mine, way)) for text, mine in self.cases for way in reach)
        return of_cases(((t, both) for t, both in met if both is not None), self.locked)

    def only(self, texts: frozenset[str]) -> Value:
        """What is left of it."""
        bound = frozenset(case for case in self.bound if case[0] in texts)
        return replace(self, texts=self.texts & texts, bound=bound)

    def beside(self, other: Value) -> Value:
        """What it may be in the rows in which the other is one of its texts."""
        if not self.bound or not other.bound:
            return self
        near = frozenset(picks for _, picks in other.bound)
        kept = (c for c in self.bound if any(together(c[1], p) is not None for p in near))
        return of_cases(kept, self.locked)

    def taken(self, choice: Choice, name: str) -> Value:
        """As it is in the one row that is taken: the same wherever that is asked."""
        if not self.bound and len(self.texts) == 1:
            return self
        if len(self.texts) > MOST:
            return Value(self.texts, self.locked)
        depth, which = choice
        if any(is_open(picks) for _, picks in self.bound):
            return self.by(lambda picks: taken(picks, choice))
        if self.is_listed:
            return self
        itself = (depth, f"{which}.{name}")
        return of_cases(((t, picks | {(itself, t)}) for t, picks in self.cases), self.locked)

    @property
    def settled(self) -> Value:
        """As one value, of which nobody asks any more which row it was of."""
        return self.by(settled)

    @property
    def free(self) -> Value:
        """Whatever else was picked: what an earlier turn of a loop has left."""
        return self.by(free)

    @property
    def is_listed(self) -> bool:
        """Whether it is an array, of which the texts are the elements."""
        return any(is_listed(picks) for _, picks in self.bound)

    @property
    def listed(self) -> Value:
        """As an array of these texts, whatever their order."""
        if self.is_listed or len(self.texts) == 1:
            return self
        return of_cases(((t, picks | {(ELEMENT, t)}) for t, picks in self.cases), self.locked)

    def subscripted(self, index: int | str) -> Value:
        """An element of an array."""
        if not self.is_listed:
            return self
        found = ((text, subscripted(picks, index)) for text, picks in self.bound)
        return of_cases(((t, picks) for t, picks in found if picks is not None), self.locked)


def of_cases(cases: Iterable[Case], locked: Tables = NONE) -> Value:
    """What is one of these texts, each by its picks."""
    kept = frozenset(cases)
    texts = frozenset(text for text, _ in kept)
    tells = any(picks for _, picks in kept) and len(kept) <= MOST * len(texts)
    return Value(texts, locked, bound=kept if tells else frozenset())


def array(parts: Sequence[Value]) -> Value:
    """ARRAY[…] of these elements, or of arrays."""
    which = ELEMENTS if any(part.is_listed for part in parts) else ELEMENT
    return either(
        part.under((frozenset({(which, position)}),)) for position, part in enumerate(parts)
    )


UNKNOWN = Value()


def text(*texts: str) -> Value:
    return Value(frozenset(texts))


def either(values: Iterable[Value]) -> Value:
    """What is one of these."""
    result = UNKNOWN
    for value in values:
        result |= value
    return result


def compute(function: Callable[..., str], arguments: Sequence[Value]) -> Value:
    """What a pure function of texts gives; nothing where an argument is not known."""
    return compute_each(lambda *texts: (function(*texts),), arguments)


def compute_each(function: Callable[..., Iterable[str]], arguments: Sequence[Value]) -> Value:
    """What a pure function of texts gives that has several results."""
    locked = NONE.union(*(argument.locked for argument in arguments))
    cases = (
        (result, picks)
        for texts, picks in ways(argument.cases for argument in arguments)
        for result in function(*texts)
        # One that a loop has doubled too often is not known.
        if len(result) <= _LONGEST
    )
    return of_cases(cases, locked)
