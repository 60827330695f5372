"""What SQL's operators and casts make of values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from outbox_guard.frontends.sql.behaviour.evaluation.terms import (
    SOME_TIME,
    Array,
    Count,
    Moment,
    Opaque,
    Period,
    Value,
    is_judged,
    is_number,
    is_true,
    moment,
    period,
)

_DAY = 86400
_TOO_LARGE = 2**63  # for a bigint; what is reckoned from it is an error, or nothing that is counted


def unknown(name: str, *parts: Value) -> Opaque:
    """What comes out of something that is not understood; doubtful if what is judged went in."""
    return Opaque(
        f"{name}({', '.join(map(_said, parts))})",
        doubtful=any(part is None or is_judged(part) for part in parts),
    )


def _judged(*values: Value) -> bool:
    return any(map(is_judged, values))


def _said(value: Value) -> str:
    match value:
        case Opaque():
            return value.name
        case Moment():
            return "now()" if value.low == value.high == 0 else "a time"
        case None:
            return "NULL"
        case _:
            return str(value)


def add(left: Value, right: Value) -> Value:
    """`left + right`, of numbers, moments and periods."""
    if left is None or right is None:
        return None
    if isinstance(right, Moment):
        left, right = right, left
    if isinstance(left, Moment):
        span = _span(right)
        return Moment(left.low + span.low, left.high + span.high, _judged(left, right))
    if isinstance(left, Period) or isinstance(right, Period):
        one, other = _span(left), _span(right)
        return Period(one.low + other.low, one.high + other.high, _judged(left, right))
    return _reckoned("+", left, right)


def subtract(left: Value, right: Value) -> Value:
    """`left - right`, of numbers, moments and periods."""
    if left is None or right is None:
        return None
    if isinstance(left, Moment) and isinstance(right, Moment):
        return Period(left.low - right.high, left.high - right.low, _judged(left, right))
    if isinstance(left, Moment):
        span = _span(right)
        return Moment(left.low - span.high, left.high - span.low, _judged(left, right))
    if isinstance(left, Period):
        span = _span(right)
        return Period(left.low - span.high, left.high - span.low, _judged(left, right))
    return _reckoned("-", left, right)


def multiply(left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if isinstance(right, Period):
        left, right = right, left
    if isinstance(left, Period):
        if isinstance(right, (int, float)):
            ends = sorted((left.low * right, left.high * right))
            return Period(ends[0], ends[1], left.judged)
        return SOME_TIME
    return _reckoned("*", left, right)


def divide(left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if isinstance(left, Period) and isinstance(right, (int, float)) and right:
        return Period(left.low / right, left.high / right, left.judged)
    return _reckoned("/", left, right)


def negate(value: Value) -> Value:
    match value:
        case None:
            return None
        case Period():
            return Period(-value.high, -value.low, value.judged)
        case int() | float():
            return -value
        case _:
            # An interval that is made of it may go either way.
            return Opaque(f"-{_said(value)}", doubtful=True)


def _reckoned(sign: str, left: Value, right: Value) -> Value:
    if not (_is_reckoned_with(left) and _is_reckoned_with(right)):
        return unknown(f"what {sign} gives", left, right)
    if sign == "/" and not right:
        return unknown("a division by nought", left)
    result: int | float
    match sign:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _:
            both = isinstance(left, int) and isinstance(right, int)
            result = int(left / right) if both else left / right
    counted = isinstance(left, Count) or isinstance(right, Count)
    return Count(result) if counted and isinstance(result, int) else result


def _is_reckoned_with(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and abs(value) < _TOO_LARGE


def _span(value: Value) -> Period:
    """An interval; one that is not known is taken to lead where its operator says."""
    match value:
        case Period():
            return value
        case str():
            return period(value) or SOME_TIME
        case Opaque() if value.doubtful:
            return Period(-SOME_TIME.high, SOME_TIME.high)
        case _:
            return SOME_TIME


def seconds(value: Value) -> Period:
    """An interval of so many seconds."""
    if isinstance(value, (int, float)):
        return Period(float(value), float(value))
    return _span(value)


def cast(value: Value, kind: str) -> Value:
    """CAST(value AS kind)."""
    if value is None or kind.endswith("[]"):
        return _array(value) if isinstance(value, str) else value
    match kind:
        case "interval":
            return value if isinstance(value, Period) else _span(value)
        case "timestamptz" | "timestamp" | "timestamp with time zone":
            return (moment(value) or unknown(kind, value)) if isinstance(value, str) else value
        case "date":
            return _day(value) if isinstance(value, Moment) else value
        case "int" | "integer" | "bigint" | "smallint" | "numeric" | "decimal" | "double" | "float":
            return _to_number(value)
        case "text" | "varchar" | "char":
            return str(value) if is_number(value) else _to_text(value)
        case "boolean":
            return is_true(value) if isinstance(value, str) else value
        case _:
            return value


def _day(time: Moment) -> Moment:
    return Moment(time.low - _DAY, time.high, time.judged)


def _to_number(value: Value) -> Value:
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    try:
        return int(value)
    except ValueError:
        return unknown("a number", value)


def _to_text(value: Value) -> Value:
    return unknown("text", value) if isinstance(value, (Moment, Period)) else value


def _array(text: str) -> Array:
    inside = text.strip().removeprefix("{").removesuffix("}")
    return Array(tuple(part.strip().strip('"') for part in inside.split(",") if part.strip()))


def largest(values: Iterable[Value]) -> Value:
    return _extreme("greatest", [v for v in values if v is not None], 1)


def smallest(values: Iterable[Value]) -> Value:
    return _extreme("least", [v for v in values if v is not None], -1)


def _extreme(name: str, values: list[Value], sign: int) -> Value:
    if len(values) <= 1:
        return values[0] if values else None
    numbers = [v for v in values if isinstance(v, (int, float))]
    if len(numbers) == len(values):
        best = max(numbers, key=lambda number: sign * number)
        counted = any(isinstance(number, Count) for number in numbers)
        return Count(best) if counted and isinstance(best, int) else best
    times = [v for v in values if isinstance(v, Moment)]
    if len(times) == len(values):
        pick = max if sign > 0 else min
        ends = pick(t.low for t in times), pick(t.high for t in times)
        return Moment(*ends, _judged(*times))
    return unknown(name, *values)
