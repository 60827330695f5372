"""Comparisons of values, rows and lists, put together from those of two values."""

from __future__ import annotations

from collections.abc import Sequence

from outbox_guard.frontends.sql.conditions.reading import NotFollowed
from outbox_guard.truth.formulas import FALSE, TRUE, Formula, negated

ROW = "row"  # a formula only while an expression is read: rows are compared field by field
ARRAY = "array"  # likewise


def plain(formula: Formula) -> Formula:
    """A formula that is a value, and not a row or an array."""
    if formula.op in (ROW, ARRAY):
        raise NotFollowed(f"{formula.op.upper()} is not followed here")
    return formula


def value(formula: Formula) -> Formula:
    """A formula as one value: a row or an array of whatever is not NULL."""
    if formula.op in (ROW, ARRAY):
        return Formula("total", tuple(map(value, formula.parts)), formula.op)
    return formula


def is_null(formula: Formula, *, negate: bool) -> Formula:
    """x IS [NOT] NULL. Of a row all fields are NULL, or none is: both can be false."""
    fields = formula.parts if formula.op == ROW else (formula,)
    tests = [FALSE if f.op in (ROW, ARRAY) else Formula("is_null", (f,)) for f in fields]
    if negate:
        return joined("and", [negated(test) for test in tests])
    return joined("and", tests)


def compared(op: str, left: Formula, right: Formula) -> Formula:
    if ROW in (left.op, right.op):
        pairs = _pairs(left, right)
        if op in ("=", "<>"):
            test = joined("and", [compared("=", *pair) for pair in pairs])
            return negated(test) if op == "<>" else test
        return _ordered(op, pairs)
    return Formula(op, (plain(left), plain(right)))


def distinct(left: Formula, right: Formula) -> Formula:
    if ROW in (left.op, right.op):
        return joined("or", [distinct(*pair) for pair in _pairs(left, right)])
    return Formula("distinct", (plain(left), plain(right)))


def within(tested: Formula, low: Formula, high: Formula, *, symmetric: bool) -> Formula:
    def between(one: Formula, other: Formula) -> Formula:
        return Formula("and", (compared(">=", tested, one), compared("<=", tested, other)))

    if not symmetric:
        return between(low, high)
    return Formula("or", (between(low, high), between(high, low)))


def any_of(op: str, tested: Formula, members: Sequence[Formula], *, every: bool) -> Formula:
    """value = ANY (…), value IN (…); with `every`, ALL."""
    tests = [compared(op, tested, member) for member in members]
    if not tests:
        return TRUE if every else FALSE
    return joined("and" if every else "or", tests)


def joined(op: str, tests: Sequence[Formula]) -> Formula:
    return tests[0] if len(tests) == 1 else Formula(op, tuple(tests))


def _pairs(left: Formula, right: Formula) -> list[tuple[Formula, Formula]]:
    if left.op != right.op or len(left.parts) != len(right.parts) or not left.parts:
        raise NotFollowed("a row is compared with what is no row of its size")
    return list(zip(left.parts, right.parts, strict=True))


def _ordered(op: str, pairs: list[tuple[Formula, Formula]]) -> Formula:
    """(a, b) < (c, d): the first fields that differ decide, one that is NULL makes it NULL."""
    (left, right), *rest = pairs
    if not rest:
        return compared(op, left, right)
    strict = op[0]
    equal = compared("=", left, right)
    return Formula(
        "case",
        (
            Formula("is_null", (equal,)),
            Formula("null"),
            equal,
            _ordered(op, rest),
            compared(strict, left, right),
        ),
    )
