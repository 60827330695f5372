"""What operators make of values."""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import bound
from outbox_guard.frontends.python.values import text_operations
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import combine, concatenate, locked_in
from outbox_guard.frontends.python.values.containers import followed_by, spread
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Constant,
    Function,
    Items,
    Mapping,
    Object,
    Ref,
    Rows,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Gap, Text


def about_rows(*parts: Value) -> Value:
    """What is worked out from locked rows is still about them."""
    locked = next((found for found in map(locked_in, parts) if found), ())
    return Rows(locked) if locked else UNKNOWN


def negative(value: Value) -> Value:
    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return Constant(-value.value)
    return UNKNOWN


def binary(machine: Machine, node: libcst.BinaryOperation, scope: Scope) -> Value:
    """`a + b + c` is nested to the left, as deep as it has terms; so it is unrolled."""
    chain: list[libcst.BinaryOperation] = []
    current: libcst.BaseExpression = node
    while isinstance(current, libcst.BinaryOperation):
        chain.append(current)
        current = current.left
    value = machine.evaluate(current, scope)
    for step in reversed(chain):
        value = _operate(machine, step.operator, value, machine.evaluate(step.right, scope))
    return value


MOST_REPEATS = 64

OVERLOADS = {
    libcst.Add: "__add__",
    libcst.Modulo: "__mod__",
    libcst.BitOr: "__or__",
    libcst.Divide: "__truediv__",
}


def _operate(machine: Machine, operator: libcst.BaseBinaryOp, left: Value, right: Value) -> Value:
    if isinstance(left, Object):
        method = left.of.find(OVERLOADS.get(type(operator), ""))
        if isinstance(method, Function):
            return machine.apply(bound(method, left), Arguments((right,)))
    match operator:
        case libcst.Add():
            return combine(left, right, add)
        case libcst.Modulo():
            return combine(left, right, percent)
        case libcst.Multiply():
            return combine(left, right, multiply)
        case libcst.BitOr():
            return combine(left, right, _or)
        case libcst.Divide():
            return combine(left, right, _path)
    return about_rows(left, right)


def percent(left: Value, right: Value) -> Value:
    """`left % right`"""
    return text_operations.percent(left, right) if isinstance(left, Text) else UNKNOWN


def _or(left: Value, right: Value) -> Value:
    """`{…} | {…}`; `A | B` of types is either."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.merge(right)
    return join([left, right])


def _path(left: Value, right: Value) -> Value:
    """`folder / "file.sql"`: still a path, with one more part."""
    if isinstance(left, Ref):
        return Ref(left.name, (*left.arguments, right), left.keywords)
    return UNKNOWN


def add(left: Value, right: Value) -> Value:
    """`left + right`."""
    match left, right:
        case (Items(), Items()):
            return followed_by(left, right)
        case (Items(), _) | (_, Items()) if locked_in(left) or locked_in(right):
            return followed_by(spread(left), spread(right))
        case (Constant(), _) | (_, Constant()) if not _textual(left) and not _textual(right):
            return UNKNOWN
    return concatenate(left, right) if _textual(left) or _textual(right) else UNKNOWN


def _textual(value: Value) -> bool:
    return any(isinstance(option, Text) for option in options(value))


def multiply(left: Value, right: Value) -> Value:
    """`left * right`, for lists and texts."""
    if isinstance(left, Constant):
        left, right = right, left
    times = right.value if isinstance(right, Constant) else None
    known = isinstance(times, int) and 0 <= times <= MOST_REPEATS
    match left:
        case Items(rest=None):
            if known:
                return Items(left.items * int(times or 0))
            return Items((), join(left.items) if left.items else None)
        case Text():
            repeated = left.segments * int(times or 0) if known else (*left.segments, Gap())
            return Text(repeated, left.composed)
    return UNKNOWN
