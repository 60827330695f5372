"""What an expression is worth."""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver.role_api import record_attribute, record_name
from outbox_guard.frontends.python.evaluation.attributes import attribute_of
from outbox_guard.frontends.python.evaluation.displays import (
    comprehension,
    items_of,
    iterate,
    mapping_of,
)
from outbox_guard.frontends.python.evaluation.operators import about_rows, binary, negative
from outbox_guard.frontends.python.evaluation.strings import (
    described,
    docstring,
    formatted,
    side_by_side,
    string,
)
from outbox_guard.frontends.python.evaluation.subscripts import subscript
from outbox_guard.frontends.python.orm import clocks
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import concatenate_all, each
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Column,
    Constant,
    Function,
    Mapping,
    Unknown,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

CONSTANTS: dict[str, bool | None] = {"None": None, "True": True, "False": False}


def evaluate(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> Value:
    """The value of an expression in a scope."""
    if not machine.budget.spend(node):
        return UNKNOWN
    match node:  # the most frequent first: to see that a node is none of a kind takes time
        case libcst.Name():
            value = _name(node, scope)
            record_name(machine, node, value, scope)
            return value
        case libcst.Call():
            return machine.call(node, scope)
        case libcst.Attribute():
            return _attribute(machine, node, scope)
        case libcst.SimpleString():
            return string(node, scope)
        case libcst.Subscript():
            return subscript(machine, node, scope)
        case libcst.BinaryOperation():
            return binary(machine, node, scope)
        case libcst.FormattedString() | libcst.TemplatedString():
            return formatted(machine, node, scope)
        case libcst.ConcatenatedString():
            parts = [evaluate(machine, part, scope) for part in side_by_side(node)]
            return concatenate_all(parts)
        case _:
            return _structure(machine, node, scope)


def _structure(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> Value:
    """Collections, conditions and what only wraps another expression."""
    match node:
        case libcst.Tuple() | libcst.List() | libcst.Set():
            return items_of(machine, node, scope)
        case libcst.Dict():
            return mapping_of(machine, node, scope)
        case libcst.IfExp():
            machine.evaluate(node.test, scope)
            return join([machine.evaluate(n, scope) for n in (node.body, node.orelse)])
        case libcst.BooleanOperation():
            return _either(machine, node, scope)
        case libcst.NamedExpr():
            value = machine.evaluate(node.value, scope)
            machine.assign(node.target, value, scope)
            return value
        case libcst.Await():
            return machine.evaluate(node.expression, scope)
        case libcst.Lambda():
            made = Function(scope.syntax, node, scope, scope.qualify("lambda"))
            machine.defined(made)
            return made
        case libcst.Integer() | libcst.Float():
            return _number(node)
        case libcst.BaseComp():
            return comprehension(machine, node, scope)
        case libcst.Yield():
            return _yield(machine, node, scope)
        case libcst.Comparison():
            return _comparison(machine, node, scope)
        case libcst.UnaryOperation():
            value = machine.evaluate(node.expression, scope)
            minus = isinstance(node.operator, libcst.Minus)
            return negative(value) if minus else about_rows(value)
    return UNKNOWN


def _either(machine: Machine, node: libcst.BooleanOperation, scope: Scope) -> Value:
    """`a or b`, `a and b`: a constant tells which of them it is."""
    left, right = (machine.evaluate(part, scope) for part in (node.left, node.right))
    truth = _truth(left)
    if truth is None:
        return join([left, right])
    return left if truth == isinstance(node.operator, libcst.Or) else right


def _truth(value: Value) -> bool | None:
    match value:
        case Constant(value=constant):
            return bool(constant)
        case Text() if value.known is not None:
            return bool(value.known)
    return None


def _comparison(machine: Machine, node: libcst.Comparison, scope: Scope) -> Value:
    """A text that is only compared runs nowhere; rows that are, may be a query's condition."""
    nodes = (node.left, *(target.comparator for target in node.comparisons))
    parts = [machine.evaluate(part, scope) for part in nodes]
    for part in parts:
        machine.judge.explain(part)
    if any(isinstance(part, Column) for part in parts):
        clocks.compared(machine, node, parts, scope)
    return about_rows(*parts)


def _name(node: libcst.Name, scope: Scope) -> Value:
    if node.value in CONSTANTS:
        return Constant(CONSTANTS[node.value])
    found = scope.find(node.value)
    if found is None and node.value == "__doc__":
        found = described(scope.syntax, scope.syntax.tree)
    return Unknown(node.value) if found is None else found


def _attribute(machine: Machine, node: libcst.Attribute, scope: Scope) -> Value:
    owner = machine.evaluate(node.value, scope)
    for option in options(owner):
        record_attribute(machine, node, option, scope)
    if scope.keys and (key := scope.keys.get(spelling_of(node))) is not None:
        return key
    name = node.attr.value
    if name == "__doc__":
        return each(owner, lambda option: docstring(option) or attribute_of(machine, option, name))
    return each(owner, lambda option: attribute_of(machine, option, name))


def _number(node: libcst.Integer | libcst.Float) -> Value:
    """What it is worth: the node's own property asks Python's parser, which takes longer."""
    return Constant(int(node.value, 0) if isinstance(node, libcst.Integer) else float(node.value))


def _yield(machine: Machine, node: libcst.Yield, scope: Scope) -> Value:
    if isinstance(node.value, libcst.From):
        value = iterate(machine.evaluate(node.value.item, scope))
    elif node.value is None:
        value = UNKNOWN
    else:
        value = machine.evaluate(node.value, scope)
    scope.yielded.append(value)
    scope.kept.append(machine.judge.sessions.state)
    machine.judge.hand(value, scope.name)
    return UNKNOWN


def _argument(machine: Machine, argument: libcst.Arg, scope: Scope) -> Value:
    if argument.keyword is None or argument.keyword.value != "state_operations":
        return machine.evaluate(argument.value, scope)
    # These tell Django what a migration has done by other means, and do nothing themselves.
    with machine.judge.mute():
        return machine.evaluate(argument.value, scope)


def arguments_of(machine: Machine, node: libcst.Call, scope: Scope) -> Arguments:
    """The arguments of a call, evaluated in order."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    star: Value | None = None
    rest: Value | None = None
    for argument in node.args:
        value = _argument(machine, argument, scope)
        spread = containers.listed(value)
        if argument.star == "*":
            positional.extend(spread.items if spread else ())
            star = (spread.rest if spread else value) or star
        elif argument.star == "**":
            keywords.update(value.items if isinstance(value, Mapping) else ())
            rest = (value.rest if isinstance(value, Mapping) else value) or rest
        elif argument.keyword is not None:
            keywords[argument.keyword.value] = value
        else:
            positional.append(value)
    return Arguments(tuple(positional), tuple(keywords.items()), star, rest)
