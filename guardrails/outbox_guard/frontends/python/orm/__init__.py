"""What ORM calls read and write: SQLAlchemy, Django, and those that speak alike.

models says which class is which table; statements, objects, copies and defaults are the four ways
to write to one; states says what reaches the state column.
"""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.orm import copies, defaults, objects, statements
from outbox_guard.frontends.python.orm.models import model_of, models_in
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import (
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
    Text,
    Unknown,
    Value,
    locked_in,
)

SHORTCUTS = ("get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404")
SAME = ("aliased", "alias", "with_polymorphic", "to_metadata", "tometadata")
MAPPERS = ("map_imperatively", "mapper")
MANAGER_MAKERS = ("as_manager", "from_queryset")


def method(site: Site, receiver: Value) -> Value | None:
    """A method call of an ORM's object; None for any other."""
    copies.copied(site, receiver)
    found: Value | None = None
    match receiver:
        case Query():
            return statements.chain(site, receiver)
        case Column():
            return _on_column(site, receiver)
        case Object() | Rows():
            found = objects.on_row(site, receiver)
        case Class() | Ref():
            found = _on_class(site, receiver)
        case Items() | Mapping() | Text():
            return None
    if found is None and site.method == "query":
        found = statements.queried(site)
    if found is None:
        found = objects.in_session(site, receiver)
    if found is None and not _is_ours(receiver, site.method):
        found = statements.run(site)
    return found


def function(site: Site, callee: Value) -> Value | None:
    """A call of an ORM's function; None for any other."""
    if not isinstance(callee, Ref | Unknown):
        return None
    name = callee.name
    last = name.rpartition(".")[2]
    built = statements.construct(site, callee)
    if built is not None:
        return built
    first = site.arguments.get(0)
    if isinstance(callee, Ref) and last in ("Table", "table", "create_table", "add_column"):
        return _table(site, callee)
    if name.endswith("from_queryset()") and isinstance(callee, Ref):
        return next((Object(a, {}) for a in callee.arguments if isinstance(a, Class)), None)
    if first is None:
        return None
    if last in MAPPERS and isinstance(first, Class) and len(site.arguments.positional) > 1:
        first.members["__table__"] = site.arguments.positional[1]
    if last in SAME and any(models_in(site.machine, first)):
        return first
    if last in SHORTCUTS:
        query = statements.selected(site)
        return Rows(query.locked, f"{last}()", query.entities) if query.table else None
    if name == "setattr":
        return _set(site, first)
    return statements.run(site)


def _is_ours(receiver: Value, method: str) -> bool:
    """Whether a method is the project's own, and so is followed."""
    match receiver:
        case Object(of=cls) | (Class() as cls):
            return isinstance(cls.find(method), Function)
    return False


def _on_class(site: Site, value: Class | Ref) -> Value | None:
    """Tables, and the classes that stand for them."""
    if site.method in MANAGER_MAKERS and isinstance(value, Class):
        return Object(value, {})
    if site.method in ("label", "cast") and isinstance(value, Ref) and value.name.endswith("()"):
        return value
    if site.method in SAME and model_of(site.machine, value) is not None:
        return value
    return statements.on_table(site, value)


def _on_column(site: Site, column: Column) -> Value:
    """A condition on a column is about the rows that it is compared with."""
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


def _set(site: Site, row: Value) -> Value | None:
    """`setattr(row, "state", value)`"""
    positional: tuple[Value, ...] = site.arguments.positional
    match positional:
        case (_, Text(known=str(name)), value):
            objects.assign(site.machine, site.node.func, row, name, value, site.scope)
    return None


def assigned(
    machine: Machine, target: libcst.Attribute, owner: Value, value: Value, scope: Scope
) -> None:
    """`row.state = value`"""
    objects.assign(machine, target, owner, target.attr.value, value, scope)


def declared(machine: Machine, cls: Class, scope: Scope) -> None:
    """A class statement."""
    defaults.of_class(machine, cls, scope)
