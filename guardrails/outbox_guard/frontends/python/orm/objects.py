"""Objects that are rows: added, changed, saved and deleted."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from dataclasses import replace

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm.keys import become_keys
from outbox_guard.frontends.python.orm.models import (
    Model,
    is_relationship,
    model_of,
    models_in,
    row_of,
    select,
)
from outbox_guard.frontends.python.orm.states import given, texts_of
from outbox_guard.frontends.python.orm.writing import Draft, Operation, enter
from outbox_guard.frontends.python.values.combining import locked_in, written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Choice,
    Class,
    Column,
    Constant,
    Function,
    Items,
    Mapping,
    Object,
    Query,
    Ref,
    Rows,
    Value,
    join,
)
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Text

COLLECTION = NamePattern(
    r"(?:\w+_)?(?:seen|set|list|dict|cache|queue|buffer|batch|bag|heap|registry|collection|items)\Z"
)
BULK: dict[str, Operation] = {
    "bulk_insert_mappings": "insert",
    "bulk_insert": "insert",
    "bulk_update_mappings": "update",
}
SETS_UP = ("__init__", "__post_init__", "__new__")


def is_session(receiver: Value, method: str) -> bool:
    """Whether objects that are added to this, or deleted from it, are rows and not members."""
    match receiver:
        case Items() | Mapping() | Text() | Constant() | Column() | Query():
            return False
        case Object(of=cls):
            return not isinstance(cls.find(method), Function)  # one of ours is followed instead
    name = written(receiver)
    root = name.partition(".")[0].partition("(")[0]
    if name.endswith(")"):
        return root not in sys.stdlib_module_names and not hasattr(builtins, root)
    return not COLLECTION.match(name.rpartition(".")[2].lower())


def in_session(site: Site, receiver: Value) -> Value | None:
    """What a session does with objects."""
    if not is_session(receiver, site.method):
        return None
    first = site.arguments.get(0)
    match site.method:
        case "commit" | "flush" | "acommit":
            site.machine.judge.ledger.store()
        case _ if first is None:
            pass
        case "add" | "add_all" | "bulk_save_objects":
            return _added(site, first)
        case "merge":
            return _merged(site, first)
        case "delete" | "delete_all":
            return _deleted(site, first)
        case "get" | "get_one" | "refresh":
            return _loaded(site, first)
        case method if method in BULK:
            return _bulk(site, first, BULK[method])
    return None


def _rows_in(machine: Machine, value: Value) -> Iterator[tuple[Value, Object, Model]]:
    """Every row of an outbox table among these values."""
    row = row_of(value)
    model = model_of(machine, row.of) if row is not None else None
    match value:
        case Choice(options=inner):
            pass
        case Items(items=items, rest=rest):
            inner = items if rest is None else (*items, rest)
        case _:
            if row is not None and model is not None:
                yield value, row, model
            return
    for part in inner:
        yield from _rows_in(machine, part)


def _states(machine: Machine, row: Object, model: Model) -> list[Value]:
    return list(given(model.names(machine.judge.names.outbox.state_column), [row]))


def _added(site: Site, value: Value) -> Value | None:
    result: Value | None = None
    for held, row, model in _rows_in(site.machine, value):
        if isinstance(held, Object):
            states = _states(site.machine, row, model)
            draft = Draft("insert", model.table, states)
            found = enter(site.machine, site.scope, site.node.func, draft)
            if found is not None:
                site.machine.touched(row)
                site.machine.judge.ledger.add(row, found)
        result = UNKNOWN
    return result


def _merged(site: Site, value: Value) -> Value | None:
    """`session.merge(obj)` inserts the row or overwrites it."""
    result: Value | None = None
    for held, row, model in _rows_in(site.machine, value):
        states = _states(site.machine, row, model)
        enter(site.machine, site.scope, site.node.func, Draft("merge", model.table, states))
        result = Rows(locked_in(held), entities=(row,))
    return result


def _deleted(site: Site, value: Value) -> Value | None:
    result: Value | None = None
    for held, _, model in _rows_in(site.machine, value):
        draft = Draft("delete", model.table, locked=locked_in(held))
        enter(site.machine, site.scope, site.node.func, draft)
        result = UNKNOWN
    return result


def _loaded(site: Site, value: Value) -> Value | None:
    """`session.get(Model, key, with_for_update={"skip_locked": True})`"""
    model = next(models_in(site.machine, value), None)
    if (
        model is None
        and isinstance(value, Class)
        and any(map(is_relationship, value.members.values()))
    ):
        return Rows(name=value.name, entities=(Object(value, {}),))
    if model is None or not site.arguments.all[1:]:
        return None
    lock = site.arguments.get(-1, "with_for_update")
    skips = isinstance(lock, Mapping) and lock.get("skip_locked") == Constant(True)
    pending = skips and site.machine.judge.names.is_pending(model.table)
    if pending:
        become_keys(site, [argument.value for argument in site.node.args[1:2]], (model.table,))
    return Rows((model.table,) if pending else (), model.table, select(model).entities)


def _bulk(site: Site, value: Value, op: Operation) -> Value | None:
    """`session.bulk_insert_mappings(Model, [{…}, …])`, Alembic's `op.bulk_insert(table, […])`"""
    model = next(models_in(site.machine, value), None)
    if model is None:
        return None
    names = model.names(site.machine.judge.names.outbox.state_column)
    states = list(given(names, site.arguments.all[1:]))
    enter(site.machine, site.scope, site.node.func, Draft(op, model.table, states))
    return UNKNOWN


