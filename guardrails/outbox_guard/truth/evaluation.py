"""All that a formula may come to, for a row of which not everything is known.

A value is a set of possible outcomes: NULL is None, and ANY stands for every value that is not
NULL. What is computed holds at least what can happen, so an outcome that is missing cannot.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from itertools import product

from outbox_guard.truth.formulas import ARITHMETIC, COMPARISONS, TERMS, Formula


class Unknown(Enum):
    ANY = "any value but NULL"


ANY = Unknown.ANY
Value = bool | Fraction | str | Unknown | None
Values = frozenset[Value]
Row = Mapping[Formula, Values]  # by column, and by term

NOTHING: Values = frozenset((None,))
SOMETHING: Values = frozenset((ANY,))
ANYTHING: Values = frozenset((None, ANY))
EITHER: Values = frozenset((True, False))
FRESH = "\x01"  # ends a text that stands for any other than those that are written somewhere

# What comes to true or false.
TESTS = frozenset(
    "like ilike similar ~ ~* !~ !~* ~~ ~~* !~~ !~~* @> <@ && ? ?| ?& << >> &< &> -|-"
    " starts_with isfinite isempty regexp_like".split()
)

_MOST = 24  # outcomes that are told apart

_ORDERED: Mapping[str, Callable[[Fraction | str, Fraction | str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TRUE_WORDS = ("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1")
_FALSE_WORDS = ("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0")


def outcomes(formula: Formula, row: Row) -> Values:
    """Everything that a formula may come to."""
    match formula.op:
        case "column":
            return row.get(formula, ANYTHING)
        case "text":
            return frozenset((formula.value,))
        case "number":
            return frozenset((Fraction(formula.value),))
        case "true" | "false" | "null":
            return _CONSTANTS[formula.op]
        case "and" | "or":
            return _connected(formula, row)
        case "case":
            return _case(formula.parts, row)
        case "coalesce":
            return _coalesced(formula.parts, row)
        case op if op in TERMS:
            return _term(formula, row)
        case op:
            return _computed(op, formula, row)


_CONSTANTS: Mapping[str, Values] = {
    "true": frozenset((True,)),
    "false": frozenset((False,)),
    "null": NOTHING,
}


def truths(formula: Formula, row: Row) -> Values:
    """What a formula may come to as a condition: True, False or None."""
    return frozenset(
        truth for value in outcomes(formula, row) for truth in _truth(value)
    )


def _truth(value: Value) -> Values:
    match value:
        case None | bool():
            return frozenset((value,))
        case str():
            return _to_boolean(value)
        case _:
            return EITHER


def _connected(formula: Formula, row: Row) -> Values:
    """AND and OR: the value that decides them, NULL, the other; the first that a part has."""
    decides = formula.op == "or"
    found: Values = frozenset((not decides,))
    for part in formula.parts:
        other = truths(part, row)
        found = frozenset(
            decides if decides in pair else None if None in pair else not decides
            for pair in product(found, other)
        )
        if found == {decides}:
            break
    return found


def _case(parts: tuple[Formula, ...], row: Row) -> Values:
    found: Values = frozenset()
    *branches, otherwise = parts
    for condition, result in zip(branches[::2], branches[1::2], strict=True):
        chosen = truths(condition, row)
        if True in chosen:
            found |= outcomes(result, row)
        if chosen == {True}:
            return found
    return _bounded(found | outcomes(otherwise, row))


def _coalesced(parts: tuple[Formula, ...], row: Row) -> Values:
    found: Values = NOTHING
    for part in parts:
        found = (found - NOTHING) | outcomes(part, row)
        if None not in found:
            break
    return _bounded(found)


def _term(formula: Formula, row: Row) -> Values:
    """What is computed by a function that is known by its name only."""
    if formula.op == "unknown":
        return ANYTHING
    arguments = [outcomes(part, row) for part in formula.parts]
    known = _known_text(formula, arguments)
    if known is not None:
        return known
    values = row.get(formula, before(formula))
    if formula.op == "total":
        return values
    if NOTHING in arguments:
        return NOTHING
    return values | NOTHING if any(None in each for each in arguments) else values


def before(variable: Formula) -> Values:
    """What a column may be, or a term for arguments that are not NULL, as long as all is open."""
    if variable.op in ("column", "partial"):
        return ANYTHING
    return EITHER if variable.value in TESTS else SOMETHING


_OF_TEXT: Mapping[str, Callable[[str], Value]] = {
    "length": lambda text: Fraction(len(text)),
    "char_length": lambda text: Fraction(len(text)),
    "octet_length": lambda text: Fraction(len(text.encode())),
    "lower": str.lower,
    "upper": str.upper,
    "btrim": lambda text: text.strip(" "),
    "ltrim": lambda text: text.lstrip(" "),
    "rtrim": lambda text: text.rstrip(" "),
}


def _known_text(formula: Formula, arguments: list[Values]) -> Values | None:
    """Of a text that is written somewhere, length and kin are known."""
    function = _OF_TEXT.get(formula.value)
    if function is None or len(arguments) != 1:
        return None
    results: set[Value] = set()
    for value in arguments[0]:
        if value is None:
            results.add(None)
        elif isinstance(value, str) and not value.endswith(FRESH):
            results.add(function(value))
        else:
            return None
    return frozenset(results)


def _computed(op: str, formula: Formula, row: Row) -> Values:
    """What is computed value by value."""
    if op == "not":
        return frozenset(None if t is None else not t for t in truths(formula.parts[0], row))
    if op == "is_true":
        return frozenset(truth is True for truth in truths(formula.parts[0], row))
    operands = [outcomes(part, row) for part in formula.parts]
    if op == "is_null":
        return frozenset(value is None for value in operands[0])
    if op == "nulls":
        return _count_of_nulls(operands)
    if op == "cast":
        return _bounded(_union(_cast(formula.value, value) for value in operands[0]))
    if op in ("greatest", "least"):
        return _extreme(op, operands)
    function = _FUNCTIONS[op]
    return _bounded(_union(function(op, *pair) for pair in product(*operands)))


def _union(each: Iterator[Values]) -> Values:
    return frozenset().union(*each)


def _bounded(values: Values) -> Values:
    if len(values) <= _MOST:
        return values
    return ANYTHING if None in values else SOMETHING


def _count_of_nulls(operands: list[Values]) -> Values:
    least = sum(values == NOTHING for values in operands)
    most = sum(None in values for values in operands)
    return frozenset(Fraction(count) for count in range(least, most + 1))


def _extreme(op: str, operands: list[Values]) -> Values:
    """GREATEST and LEAST pass over what is NULL."""
    found = operands[0]
    for values in operands[1:]:
        found = _bounded(_union(_better(op, *pair) for pair in product(found, values)))
    return found


def _better(op: str, one: Value, other: Value) -> Values:
    if one is None or other is None:
        return frozenset((other if one is None else one,))
    left_is = compared(">=" if op == "greatest" else "<=", one, other)
    return frozenset(one if truth else other for truth in left_is)


def compared(op: str, one: Value, other: Value) -> Values:
    """A comparison of two values."""
    if op == "distinct":
        if one is None or other is None:
            return frozenset((one is not other,))
        op = "<>"
    if one is None or other is None:
        return NOTHING
    left, right = _alike(one, other)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return EITHER
    if op in ("=", "<>"):
        return frozenset(((left == right) is (op == "="),))
    if isinstance(left, str) != isinstance(right, str):
        return EITHER
    return frozenset((_ORDERED[op](left, right),))


def _alike(one: Value, other: Value) -> tuple[Value, Value]:
    """A literal takes the type of what it is compared with."""
    if isinstance(one, str) and isinstance(other, bool | Fraction):
        return _typed_as(other, one), other
    if isinstance(other, str) and isinstance(one, bool | Fraction):
        return one, _typed_as(one, other)
    return one, other


def _typed_as(model: bool | Fraction, text: str) -> Value:
    family = "boolean" if isinstance(model, bool) else "number"
    (value,) = _cast(family, text) if len(_cast(family, text)) == 1 else SOMETHING
    return value


def _cast(family: str, value: Value) -> Values:
    if value is None or isinstance(value, Unknown):
        return frozenset((value,))
    match family, value:
        case "boolean", str():
            return _to_boolean(value)
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


def _to_boolean(text: str) -> Values:
    word = text.strip().lower()
    if word in _TRUE_WORDS:
        return frozenset((True,))
    return frozenset((False,)) if word in _FALSE_WORDS else EITHER


def _to_number(text: str) -> Values:
    try:
        return frozenset((Fraction(text.strip()),))
    except (ValueError, ZeroDivisionError):
        return SOMETHING


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


def _null_if(op: str, one: Value, other: Value) -> Values:
    equal = compared("=", one, other)
    return frozenset(None if truth else one for truth in equal)


_FUNCTIONS: Mapping[str, Callable[[str, Value, Value], Values]] = {
    **dict.fromkeys(COMPARISONS, compared),
    **dict.fromkeys(ARITHMETIC, _calculated),
    "nullif": _null_if,
}
