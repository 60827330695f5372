"""What lists, dicts and comprehensions are worth, and what a loop over a value gives."""

from __future__ import annotations

from collections.abc import Iterator

import libcst

from outbox_guard.frontends.python import collection_values
from outbox_guard.frontends.python.combining import locked_in, rows_of, written
from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.pieces import Glue, Text
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.values import (
    UNKNOWN,
    Class,
    Column,
    Cursor,
    Items,
    Mapping,
    Member,
    Query,
    Rows,
    Value,
    join,
    options,
)

MOST_TURNS = 12  # of a loop that are followed one by one


def items_of(
    machine: Machine, node: libcst.Tuple | libcst.List | libcst.Set, scope: Scope
) -> Value:
    items: list[Value] = []
    rest: list[Value] = []
    for element in node.elements:
        value = machine.evaluate(element.value, scope)
        if not isinstance(element, libcst.StarredElement):
            items.append(value)
            continue
        spread = collection_values.listed(value)
        if spread is None:
            rest.append(_spread_unknown(value))
        else:
            items.extend(spread.items)
            rest.extend([] if spread.rest is None else [spread.rest])
    return Items(tuple(items), join(rest) if rest else None)


def _spread_unknown(value: Value) -> Value:
    return value if locked_in(value) else UNKNOWN


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
    rests = [value] if mapping.rest is None else [mapping.rest, value]
    # An ORM takes columns as keys: `{Attempt.state: "FAILED"}`.
    column = written(key).rpartition(".")[2]
    kept = mapping.put(column, value) if column else mapping
    return Mapping(kept.items, join(rests), (*mapping.keys, key))


def comprehension(machine: Machine, node: libcst.BaseComp, scope: Scope) -> Value:
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
    given = turns(machine.evaluate(clause.iter, scope))
    for value in given.items:
        machine.assign(clause.target, value, scope)
        for test in clause.ifs:
            machine.evaluate(test.test, scope)
        if clause.inner_for_in is None:
            yield given.rest is None
        else:
            for known in _rounds(machine, clause.inner_for_in, scope):
                yield known and given.rest is None


def turns(value: Value) -> Items:
    """What a loop over a value gives, turn by turn; with a rest where one stands for them all."""
    match value:
        case Items(items=held, rest=None) if 0 < len(held) <= MOST_TURNS:
            return value
        case Mapping(items=entries, rest=None) if 0 < len(entries) <= MOST_TURNS:
            return Items(tuple(Text((Glue(key),)) for key, _ in entries))
    each = iterate(value)
    return Items((each,), each)


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
        case Mapping(items=entries):
            return join([Text((Glue(key),)) for key, _ in entries] or [UNKNOWN])
    return collection_values.members(value) or UNKNOWN
