"""Class statements: their members, and those of enums."""

from __future__ import annotations

from collections.abc import Iterable

import libcst

from outbox_guard.frontends.python import orm
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import bound, is_enum
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Constant,
    Function,
    Items,
    Member,
    Ref,
    Unknown,
    Value,
)
from outbox_guard.frontends.python.values.pieces import Glue, Text


def define_class(machine: Machine, node: libcst.ClassDef, scope: Scope) -> None:
    """Bind the class that a statement makes."""
    for decorator in node.decorators:
        machine.evaluate(decorator.decorator, scope)
    bases = tuple(machine.evaluate(base.value, scope) for base in node.bases)
    keywords = tuple(
        (k.keyword.value, machine.evaluate(k.value, scope)) for k in node.keywords if k.keyword
    )
    inner = Scope("class", scope.syntax, scope.qualify(node.name.value), scope)
    cls = Class(
        scope.syntax,
        node,
        node.name.value,
        inner.names,
        bases,
        keywords,
        tuple(_fields(node)),
        _given(machine, node, scope),
    )
    scope.bind(node.name.value, cls)
    machine.body(node.body, inner)
    # Branches in the body may have replaced the dictionary that the class was given.
    cls.members.update(inner.names)
    if is_enum(cls):
        _name_members(cls)
    _announced(machine, cls)
    machine.declared(cls)
    orm.declared(machine, cls, scope)


def _given(machine: Machine, node: libcst.ClassDef, scope: Scope) -> tuple[Value, ...]:
    """What the first generic base is given: `Attempt` of `class Attempts(Store[Attempt])`."""
    for base in node.bases:
        if isinstance(base.value, libcst.Subscript):
            indexes = (element.slice for element in base.value.slice)
            types = (index.value for index in indexes if isinstance(index, libcst.Index))
            return tuple(machine.evaluate(each, scope) for each in types)
    return ()


def _announced(machine: Machine, cls: Class) -> None:
    """`__init_subclass__` of a base is called on the class, with the keywords of its statement."""
    hook = next((b.find("__init_subclass__") for b in cls.mro[1:2]), None)
    if isinstance(hook, Function):
        machine.apply(bound(hook, cls), Arguments((), cls.keywords))


def _fields(node: libcst.ClassDef) -> Iterable[str]:
    for statement in node.body.body:
        if isinstance(statement, libcst.SimpleStatementLine):
            for small in statement.body:
                match small:
                    case libcst.AnnAssign(target=libcst.Name(value=name)):
                        yield name
                    case libcst.Assign(targets=[libcst.AssignTarget(target=libcst.Name(value=n))]):
                        yield n


def _name_members(cls: Class) -> None:
    for name in cls.fields:
        value = cls.members.get(name)
        if isinstance(value, Text | Items | Constant | Unknown | Ref):
            cls.members[name] = Member(name, _member_value(cls, name, value))


def _member_value(cls: Class, name: str, value: Value) -> Value:
    match value:
        case Items(items=(first, *_)):
            return first
        case Ref(name="enum.auto()") if "StrEnum" in {
            b.rpartition(".")[2] for b in cls.outer_bases
        }:
            return Text((Glue(name.lower()),))
    return value
