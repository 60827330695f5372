"""All that a formula may come to, for a row of which not everything is known.

A value is a set of possible outcomes: NULL is None, and ANY stands for every value that is not
NULL. What is computed holds at least what can happen, so an outcome that is missing cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import product
from math import prod

from outbox_guard.truth.formulas import TERMS, Formula
from outbox_guard.truth.functions import NotKnown, applied
from outbox_guard.truth.values import (
    ANYTHING,
    EITHER,
    FRESH,
    NOTHING,
    OF_TWO,
    SOMETHING,
    Unknown,
    Value,
    Values,
    cast,
    compared,
    to_boolean,
)

Row = Mapping[Formula, Values]  # by column, and by term

# What comes to true or false.
TESTS = frozenset(
    "like ilike similar ~ ~* !~ !~* ~~ ~~* !~~ !~~* @> <@ && ? ?| ?& << >> &< &> -|-"
    " starts_with isfinite isempty regexp_like".split()
)

_MOST = 24  # outcomes that are told apart


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
    return frozenset(truth for value in outcomes(formula, row) for truth in _truth(value))


def _truth(value: Value) -> Values:
    match value:
        case None | bool():
            return frozenset((value,))
        case str():
            return to_boolean(value)
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
    known = _known(formula, arguments) if arguments else None
    if known is not None:
        return known
    values = row.get(formula, before(formula))
    if formula.value in LENGTHS and all(map(_is_filled, arguments)):
        values -= {Fraction(0)}
    if formula.value == "concat" and any(map(_is_filled, arguments)):
        values -= {""}
    if formula.op == "total":
        return values
    if NOTHING in arguments:
        return NOTHING
    return values | NOTHING if any(None in each for each in arguments) else values


def _is_filled(values: Values) -> bool:
    """Whether these are texts of at least one character."""
    return all(isinstance(value, str) and value for value in values)


def before(variable: Formula) -> Values:
    """What a column may be, or a term for arguments that are not NULL, as long as all is open."""
    if variable.op in ("column", "partial"):
        return ANYTHING
    return EITHER if variable.value in TESTS else SOMETHING


LENGTHS = ("length", "char_length", "octet_length")
_MOST_APPLIED = 64  # combinations of arguments


def _known(formula: Formula, arguments: list[Values]) -> Values | None:
    """What comes of arguments that are all known; None where that cannot be told."""
    if prod(map(len, arguments)) > _MOST_APPLIED or not all(map(_is_settled, arguments)):
        return None
    with suppress(NotKnown):
        return frozenset(applied(formula.value, values) for values in product(*arguments))
    return None


def _is_settled(values: Values) -> bool:
    return not any(
        isinstance(value, Unknown) or (isinstance(value, str) and value.endswith(FRESH))
        for value in values
    )


def is_settled(formula: Formula, row: Row) -> bool:
    """Whether it can come to one value only: so it is no longer free, known or not.

    What is computed of constants, or of columns that have been given a value, is.
    """
    if formula.op == "column" or not formula.parts:
        values = outcomes(formula, row)
        return len(values) == 1 and _is_settled(values)
    return formula.op != "unknown" and all(is_settled(part, row) for part in formula.parts)


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
        return _bounded(_union(cast(formula.value, value) for value in operands[0]))
    if op in ("greatest", "least"):
        return _extreme(op, operands)
    function = OF_TWO[op]
    return _bounded(_union(function(*pair) for pair in product(*operands)))


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
