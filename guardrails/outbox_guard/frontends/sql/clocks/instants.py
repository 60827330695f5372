"""Conditions that no time satisfies but the clock's own, whatever their wording.

Times become whole numbers: what is compared with, even ones; so an odd number lies between any two
of them. A condition that no odd time satisfies, while some even one does, and another one
once the clock has moved on, holds at the very instants of the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations, product

from outbox_guard.truth.evaluation import truths
from outbox_guard.truth.formulas import COMPARISONS, Formula, column, number
from outbox_guard.truth.values import Values

CLOCKS = frozenset(
    "now clock_timestamp statement_timestamp transaction_timestamp current_timestamp"
    " localtimestamp current_date current_time localtime".split()
)
_SAME_INSTANT = {  # what each is read as: at the start of the transaction, of the day …
    **dict.fromkeys(("transaction_timestamp", "current_timestamp", "localtimestamp"), "now"),
    **dict.fromkeys(("current_time", "localtime"), "now"),
}
# A cast to one of these, or to another time zone, leaves a time what it is.
_SAME_TIME = ("::timestamptz", "::timestamp", "timezone")
_EXTREMES = ("min", "max")  # of the times of several rows, still one of them
_DATES = ("::date",)
SUMS = ("+", "-")
_TOGETHER = (*COMPARISONS, "coalesce", "nullif", "greatest", "least")
_NOTHING = re.compile(r"(?:interval\s+)?[-+]?0+(?:[:.\s]|0)*[a-z]*\s*", re.IGNORECASE)
_MOST_KNOWN = 3  # constants whose order is tried both ways
_MOST_TIMES = 2  # columns that are tried with each other
_NONE = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Times:
    """The names that are asked about: columns that hold a time, variables that hold the clock."""

    columns: frozenset[str]
    clocks: frozenset[str] = _NONE

    def is_time(self, formula: Formula) -> bool:
        """The column, maybe as of another time zone or a while away; of its day nothing is sure."""
        if self.is_column(formula):
            return True
        return _is_sum(formula) and any(map(self.is_time, formula.parts))

    def is_column(self, formula: Formula) -> bool:
        if formula.op == "column":
            return formula.value in self.columns
        return _keeps_time(formula) and any(map(self.is_column, formula.parts))

    def is_clock(self, formula: Formula) -> bool:
        """The clock, maybe as of another time zone, its day, or a while from now."""
        if self.is_clock_itself(formula):
            return True
        if formula.op == "strict" and formula.value in _DATES:
            return self.is_clock(formula.parts[0])
        return _is_sum(formula) and any(map(self.is_clock, formula.parts))

    def is_clock_itself(self, formula: Formula) -> bool:
        match formula.op:
            case "total":
                return formula.value in CLOCKS
            case "text":
                return is_now(formula.value)
            case "column":
                return formula.value in self.clocks
            case _:
                return _keeps_time(formula) and any(map(self.is_clock_itself, formula.parts))

    def found_in(self, formula: Formula) -> bool:
        """Whether both a column and the clock are in it."""
        parts = list(formula.walk())
        return any(map(self.is_column, parts)) and any(map(self.is_clock_itself, parts))


def is_now(text: str) -> bool:
    """'now'::timestamptz"""
    return text.strip().lower() == "now"


def _is_sum(formula: Formula) -> bool:
    return formula.op in ("strict", *SUMS) and (formula.value or formula.op) in SUMS


def _keeps_time(formula: Formula) -> bool:
    if formula.op == "unknown":
        return formula.value in _EXTREMES and len(formula.parts) == 1
    return formula.op == "strict" and formula.value in _SAME_TIME


def instants(formula: Formula, times: Times) -> bool:
    """Whether a condition, or a part of it, holds at no time but the clock's."""
    return any(_is_instant(part, times) for part in formula.walk() if times.found_in(part))


def _is_instant(condition: Formula, times: Times) -> bool:
    arithmetic = _Arithmetic(times)
    formula = arithmetic.of(condition)
    if len(arithmetic.known) > _MOST_KNOWN or not 0 < len(arithmetic.columns) <= _MOST_TIMES:
        return False
    found = False
    for order in permutations(range(len(arithmetic.known))):
        world = _World(formula, arithmetic.columns, arithmetic.worth(order))
        if world.may_hold(odd=True):
            return False
        found = found or world.moves_with(arithmetic.clocks)
    return found


