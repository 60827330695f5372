"""What assignments of every kind leave in names, attributes and items."""

from __future__ import annotations

from collections.abc import Iterable

import libcst

from outbox_guard.frontends.python import orm
from outbox_guard.frontends.python.context.annotations import annotated
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.evaluation.attributes import set_attribute
from outbox_guard.frontends.python.evaluation.expressions import evaluate
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.combining import locked_in
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Constant,
    Cursor,
    Items,
    Mapping,
    Rows,
    Unknown,
    Value,
    join,
    options,
)


def assignment(machine: Machine, node: libcst.Assign, scope: Scope) -> bool:
    """`a = b = value`; a text that people read is explained by that, any other is held."""
    value = machine.evaluate(node.value, scope)
    if all(_is_shown(target.target, scope) for target in node.targets):
        machine.judge.explain(value)
    else:
        machine.judge.hold(value, scope.name)
    for target in node.targets:
        assign(machine, target.target, value, scope)
    return True


def annotated_assignment(machine: Machine, node: libcst.AnnAssign, scope: Scope) -> bool:
    """`a: T = value`; the type tells what the value leaves open."""
    if node.value is None:
        value = annotated(machine, node.annotation, scope)
        if value is None or not isinstance(node.target, libcst.Name):
            return True
    else:
        value = machine.evaluate(node.value, scope)
        machine.judge.hold(value, scope.name)
        kind = annotated(machine, node.annotation, scope) if _is_open(value) else None
        if kind is not None:
            value = kind if isinstance(value, Unknown) else join([value, kind])
    assign(machine, node.target, value, scope)
    return True


def augmented_assignment(machine: Machine, node: libcst.AugAssign, scope: Scope) -> bool:
    """`x += y` is `x = x + y`; the operators of both kinds bear the same name."""
    name = type(node.operator).__name__.removesuffix("Assign")
    operator: type[libcst.BaseBinaryOp] = getattr(libcst, name)
    value = evaluate(machine, libcst.BinaryOperation(node.target, operator(), node.value), scope)
    machine.judge.hold(value, scope.name)
    assign(machine, node.target, value, scope)
    return True


def assign(machine: Machine, target: libcst.BaseExpression, value: Value, scope: Scope) -> None:
    """Bind a target to a value."""
    match target:
        case libcst.Name(value=name):
            scope.bind(name, value)
        case libcst.Tuple(elements=elements) | libcst.List(elements=elements):
            _unpack(machine, elements, value, scope)
        case libcst.Attribute():
            for owner in options(machine.evaluate(target.value, scope)):
                orm.assigned(machine, target, owner, value, scope)
                set_attribute(machine, owner, target.attr.value, value)
        case libcst.Subscript():
            _set_item(machine, target, value, scope)


def _unpack(
    machine: Machine, elements: Iterable[libcst.BaseElement], value: Value, scope: Scope
) -> None:
    for number, element in enumerate(elements):
        part = join(_part(option, number) for option in options(value))
        assign(machine, element.value, part, scope)


def _part(value: Value, number: int) -> Value:
    """What a target in a tuple is given, by its position."""
    match value:
        case Items(items=items) if number < len(items):
            return items[number]
        case Items(rest=rest) if rest is not None:
            return rest
        case Rows():
            return value.part(number)
        case Cursor():
            return value.rows
    return Rows(locked) if (locked := locked_in(value)) else UNKNOWN


def _set_item(machine: Machine, target: libcst.Subscript, value: Value, scope: Scope) -> None:
    collection = machine.evaluate(target.value, scope)
    changed: Value
    match target.slice[0].slice, collection:
        case libcst.Index(value=node), Mapping() | Items():
            changed = containers.put(collection, machine.evaluate(node, scope), value)
        case libcst.Slice(lower=lower, upper=upper), Items():
            changed = containers.put_part(collection, value, whole=lower is None and upper is None)
        case _:
            return
    if isinstance(target.value, libcst.Name):
        scope.change(target.value.value, changed)
    else:
        assign(machine, target.value, changed, scope)


def _is_shown(target: libcst.BaseExpression, scope: Scope) -> bool:
    """Whether people read what is assigned: `command.help = …`, `help = …` in its class."""
    match target:
        case libcst.Attribute(attr=libcst.Name(value=name)):
            return name in sinks.READ_BY_PEOPLE
        case libcst.Name(value=name):
            return scope.kind == "class" and name in sinks.READ_BY_PEOPLE
    return False


def _is_open(value: Value) -> bool:
    """Whether a name's type says more than its value: None may stand for what is to come."""
    return isinstance(value, Unknown) or value == Constant(None)
