"""What operators make of values."""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python import operations
from outbox_guard.frontends.python.attributes import bound
from outbox_guard.frontends.python.combining import combine, locked_in
from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.operations import Arguments
from outbox_guard.frontends.python.pieces import Text
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.values import (
    UNKNOWN,
    Constant,
    Function,
    Mapping,
    Object,
    Ref,
    Rows,
    Value,
    join,
)


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
            return combine(left, right, operations.add)
        case libcst.Modulo():
            return combine(left, right, percent)
        case libcst.Multiply():
            return combine(left, right, operations.multiply)
        case libcst.BitOr():
            return combine(left, right, _or)
        case libcst.Divide():
            return combine(left, right, _path)
    return about_rows(left, right)


def percent(left: Value, right: Value) -> Value:
    """`left % right`"""
    return operations.percent(left, right) if isinstance(left, Text) else UNKNOWN


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