def on_relationship(site: Site, value: Ref) -> Value | None:
    """`payment.attempts.append(Attempt(…))`: what is put into a relationship is stored with it."""
    first = site.arguments.get(0)
    puts = site.method in ("append", "add", "extend", "add_all")
    return _added(site, first) if puts and first and is_relationship(value) else None


def saved_by_base(site: Site, value: Object) -> Value | None:
    """`super().save()` of a row with a state of its own; who calls `save` tells the rest."""
    row = value.real
    model = model_of(site.machine, row.of) if row is not None else None
    if row is None or model is None or site.method not in ("save", "asave"):
        return None
    if isinstance(value.of.find(site.method), Function):
        return None  # a base of ours saves it
    states = _states(site.machine, row, model)
    if states:
        enter(site.machine, site.scope, site.node.func, Draft("insert", model.table, states))
    return UNKNOWN


def on_row(site: Site, value: Object | Rows) -> Value | None:
    """`row.save()`, `row.delete()`, and the methods that the row's own class defines."""
    row = row_of(value)
    model = model_of(site.machine, row.of) if row is not None else None
    if row is None or model is None:
        return None
    own = row.of.find(site.method)
    result: Value | None = None
    if isinstance(own, Function):  # what it does first may still change what is saved
        result = site.machine.apply(replace(own, receiver=value), site.arguments)
    match site.method:
        case "save" | "asave":
            _saved(site, value, row, model)
        case "remove" if site.arguments.all:
            return result  # from a list of rows
        case "delete" | "adelete" | "delete_instance" | "remove":
            draft = Draft("delete", model.table, locked=locked_in(value))
            enter(site.machine, site.scope, site.node.func, draft)
        case _:
            return result
    return result or UNKNOWN


def _saved(site: Site, value: Object | Rows, row: Object, model: Model) -> None:
    site.machine.touched(row)
    ledger = site.machine.judge.ledger
    states = _states(site.machine, row, model)
    inserts, updates = (site.arguments.get(-1, f"force_{op}") for op in ("insert", "update"))
    new = isinstance(value, Object) and value.made and not ledger.is_stored(row)
    op: Operation = "insert" if new or inserts == Constant(True) else "update"
    if updates == Constant(True):
        op = "update"
    enter(site.machine, site.scope, site.node.func, Draft(op, model.table, states))
    ledger.store(row)


def assign(
    machine: Machine,
    scope: Scope,
    words: libcst.BaseExpression,
    owner: Value,
    given_to: tuple[str, Value],
) -> None:
    """`row.state = …`: the session that a row came from will UPDATE it."""
    name, value = given_to
    row = row_of(owner)
    model = model_of(machine, row.of) if row is not None else None
    if row is None or model is None:
        return
    if isinstance(owner, Rows):
        machine.touched(row)
        row.attributes[name] = join([row.attributes.get(name, value), value])
    gives_state = name in model.names(machine.judge.names.outbox.state_column)
    states = [value] if gives_state else []
    ledger = machine.judge.ledger
    if ledger.is_offered(row):
        if not _forbidden(machine).isdisjoint(text for s in states for text in texts_of(s)):
            enter(machine, scope, words, Draft("insert", model.table, states))
        return
    if model.active or name not in dict(model.columns):
        return
    machine.touched(row)
    if row.made and not ledger.is_stored(row):
        ledger.give(row, (text for state in states for text in texts_of(state)))
    elif scope.name.rpartition(".")[2] not in SETS_UP:
        enter(machine, scope, words, Draft("update", model.table, states))


def _forbidden(machine: Machine) -> frozenset[str]:
    return frozenset(machine.judge.names.outbox.forbidden_states)
