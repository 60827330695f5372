"""What lists, dicts and comprehensions are worth, and what a loop over a value gives."""

from __future__ import annotations

from collections.abc import Iterator

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import bound
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import each, rows_of, written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Column,
    Cursor,
    Function,
    Items,
    Mapping,
    Member,
    Object,
    Query,
    Rows,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Glue, Text

MOST_TURNS = 12  # of a loop that are followed one by one


def items_of(
    machine: Machine, node: libcst.Tuple | libcst.List | libcst.Set, scope: Scope
) -> Value:
    """A list, tuple or set that is written out."""
    items: list[Value] = []
    rest: list[Value] = []
    for element in node.elements:
        value = machine.evaluate(element.value, scope)
        if not isinstance(element, libcst.StarredElement):
            items.append(value)
            continue
        held = containers.spread(value)
        items.extend(held.items)
        rest.extend([] if held.rest is None else [held.rest])
    return Items(tuple(items), join(rest) if rest else None)


def mapping_of(machine: Machine, node: libcst.Dict, scope: Scope) -> Value:
    result = Mapping()
    for element in node.elements:
        value = machine.evaluate(element.value, scope)
        if isinstance(element, libcst.StarredDictElement):
            result = result.merge(value if isinstance(value, Mapping) else Mapping((), UNKNOWN))
        elif isinstance(element, libcst.DictElement):
            result = entry(result, machine.evaluate(element.key, scope), value)
    return result


def entry(mapping: Mapping, key: Value, value: Value) -> Mapping:
    """A mapping with one more key."""
    match key:
        case Text(known=str(name)) | Member(value=Text(known=str(name))):
            return mapping.put(name, value)
        case Column(name=name):  # `{Attempt.state: "FAILED"}`
            return mapping.put(name, value)
    # An ORM takes columns as keys: `{Attempt.state: "FAILED"}`.
    column = written(key).rpartition(".")[2]
    kept = mapping.put(column, value) if column else mapping
    return kept.put_under(key, value)


def comprehension(machine: Machine, node: libcst.BaseComp, scope: Scope) -> Value:
    """A list, set or dict that is made of a loop."""
    inner = Scope("function", scope.syntax, scope.name, scope)
    made = Mapping()
    items: list[Value] = []
    several = False  # whether there is any number of some
    for known in _rounds(machine, node.for_in, inner):
        several = several or not known
        if isinstance(node, libcst.DictComp):
            value = machine.evaluate(node.value, inner)
            made = entry(made, machine.evaluate(node.key, inner), value)
        elif isinstance(node, libcst.BaseSimpleComp):
            items.append(machine.evaluate(node.elt, inner))
    if isinstance(node, libcst.DictComp):
        return made
    return Items((), join(items)) if several else Items(tuple(items))


def _rounds(machine: Machine, clause: libcst.CompFor, scope: Scope) -> Iterator[bool]:
    """Bind the targets for each round that is followed; whether it stands for one only."""
    given = turns(looped(machine, machine.evaluate(clause.iter, scope)))
    for value in given.items:
        machine.assign(clause.target, value, scope)
        for test in clause.ifs:
            machine.evaluate(test.test, scope)
        if clause.inner_for_in is None:
            yield given.rest is None
        else:
            for known in _rounds(machine, clause.inner_for_in, scope):
                yield known and given.rest is None


def looped(machine: Machine, value: Value) -> Value:
    """What a loop runs over: of an object, what its class gives to loops."""
    return each(value, lambda option: _looped(machine, option))


def _looped(machine: Machine, value: Value) -> Value:
    if not isinstance(value, Object):
        return value
    iterator = _called(machine, value, ("__iter__", "__aiter__"))
    if isinstance(iterator, Object):
        found = _called(machine, iterator, ("__next__", "__anext__"))
        return value if found is None else Items((), found)
    return value if iterator is None else iterator


def _called(machine: Machine, value: Object, names: tuple[str, ...]) -> Value | None:
    methods = (value.of.find(name) for name in names)
    method = next((found for found in methods if isinstance(found, Function)), None)
    return None if method is None else machine.apply(bound(method, value), Arguments())


def turns(value: Value) -> Items:
    """What a loop over a value gives, turn by turn; with a rest where one stands for them all."""
    match value:
        case Items(items=held, rest=None) if 0 < len(held) <= MOST_TURNS:
            return value
        case Mapping(items=entries, rest=None, keys=()) if 0 < len(entries) <= MOST_TURNS:
            return Items(tuple(Text((Glue(key),)) for key, _ in entries))
    one = iterate(value)
    return Items((one,), one)


def iterate(value: Value) -> Value:
    """What a loop over a value gives each time."""
    return join(_iterated(option) for option in options(value))


def _iterated(value: Value) -> Value:
    match value:
        case Rows():
            return value
        case Cursor(rows=rows):
            return rows
        case Query():
            return rows_of(value)
        case Class():
            return join([m for m in value.members.values() if isinstance(m, Member)] or [UNKNOWN])
        case Mapping():
            return containers.key_of(value)
    return containers.members(value) or UNKNOWN
