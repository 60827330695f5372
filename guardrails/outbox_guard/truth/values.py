"""Values of SQL, and what is computed from one or two of them.

A value may be any but NULL, and what is computed may come to several: a set of values is what an
operation gives. NULL is None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import partial

from outbox_guard.truth.formulas import ARITHMETIC, COMPARISONS


class Unknown(Enum):
    """Stands among values for all those that nobody names."""

    ANY = "any value but NULL"


ANY = Unknown.ANY
Value = bool | Fraction | str | Unknown | None
Values = frozenset[Value]

NOTHING: Values = frozenset((None,))
SOMETHING: Values = frozenset((ANY,))
ANYTHING: Values = frozenset((None, ANY))
EITHER: Values = frozenset((True, False))
FRESH = "\x01"  # ends a text that stands for any other than those that are written somewhere

_ORDERED: Mapping[str, Callable[[Fraction | str, Fraction | str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MOST_DIGITS = 1000
_TRUE_WORDS = ("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1")
_FALSE_WORDS = ("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0")


def compared(op: str, one: Value, other: Value) -> Values:
    """A comparison of two values."""
    if op == "distinct":
        if one is None or other is None:
            return frozenset((one is not other,))
        op = "<>"
    if one is None or other is None:
        return NOTHING
    left, right = _alike(one, other)
    if left is None or right is None or isinstance(left, Unknown) or isinstance(right, Unknown):
        return EITHER
    if op in ("=", "<>"):
        return frozenset(((left == right) is (op == "="),))
    if isinstance(left, str) and isinstance(right, str):
        return frozenset((_ORDERED[op](left, right),))
    if isinstance(left, str) or isinstance(right, str):
        return EITHER
    return frozenset((_ORDERED[op](Fraction(left), Fraction(right)),))


def _alike(one: Value, other: Value) -> tuple[Value, Value]:
    """A literal takes the type of what it is compared with."""
    if isinstance(one, str) and isinstance(other, bool | Fraction):
        return _typed_as(other, one), other
    if isinstance(other, str) and isinstance(one, bool | Fraction):
        return one, _typed_as(one, other)
    return one, other


def _typed_as(model: bool | Fraction, text: str) -> Value:
    values = cast("boolean" if isinstance(model, bool) else "number", text)
    return next(iter(values)) if len(values) == 1 else ANY


def cast(family: str, value: Value) -> Values:
    """What a value becomes as one of a type of this family."""
    if value is None or isinstance(value, Unknown):
        return frozenset((value,))
    match family, value:
        case "boolean", str():
            return to_boolean(value)
        case "boolean", Fraction():
            return frozenset((value != 0,))
        case "integer" | "number", bool():
            return frozenset((Fraction(value),))
        case "integer", Fraction():
            return frozenset((_rounded(value),))
        case "integer" | "number", str():
            return _to_number(value)
        case "text", bool():
            return frozenset(("true" if value else "false",))
        case "text", Fraction():
            return frozenset((str(value),)) if value.denominator == 1 else SOMETHING
        case _:
            return frozenset((value,))


def _rounded(value: Fraction) -> Fraction:
    """As numeric is rounded: a half goes away from zero."""
    away = Fraction(1, 2) if value >= 0 else Fraction(-1, 2)
    return Fraction(int(value + away))


def to_boolean(text: str) -> Values:
    word = text.strip().lower()
    if word in _TRUE_WORDS:
        return frozenset((True,))
    return frozenset((False,)) if word in _FALSE_WORDS else EITHER


def _to_number(text: str) -> Values:
    number = number_of(text)
    return SOMETHING if number is None else frozenset((number,))


def number_of(text: str) -> Fraction | None:
    """The number that a text is; None for one that is none, or has more digits than are worth it.

    `1e999999999` is a few characters, and would be a gigabyte.
    """
    if len(text) > _MOST_DIGITS:
        return None
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    few = number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS
    return Fraction(number) if few else None


def _calculated(op: str, one: Value, other: Value) -> Values:
    if one is None or other is None:
        return NOTHING
    if not (isinstance(one, Fraction) and isinstance(other, Fraction)):
        return SOMETHING
    match op:
        case "+":
            return frozenset((one + other,))
        case "-":
            return frozenset((one - other,))
        case "*":
            return frozenset((one * other,))
        case _ if other == 0:
            return SOMETHING  # an error: no row passes, but which part is computed is not certain
        case "/":
            return _quotient(one, other)
        case _:
            remainder = abs(one) % abs(other)
            return frozenset((remainder if one >= 0 else -remainder,))


def _quotient(one: Fraction, other: Fraction) -> Values:
    """Of integers it is cut towards zero; whether numbers are integers is not always known."""
    exact = one / other
    if exact.denominator == 1:
        return frozenset((exact,))
    return frozenset((exact, Fraction(int(exact))))


def _null_if(one: Value, other: Value) -> Values:
    equal = compared("=", one, other)
    return frozenset(None if truth else one for truth in equal)


OF_TWO: Mapping[str, Callable[[Value, Value], Values]] = {
    **{op: partial(compared, op) for op in COMPARISONS},
    **{op: partial(_calculated, op) for op in ARITHMETIC},
    "nullif": _null_if,
}
