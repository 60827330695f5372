"""Tokens of an expression to a formula, operator by operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from outbox_guard.frontends.sql.conditions import operands
from outbox_guard.frontends.sql.conditions.comparing import (
    ARRAY,
    ROW,
    any_of,
    compared,
    distinct,
    is_null,
    plain,
    value,
    within,
)
from outbox_guard.frontends.sql.conditions.ranges import in_range
from outbox_guard.frontends.sql.conditions.reading import NotFollowed, Part, Reading
from outbox_guard.frontends.sql.lexing.phrases import Tokens
from outbox_guard.truth.formulas import ARITHMETIC, Formula, negated

# How tightly operators bind, by PostgreSQL's grammar.
_OR, _AND, _NOT, _IS, _COMPARE, _RANGE, _OTHER, _SUM, _PRODUCT, _POWER = range(1, 11)
_AT, _COLLATE, _SIGN, _SUBSCRIPT, _CAST = range(11, 16)

_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MATCHES = ("like", "ilike", "similar")
# What may be NULL though neither side is.
_PARTIAL = ("->", "->>", "#>", "#>>", "@?", "@@")

Continue = Callable[[Reading, Formula], Formula]


def condition(tokens: Tokens) -> Formula:
    """The formula of a whole expression; NotFollowed where it is none."""
    reading = Reading(tokens, expression)
    formula = plain(reading.expression())
    if not reading.cursor.at_end:
        raise NotFollowed(f"{reading.cursor.current.value!r} is not expected here")
    return formula


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison, and the index of the token behind it."""

    formula: Formula
    end: int


def operand_at(tokens: Tokens, start: int) -> Operand:
    """What binds more tightly than a comparison, from here on; NotFollowed where nothing does."""
    reading = Reading(tokens, expression)
    reading.cursor.index = start
    formula = reading.expression(_COMPARE)
    return Operand(formula, reading.cursor.index)


def parts_at(tokens: Tokens, start: int) -> Sequence[Part]:
    """The expression that begins here and all within it, as far as it can be read."""
    reading = Reading(tokens, expression)
    reading.cursor.index = start
    with suppress(NotFollowed):  # what was read until then is whole
        reading.expression()
    return [part for part in reading.parts if part.formula.op not in (ROW, ARRAY)]


def expression(reading: Reading, tightness: int = 0) -> Formula:
    """Everything from here on that binds at least as tightly as this."""
    start = reading.cursor.index
    formula = reading.made(start, start, _prefixed(reading))
    while (found := _infix(reading)) is not None and found[0] > tightness:
        operator = reading.cursor.index
        formula = reading.made(start, operator, found[1](reading, formula))
    return formula


def _prefixed(reading: Reading) -> Formula:
    cursor = reading.cursor
    if cursor.accept("not"):
        return negated(plain(reading.expression(_NOT - 1)))
    if cursor.accept("-"):
        return operands.minus(value(reading.expression(_SIGN)))
    if cursor.accept("+"):
        return reading.expression(_SIGN)
    if cursor.current.kind == "operator":
        name = cursor.advance().value
        return Formula("strict", (value(reading.expression(_OTHER)),), name)
    return operands.operand(reading)


def _infix(reading: Reading) -> tuple[int, Continue] | None:
    """What continues an expression here, and how tightly it binds."""
    cursor = reading.cursor
    token = cursor.current
    if token.kind == "word":
        word = token.value
        if word == "not" and cursor.at(*_RANGES, ahead=1):
            return _RANGE, _not_in_range
        return _WORDS.get(word)
    if token.kind == "operator":
        if token.value in _COMPARISONS:
            return _COMPARE, _comparison
        return _TIGHTNESS.get(token.value, _OTHER), _operation
    if token.is_mark("::"):
        return _CAST, _cast
    return (_SUBSCRIPT, _subscript) if token.is_mark("[") else None


def _connective(op: str, tightness: int) -> Continue:
    def continued(reading: Reading, left: Formula) -> Formula:
        reading.cursor.advance()
        right = plain(reading.expression(tightness))
        before = left.parts if left.op == op else (plain(left),)
        return Formula(op, (*before, right))

    return continued


def _is(reading: Reading, left: Formula) -> Formula:
    cursor = reading.cursor
    cursor.advance()
    no = cursor.accept("not") is not None
    if cursor.accept("null"):
        return is_null(left, negate=no)
    if cursor.accept("unknown"):
        return is_null(left, negate=no)
    if cursor.accept("true"):
        result = Formula("is_true", (plain(left),))
    elif cursor.accept("false"):
        result = Formula("is_true", (negated(plain(left)),))
    elif cursor.accept("distinct"):
        reading.expect("from")
        result = distinct(left, reading.expression(_IS))
    else:
        raise NotFollowed(f"IS {cursor.current.value.upper()} is not followed")
    return negated(result) if no else result