@dataclass(slots=True)
class _Arithmetic:
    """A condition about times as one about numbers; what has its own value gets a name."""

    times: Times
    known: dict[Formula, Formula] = field(default_factory=dict)  # constants, by what they are
    columns: list[Formula] = field(default_factory=list)
    clocks: set[Formula] = field(default_factory=set)

    def of(self, formula: Formula) -> Formula:
        """The formula in numbers; what is neither time nor clock stays as it is."""
        if self.times.is_clock_itself(formula):
            return self._clock(formula)
        if self.times.is_column(formula):
            return self._column(formula)
        match formula:
            case Formula(op="strict", value="::date", parts=(inner,)) if self.times.is_clock(inner):
                return self._clock(formula)
            case Formula(value="extract epoch", parts=(inner,)):
                return self.of(inner)
            case Formula(value="date_part", parts=(Formula(value="epoch"), inner)):
                return self.of(inner)
            case Formula(op="strict", value="age", parts=(left, right)):
                return self._sides("-", (left, right))
            case Formula(parts=(left, right)) if _is_sum(formula):
                return self._sides(formula.value or formula.op, (left, right))
            case Formula(op=op, parts=parts) if op in _TOGETHER:
                return self._sides(op, parts)
        return Formula(formula.op, tuple(map(self.of, formula.parts)), formula.value)

    def _sides(self, op: str, parts: Sequence[Formula]) -> Formula:
        """Constants are numbers as well where times stand beside them."""
        sides = tuple(map(self.of, parts))
        timed = any(map(self._is_number, sides))
        if not timed:
            return Formula(op, sides)
        return Formula(op, tuple(map(self._constant, sides)))

    def _constant(self, formula: Formula) -> Formula:
        if self._is_number(formula) or any(part.op == "column" for part in formula.walk()):
            return formula
        if formula.op in ("null", "true", "false"):
            return formula
        if _NOTHING.fullmatch(formula.value) and not formula.parts:
            return number(0)
        return self.known.setdefault(formula, column(f"constant {len(self.known)}"))

    def _is_number(self, formula: Formula) -> bool:
        """Whether times have become a number here."""
        known = (*self.columns, *self.clocks, *self.known.values())
        return any(part in known for part in formula.walk())

    def _clock(self, formula: Formula) -> Formula:
        leaf = next(part for part in formula.walk() if not part.parts)
        name = _SAME_INSTANT.get(leaf.value, leaf.value if leaf.op != "text" else "now")
        kind = Formula("total", (), f"day of {name}" if formula.value in _DATES else name)
        clock = self.known.setdefault(kind, column(f"constant {len(self.known)}"))
        self.clocks.add(clock)
        return clock

    def _column(self, formula: Formula) -> Formula:
        leaf = next(part for part in formula.walk() if part.op == "column")
        time = column(f"time {leaf.value}")
        if time not in self.columns:
            self.columns.append(time)
        return time

    def worth(self, order: Sequence[int]) -> Mapping[Formula, int]:
        """An even number for each constant, in this order; no sum of some is another one."""
        return {name: 2 * 3 ** order[n] for n, name in enumerate(self.known.values())}


@dataclass(frozen=True, slots=True)
class _World:
    """The numbers that the constants are, and the times that are tried beside them."""

    formula: Formula
    columns: Sequence[Formula]
    worth: Mapping[Formula, int]

    def may_hold(self, *, odd: bool) -> bool:
        return any(True for _ in self._holding(odd=odd))

    def moves_with(self, clocks: Iterable[Formula]) -> bool:
        """Whether other times satisfy it once the clocks are elsewhere."""
        later = {**self.worth, **{clock: self.worth[clock] + 100 for clock in clocks}}
        moved = _World(self.formula, self.columns, later)
        now = set(self._holding(odd=False))
        return bool(now) and now.isdisjoint(moved._holding(odd=False))

    def _holding(self, *, odd: bool) -> Iterator[tuple[int, ...]]:
        """The times at which the condition may be true."""
        reach = 2 + sum(self.worth.values())
        given = {name: _only(value) for name, value in self.worth.items()}
        for times in product(range(-reach - odd, reach + 2, 2), repeat=len(self.columns)):
            row = {**given, **dict(zip(self.columns, map(_only, times), strict=True))}
            if True in truths(self.formula, row):
                yield times


def _only(value: int) -> Values:
    return frozenset((Fraction(value),))
