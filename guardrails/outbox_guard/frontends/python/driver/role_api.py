"""The role API of the database's client: `db.currentRole`, wherever it is taken from."""

from __future__ import annotations

from typing import Literal

import libcst

from outbox_guard.facts import Access, Place
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.modules.origins import is_home
from outbox_guard.frontends.python.parsing.spelling import name_place, spelling_of
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Cursor,
    Function,
    ModuleValue,
    Object,
    Ref,
    Rows,
    Unknown,
    Value,
)
from outbox_guard.names import Names


def record_attribute(machine: Machine, node: libcst.Attribute, owner: Value, scope: Scope) -> None:
    """`db.currentRole`, called or read."""
    if machine.judge.muted:
        return
    name = node.attr.value
    of = _taken_from(machine.judge.names, name, owner, node.value)
    if of is not None:
        _record_access(machine, name_place(scope.syntax, node), name, of, scope)


def record_got(site: Site, owner: Value, name: str, place: Place) -> None:
    """`getattr(db, "currentRole")`."""
    of = _taken_from(site.machine.judge.names, name, owner, site.node.args[0].value)
    if of is not None:
        _record_access(site.machine, place, name, of, site.scope)


def record_name(machine: Machine, node: libcst.Name, value: Value, scope: Scope) -> None:
    """A name of the role API that was imported from home, called or read."""
    if machine.judge.muted:
        return
    match value:
        case Ref(name=name) | Unknown(name=name):
            ours = _taken_from_home(machine.judge.names, name)
        case Function(syntax=syntax):
            away = syntax.source.path != scope.syntax.source.path
            ours = away and syntax.source.zone == "home" and _is_role_api(value.name)
        case _:
            return
    if ours and _is_role_api(scope.import_of(node.value)):
        _record_access(machine, name_place(scope.syntax, node), node.value, "home", scope)


def _taken_from(
    names: Names, name: str, owner: Value, node: libcst.BaseExpression
) -> Literal["database", "home"] | None:
    """What a name of the role API is taken from, where that is ours; `node` is the owner's."""
    if not _is_role_api(name):
        return None
    if is_database(owner, spelling_of(node), names):
        return "database"
    return "home" if isinstance(owner, ModuleValue | Ref) and is_home(names, owner.name) else None


def _taken_from_home(names: Names, name: str) -> bool:
    return _is_role_api(name) and is_home(names, name.rpartition(".")[0])


def _is_role_api(name: str) -> bool:
    return name.rpartition(".")[2] in sinks.ROLE_API


def is_database(value: Value, spelling: str, names: Names) -> bool:
    """Whether a value is an object through which the database is reached, as far as one can see."""
    match value:
        case Ref(name=name):
            driver = name.partition(".")[0] in names.boundary.drivers
            return driver or _named_database(spelling)
        case Object(of=Class(syntax=syntax)):
            return syntax.source.zone == "home"
        case Unknown() | Cursor() | ModuleValue() | Rows():
            return _named_database(spelling)
    return False


def _named_database(spelling: str) -> bool:
    return sinks.DATABASE_NAME.match(spelling.rpartition(".")[2]) is not None


def _record_access(
    machine: Machine,
    place: Place,
    name: str,
    receiver: Literal["database", "home"],
    scope: Scope,
) -> None:
    if not machine.judge.muted:
        machine.judge.record(Access(place=place, name=name, receiver=receiver, inside=scope.name))