def _is_null(reading: Reading, left: Formula) -> Formula:
    return is_null(left, negate=reading.cursor.advance().value == "notnull")


def _comparison(reading: Reading, left: Formula) -> Formula:
    op = _COMPARISONS[reading.cursor.advance().value]
    if quantifier := reading.cursor.accept("any", "some", "all"):
        return any_of(op, left, operands.array(reading), every=quantifier.value == "all")
    return compared(op, left, reading.expression(_COMPARE))


def _not_in_range(reading: Reading, left: Formula) -> Formula:
    reading.cursor.advance()
    return negated(_RANGES[reading.cursor.current.value](reading, left))


def _between(reading: Reading, left: Formula) -> Formula:
    cursor = reading.cursor
    cursor.advance()
    symmetric = cursor.accept("symmetric", "asymmetric")
    low = reading.expression(_RANGE)
    reading.expect("and")
    high = reading.expression(_RANGE)
    return within(left, low, high, symmetric=bool(symmetric and symmetric.value == "symmetric"))


def _in(reading: Reading, left: Formula) -> Formula:
    reading.cursor.advance()
    return any_of("=", left, operands.listed(reading), every=False)


def _like(reading: Reading, left: Formula) -> Formula:
    cursor = reading.cursor
    name = cursor.advance().value
    cursor.accept("to")
    if cursor.at("any", "all", "some"):
        raise NotFollowed(f"{name.upper()} ANY is not followed")
    parts = [left, reading.expression(_RANGE)]
    if cursor.accept("escape"):
        parts.append(reading.expression(_RANGE))
    return Formula("strict", tuple(map(value, parts)), name)


def _operation(reading: Reading, left: Formula) -> Formula:
    name = reading.cursor.advance().value
    if reading.cursor.at("any", "all", "some"):
        raise NotFollowed(f"{name} ANY is not followed")
    right = reading.expression(_TIGHTNESS.get(name, _OTHER))
    if name in ARITHMETIC and operands.is_number(left) and operands.is_number(right):
        return Formula(name, (left, right))
    return _applied(name, left, right)


def _operator(reading: Reading, left: Formula) -> Formula:
    """OPERATOR(pg_catalog.=)"""
    name = reading.operator_name()
    right = reading.expression(_OTHER)
    if name in _COMPARISONS:
        return compared(_COMPARISONS[name], left, right)
    return _applied(name, left, right)


def _applied(name: str, left: Formula, right: Formula) -> Formula:
    if name in ("<@", "@>"):
        member, range_ = (left, right) if name == "<@" else (right, left)
        if (test := in_range(member, range_)) is not None:
            return test
    return Formula("partial" if name in _PARTIAL else "strict", (value(left), value(right)), name)


def _cast(reading: Reading, left: Formula) -> Formula:
    reading.cursor.advance()
    return operands.cast(left, reading.type_name())


def _subscript(reading: Reading, left: Formula) -> Formula:
    reading.cursor.skip_group()
    return Formula("partial", (value(left),), "[]")


def _collate(reading: Reading, left: Formula) -> Formula:
    reading.cursor.advance()
    reading.name()
    return left


def _at(reading: Reading, left: Formula) -> Formula:
    """AT TIME ZONE zone, AT LOCAL"""
    reading.cursor.advance()
    if reading.cursor.accept("local"):
        return Formula("strict", (value(left),), "timezone")
    reading.expect("time")
    reading.expect("zone")
    return Formula("strict", (value(left), value(reading.expression(_AT))), "timezone")


_RANGES: Mapping[str, Continue] = {
    "between": _between,
    "in": _in,
    **dict.fromkeys(_MATCHES, _like),
}
_WORDS: Mapping[str, tuple[int, Continue]] = {
    "or": (_OR, _connective("or", _OR)),
    "and": (_AND, _connective("and", _AND)),
    "is": (_IS, _is),
    "isnull": (_IS, _is_null),
    "notnull": (_IS, _is_null),
    "operator": (_OTHER, _operator),
    "collate": (_COLLATE, _collate),
    "at": (_AT, _at),
    **{word: (_RANGE, continued) for word, continued in _RANGES.items()},
}
_TIGHTNESS = {
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
    "^": _POWER,
}
