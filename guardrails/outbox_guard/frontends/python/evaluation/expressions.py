"""What an expression is worth."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.narrowing import narrowed, tells
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
    return _KINDS.get(type(node), _unknown)(machine, node, scope)


def _unknown(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> Value:
    del machine, node, scope
    return UNKNOWN


def _call(machine: Machine, node: libcst.Call, scope: Scope) -> Value:
    return machine.call(node, scope)


def _string(machine: Machine, node: libcst.SimpleString, scope: Scope) -> Value:
    del machine
    return string(node, scope)


def _concatenated(machine: Machine, node: libcst.ConcatenatedString, scope: Scope) -> Value:
    return concatenate_all([evaluate(machine, part, scope) for part in side_by_side(node)])


def _conditional(machine: Machine, node: libcst.IfExp, scope: Scope) -> Value:
    machine.evaluate(node.test, scope)
    if not tells(node.test):
        return join([machine.evaluate(n, scope) for n in (node.body, node.orelse)])
    arms: list[Value] = []
    for arm in (node.body, node.orelse):
        with narrowed(machine, node.test, scope, holds=arm is node.body):
            arms.append(machine.evaluate(arm, scope))
    return join(arms)


def _assigned(machine: Machine, node: libcst.NamedExpr, scope: Scope) -> Value:
    value = machine.evaluate(node.value, scope)
    machine.assign(node.target, value, scope)
    return value


def _awaited(machine: Machine, node: libcst.Await, scope: Scope) -> Value:
    return machine.evaluate(node.expression, scope)


def _lambda(machine: Machine, node: libcst.Lambda, scope: Scope) -> Value:
    made = Function(scope.syntax, node, scope, scope.qualify("lambda"))
    machine.defined(made)
    return made


def _unary(machine: Machine, node: libcst.UnaryOperation, scope: Scope) -> Value:
    value = machine.evaluate(node.expression, scope)
    return negative(value) if isinstance(node.operator, libcst.Minus) else about_rows(value)


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


def _name(machine: Machine, node: libcst.Name, scope: Scope) -> Value:
    value = _bound(node, scope)
    record_name(machine, node, value, scope)
    return value


def _bound(node: libcst.Name, scope: Scope) -> Value:
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


def _integer(machine: Machine, node: libcst.Integer, scope: Scope) -> Value:
    """What it is worth: the node's own property asks Python's parser, which takes longer."""
    del machine, scope
    return Constant(int(node.value, 0))


def _float(machine: Machine, node: libcst.Float, scope: Scope) -> Value:
    del machine, scope
    return Constant(float(node.value))


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


# To see that a node is none of a kind takes time, and there are many kinds.
_KINDS: abc.Mapping[type[libcst.BaseExpression], Callable[..., Value]] = {
    libcst.Name: _name,
    libcst.Call: _call,
    libcst.Attribute: _attribute,
    libcst.SimpleString: _string,
    libcst.ConcatenatedString: _concatenated,
    libcst.FormattedString: formatted,
    libcst.TemplatedString: formatted,
    libcst.Integer: _integer,
    libcst.Float: _float,
    libcst.Subscript: subscript,
    libcst.BinaryOperation: binary,
    libcst.UnaryOperation: _unary,
    libcst.BooleanOperation: _either,
    libcst.Comparison: _comparison,
    libcst.Tuple: items_of,
    libcst.List: items_of,
    libcst.Set: items_of,
    libcst.Dict: mapping_of,
    libcst.ListComp: comprehension,
    libcst.SetComp: comprehension,
    libcst.DictComp: comprehension,
    libcst.GeneratorExp: comprehension,
    libcst.IfExp: _conditional,
    libcst.NamedExpr: _assigned,
    libcst.Await: _awaited,
    libcst.Lambda: _lambda,
    libcst.Yield: _yield,
}
