"""What an expression of a body is worth in one run: SQL's values, as far as a verdict needs them.

A run is made for one row in one state, at one moment. Times are seconds from that moment, so that
`now()` is nought; what is not known keeps its identity: two uses of a parameter are the same.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TypeGuard

from outbox_guard.truth.values import to_boolean

ELSEWHERE = -1  # a row of a table that is not known
_LONG = 1e8  # seconds: no interval that a caller chooses is longer
_FOREVER = 1e12
_UNITS = {
    "second": 1,
    "sec": 1,
    "s": 1,
    "minute": 60,
    "min": 60,
    "m": 60,
    "hour": 3600,
    "h": 3600,
    "day": 86400,
    "d": 86400,
    "week": 604800,
    "w": 604800,
    "month": 2592000,
    "mon": 2592000,
    "year": 31536000,
    "y": 31536000,
    "millisecond": 0.001,
    "ms": 0.001,
}
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)
_CLOCK = re.compile(r"([+-]?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\Z")
_YEAR = re.compile(r"\s*(\d{4})-")
_FAR_YEAR = 2100


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that is no earlier than `low` and no later than `high`."""

    low: float
    high: float
    judged: bool = False  # made of the times of the row, about which the verdict is


@dataclass(frozen=True, slots=True)
class Period:
    """An interval that is no shorter than `low` and no longer than `high`."""

    low: float
    high: float
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that is not known, but is itself."""

    name: str
    fixed: bool = False  # a value of the row that is nothing else: its key, its token
    doubtful: bool = False  # made of what is judged, in a way that could not be followed
    row: int = 0  # the stored row that has it in some column, or ELSEWHERE


class Count(int):
    """How often the row was tried, and what is reckoned from it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row. Columns that are not listed have values of their own if `rest` names it."""

    fields: tuple[tuple[str, Value], ...] = ()
    rest: str = ""
    row: int = 0  # of a stored row, which one
    missing: bool = False  # of an outer join, or of a SELECT INTO that found nothing: all NULL

    def knows(self, name: str) -> bool:
        return any(field == name for field, _ in self.fields)

    def get(self, name: str) -> Value:
        for field, value in self.fields:
            if field == name:
                return value
        if not self.rest or self.missing:
            return None
        return Opaque(f"{self.rest}.{name}", row=self.row or ELSEWHERE)

    def having(self, name: str, value: Value) -> Record:
        if not self.knows(name):
            return replace(self, fields=(*self.fields, (name, value)), missing=False)
        fields = tuple((n, value if n == name else held) for n, held in self.fields)
        return replace(self, fields=fields, missing=False)

    @property
    def values(self) -> tuple[Value, ...]:
        return tuple(value for _, value in self.fields)

    @property
    def is_null(self) -> bool:
        return self.missing or (not self.rest and all(v is None for v in self.values))


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple[Value, ...]


Value = None | bool | int | float | str | Moment | Period | Opaque | Record | Array

NOW = Moment(0, 0)
SOME_TIME = Period(0, _LONG)


def is_judged(value: Value) -> bool:
    """Whether a value may come from what the verdict is about: times and the count of attempts."""
    match value:
        case Opaque():
            return value.doubtful
        case Array():
            return any(map(is_judged, value.items))
        case Moment() | Period():
            return value.judged
        case _:
            return isinstance(value, Count)


def is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_true(text: str) -> bool:
    """A text as PostgreSQL takes it for a boolean; one that it would refuse is not true."""
    return to_boolean(text) == {True}


def period(text: str) -> Period | None:
    """An interval's literal: '30 seconds', '00:05:00', '1 hour 30 min'."""
    text = text.strip().lower()
    if clock := _CLOCK.match(text):
        sign = -1 if clock[1] == "-" else 1
        seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + float(clock[4] or 0)
        return Period(sign * seconds, sign * seconds)
    if text.isdigit():
        return Period(float(text), float(text))
    total = 0.0
    for amount, unit in _QUANTITY.findall(text):
        factor = _UNITS.get(unit, _UNITS.get(unit.removesuffix("s")))
        if factor is None:
            return None
        total += float(amount) * factor
    return None if _QUANTITY.sub("", text).strip() else Period(total, total)


def moment(text: str) -> Moment | None:
    """A literal of a time; the run is made at no date, so a date is long ago or far away."""
    match text.strip().lower():
        case "now":
            return NOW
        case "infinity" | "+infinity":
            return Moment(math.inf, math.inf)
        case "-infinity":
            return Moment(-math.inf, -math.inf)
        case "epoch":
            return Moment(-_FOREVER, -_FOREVER)
    year = _YEAR.match(text)
    if year is None:
        return None
    far = _FOREVER if int(year[1]) >= _FAR_YEAR else -_FOREVER
    return Moment(far, far)
