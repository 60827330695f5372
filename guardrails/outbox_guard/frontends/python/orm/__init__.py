"""What ORM calls read and write: SQLAlchemy, Django, and those that speak alike.

models says which class is which table; selects, statements, objects, copies and defaults are the
ways to read and write one; states says what reaches the state column.
"""

from __future__ import annotations

import dataclasses

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm import (
    builders,
    clocks,
    copies,
    defaults,
    django,
    factories,
    objects,
    relations,
    selects,
    statements,
)
from outbox_guard.frontends.python.orm.listeners import hand_over as hand_over
from outbox_guard.frontends.python.orm.models import model_of, models_in
from outbox_guard.frontends.python.values.combining import locked_in
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Column,
    Function,
    Items,
    Mapping,
    Object,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
)
from outbox_guard.frontends.python.values.pieces import Text

SHORTCUTS = ("get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404")
SAME = ("aliased", "alias", "with_polymorphic", "to_metadata", "tometadata")
TABLES = ("Table", "table", "create_table", "add_column")
MAPPERS = ("map_imperatively", "mapper")


def method(site: Site, receiver: Value) -> Value | None:
    """A method call of an ORM's object; None for any other."""
    copies.copied(site, receiver)
    found = builders.named(site, receiver) if site.method in builders.NAMES else None
    if found is None and site.method in builders.WRITES:
        found = builders.written_to(site, receiver)
    if found is not None:
        return found
    match receiver:
        case Query():
            return statements.chain(site, receiver)
        case Column():
            return _on_column(site, receiver)
        case Object() | Rows():
            found = objects.on_row(site, receiver)
        case Class() | Ref():
            found = _on_class(site, receiver)
            if found is None and isinstance(receiver, Ref):
                found = objects.on_relationship(site, receiver)
        case Items() | Mapping() | Text():
            return None
    if found is None and site.method == "query":
        found = selects.queried(site)
    if found is None:
        found = objects.in_session(site, receiver)
    if found is None and not _is_ours(receiver, site.method):
        found = statements.run(site)
    return found


def by_base(site: Site, receiver: Value) -> Value | None:
    """A method of a base that is an ORM's, called by way of `super()`."""
    return objects.saved_by_base(site, receiver) if isinstance(receiver, Object) else None


def function(site: Site, callee: Value) -> Value | None:
    """A call of an ORM's function; None for any other."""
    if isinstance(callee, Class):
        factories.called(site, callee)
    if not isinstance(callee, Ref | Unknown):
        return None
    factories.made(site, callee)
    found: Value | None = statements.construct(site, callee)
    if found is None:
        found = _helper(site, callee, callee.name.rpartition(".")[2])
    if found is None and site.receiver_node is None and "." in callee.name:
        bound = dataclasses.replace(site, spelling=callee.name)  # `add = session.add`
        found = objects.in_session(bound, Unknown(callee.name.rpartition(".")[0]))
    return statements.run(site) if found is None else found


def _helper(site: Site, callee: Ref | Unknown, name: str) -> Value | None:
    """Functions that declare tables, or hand on what they are given."""
    first = site.arguments.get(0)
    if isinstance(callee, Ref) and callee.name == "sqlalchemy.Table()":
        return _row(site, callee)
    if isinstance(callee, Ref) and name in TABLES:
        return _table(site, callee)
    if name in MAPPERS and isinstance(first, Class) and len(site.arguments.positional) > 1:
        site.machine.touched(first)
        first.members["__table__"] = site.arguments.positional[1]
    if name in SAME and first is not None and any(models_in(site.machine, first)):
        return first
    if name in SHORTCUTS:
        query = selects.selected(site)
        return Rows(query.locked, f"{name}()", query.entities) if query.table else None
    if name == "get_model":
        return _named(site)
    if callee.name == "setattr" and first is not None:
        return _set(site, first)
    return None


def _row(site: Site, table: Ref) -> Value | None:
    """A call of a class that automap made of a table."""
    if model_of(site.machine, table) is None:
        return None
    given = site.arguments.keywords
    bases = (Ref("sqlalchemy.ext.automap.AutomapBase"),)
    fields = tuple(name for name, _ in given)
    made = Class(site.scope.syntax, site.node, "", {"__table__": table}, bases, fields=fields)
    return Object(made, dict(given), made=True)


def _is_ours(receiver: Value, method: str) -> bool:
    """Whether a method is the project's own, and so is followed."""
    match receiver:
        case Object(of=cls) | (Class() as cls):
            return isinstance(cls.find(method), Function)
    return False


def _on_class(site: Site, value: Class | Ref) -> Value | None:
    """Tables, and the classes that stand for them."""
    if isinstance(value, Class):
        factories.on_class(site, value)
    if site.method == "as_manager" and isinstance(value, Class):
        return Object(value, {})
    query_set = site.arguments.get(0)
    if site.method == "from_queryset" and isinstance(query_set, Class):
        return dataclasses.replace(query_set, members={}, bases=(value, query_set))
    if site.method in ("label", "cast") and isinstance(value, Ref) and value.name.endswith("()"):
        return value
    if site.method in SAME and model_of(site.machine, value) is not None:
        return value
    return statements.on_table(site, value)


def _on_column(site: Site, column: Column) -> Value:
    """A condition on a column is about the rows that it is compared with."""
    clocks.asked(site, column)
    locked = next((found for found in map(locked_in, site.arguments.all) if found), ())
    return Rows(locked, column.name) if locked else column


def _table(site: Site, callee: Ref) -> Value | None:
    """`Table(name, metadata, Column(…))`, Alembic's `op.create_table(name, Column(…))`."""
    name, *columns = site.arguments.positional or (UNKNOWN,)
    if isinstance(name, Text) and name.known:
        defaults.of_table(site, name.known, tuple(columns))
    if callee.name.startswith("alembic"):
        return Ref("sqlalchemy.Table()", site.arguments.positional)
    return None


def _named(site: Site) -> Value | None:
    """`apps.get_model("app", "Model")`, as Django's migrations ask for it."""
    words = [v.known for v in site.arguments.positional if isinstance(v, Text) and v.known]
    label, _, name = ".".join(words).partition(".")
    return django.model_named(site.machine, label, name)


def _set(site: Site, row: Value) -> Value | None:
    """`setattr(row, "state", value)`"""
    positional: tuple[Value, ...] = site.arguments.positional
    match positional:
        case (_, Text(known=str(name)), value):
            objects.assign(site.machine, site.scope, site.node.func, row, (name, value))
    return None


def assigned(
    machine: Machine, target: libcst.Attribute, owner: Value, value: Value, scope: Scope
) -> None:
    """`row.state = value`"""
    objects.assign(machine, scope, target, owner, (target.attr.value, value))


def declared(machine: Machine, cls: Class, scope: Scope) -> None:
    """A class statement."""
    relations.declare(machine, cls, scope)
    defaults.of_class(machine, cls, scope)
