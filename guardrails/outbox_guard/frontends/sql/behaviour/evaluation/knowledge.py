"""What one run has found out about what was not known: equal, different, NULL, true, earlier.

Each question that is open is answered by a choice, once; the answers of a run never contradict one
another. Logic has three values: True, False and None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from outbox_guard.frontends.sql.behaviour.evaluation.choices import Choices
from outbox_guard.frontends.sql.behaviour.evaluation.terms import (
    Array,
    Moment,
    Opaque,
    Period,
    Record,
    Value,
    is_judged,
    is_number,
    is_true,
    moment,
    period,
)

Truth = bool | None

PAYMENTS = {1, 2}  # the rows of the queue
_MOST_NULLS = 2  # at a time: what more of them together do, they do in pairs


@dataclass(slots=True)
class Knowledge:
    """What is known by now of values that were not; what is asked of others is a choice."""

    choices: Choices
    same: dict[Opaque, Value] = field(default_factory=dict)
    different: set[frozenset[Value]] = field(default_factory=set)
    present: set[Opaque] = field(default_factory=set)  # that are not NULL
    nulls: int = 0  # how many unknown values turned out to be NULL
    earlier: dict[tuple[Value, Value], int] = field(default_factory=dict)

    def meant(self, value: Value) -> Value:
        """The value that something unknown turned out to have."""
        while isinstance(value, Opaque) and value in self.same:
            value = self.same[value]
        return value

    def excludes(self, value: Value, other: Value) -> bool:
        return frozenset((self.meant(value), other)) in self.different

    # -- questions -------------------------------------------------------------------------

    def is_null(self, value: Value) -> bool:
        value = self.meant(value)
        if isinstance(value, Record):
            known = bool(value.fields) and not value.rest
            return value.is_null or (known and all(map(self.is_null, value.values)))
        if not isinstance(value, Opaque):
            return value is None
        if value.fixed or value in self.present:
            return False
        if self.nulls < _MOST_NULLS and self._choose(2, value):
            self.nulls += 1
            self.same[value] = None
            return True
        self.present.add(value)
        return False

    def truth(self, value: Value) -> Truth:
        """What a condition comes to."""
        value = self.meant(value)
        if isinstance(value, Opaque):
            answer = not self._choose(2, value)
            self.same[value] = answer
            return answer
        if isinstance(value, str):
            return is_true(value)
        return None if value is None else bool(value)

    def equal(self, left: Value, right: Value) -> Truth:
        left, right = self.meant(left), self.meant(right)
        if left is None or right is None:
            return None
        if isinstance(left, Record) and isinstance(right, Record):
            return self._equal_rows(left.values, right.values)
        if isinstance(left, Array) and isinstance(right, Array):
            return self._equal_rows(left.items, right.items)
        if isinstance(left, Opaque) or isinstance(right, Opaque):
            return self._equal_unknown(left, right)
        order = _order(left, right)
        if order is not None:
            return order == 0
        left, right = _alike(left, right)
        if isinstance(left, (Moment, Period)) and isinstance(right, (Moment, Period)):
            return self._ordered(left, right) == 0
        return left == right

    def less(self, left: Value, right: Value, *, or_equal: bool = False) -> Truth:
        left, right = self.meant(left), self.meant(right)
        if left is None or right is None:
            return None
        order = self._ordered(*_alike(left, right))
        return order < 0 or (or_equal and order == 0)

    def elements(self, value: Value) -> Sequence[Value]:
        """What is in an array; one that is not known has one element, for every other is alike."""
        value = self.meant(value)
        if isinstance(value, Opaque) and not value.fixed:
            self.same[value] = Array(
                (Opaque(f"an element of {value.name}", False, value.doubtful),)
            )
        value = self.meant(value)
        return value.items if isinstance(value, Array) else ()

    def take_for_present(self, value: Value) -> None:
        """A value that is put where NULL would be refused."""
        value = self.meant(value)
        if isinstance(value, Opaque):
            self.present.add(value)

    # -- how they are answered -------------------------------------------------------------

    def _equal_rows(self, left: tuple[Value, ...], right: tuple[Value, ...]) -> Truth:
        result: Truth = len(left) == len(right)
        for one, other in zip(left, right, strict=False):
            found = self.equal(one, other)
            if found is False:
                return False
            result = None if found is None else result
        return result

    def _equal_unknown(self, left: Value, right: Value) -> Truth:
        if left == right:
            return True
        pair = frozenset((left, right))
        if pair in self.different:
            return False
        if {v.row for v in (left, right) if isinstance(v, Opaque)} == PAYMENTS:
            return False  # which columns are unique is not known here, and most that are asked are
        unknown = next((v for v in (left, right) if isinstance(v, Opaque) and not v.fixed), None)
        if unknown is None:
            return False  # two values that the row has, each of its own
        other = right if unknown == left else left
        doubtful = is_judged(other)
        if self._choose(2, unknown, doubtful=doubtful):
            self.different.add(pair)
            return False
        self.same[unknown] = other
        return True

    def _ordered(self, left: Value, right: Value) -> int:
        known = _order(left, right)
        if known is not None:
            return known
        if left == right:
            return 0
        if (right, left) in self.earlier:
            return -self.earlier[right, left]
        if (left, right) not in self.earlier:
            judged = is_judged(left) or is_judged(right)
            unknown = next((v for v in (left, right) if isinstance(v, Opaque)), left)
            self.earlier[left, right] = (-1, 1)[self._choose(2, unknown, doubtful=judged)]
        return self.earlier[left, right]

    def _choose(self, options: int, about: Value, *, doubtful: bool = False) -> int:
        name = about.name if isinstance(about, Opaque) else "how two times compare"
        return self.choices.choose(options, name if doubtful or _is_doubtful(about) else "")


def both(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: Truth, right: Truth) -> Truth:
    if left or right:
        return True
    return None if left is None or right is None else False


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _is_doubtful(value: Value) -> bool:
    return isinstance(value, Opaque) and value.doubtful


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """A literal beside a time is one."""
    return _read_as(left, right), _read_as(right, left)


def _read_as(value: Value, other: Value) -> Value:
    if not isinstance(value, str):
        return value
    if isinstance(other, Moment):
        return moment(value) or Opaque(repr(value), doubtful=True)
    if isinstance(other, Period):
        return period(value) or Opaque(repr(value), doubtful=True)
    return value


def _order(left: Value, right: Value) -> int | None:
    """-1, 0 or 1, where that is sure."""
    if isinstance(left, (Moment, Period)) and type(left) is type(right):
        assert isinstance(right, (Moment, Period))
        if left.high < right.low:
            return -1
        if left.low > right.high:
            return 1
        return 0 if left.low == left.high == right.low == right.high else None
    if is_number(left) and is_number(right):
        return (left > right) - (left < right)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    return None
