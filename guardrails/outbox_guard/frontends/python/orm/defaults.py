"""The state that a new row gets by itself, as a model declares it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm.factories import model_made_by
from outbox_guard.frontends.python.orm.models import model_of
from outbox_guard.frontends.python.orm.states import texts_of
from outbox_guard.frontends.python.orm.writing import Draft, enter
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Function,
    Mapping,
    Member,
    Ref,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

KEYWORDS = ("default", "server_default", "insert_default", "db_default", "default_factory")
FACTORIES = re.compile(r"(?:factory|polyfactory)\.(?:\w+\.)*\w+\(\)\Z")
NESTED = ("sa_column", "sa_column_kwargs")


def of_class(machine: Machine, cls: Class, scope: Scope) -> None:
    """The defaults of a class that maps to a table, its bases' columns included."""
    if machine.judge.muted:
        return
    model = model_of(machine, cls) or model_made_by(machine, cls)
    if model is None:
        return
    names = model.names(machine.judge.names.outbox.state_column)
    for owner in cls.mro:
        for name in owner.fields:
            value = owner.members.get(name)
            if name not in names or value is None or cls.find(name) is not value:
                continue
            if isinstance(owner.node, libcst.ClassDef):
                node = _declaration(owner.node, name) or owner.node.name
                inner = Scope("class", owner.syntax, scope.qualify(cls.name), scope)
                _enter(machine, inner, node, model.table, value)


def of_table(site: Site, table: str, columns: tuple[Value, ...]) -> None:
    """The defaults of `Table(name, metadata, Column(…), …)` and of Alembic's operations."""
    state = site.machine.judge.names.outbox.state_column
    for column in columns:
        for option in options(column):
            if not isinstance(option, Ref) or not option.arguments:
                continue
            name = option.arguments[0]
            if isinstance(name, Text) and name.known == state:
                words = _column_call(site.node, state) or site.node.func
                _enter(site.machine, site.scope, words, table, option)


def _enter(
    machine: Machine, scope: Scope, words: libcst.BaseExpression, table: str, value: Value
) -> None:
    states = list(_defaults(machine, value))
    if any(True for state in states for _ in texts_of(state)):
        enter(machine, scope, _words(words), Draft("default", table, states))


def _words(declaration: libcst.BaseExpression) -> libcst.BaseExpression:
    """The keyword that gives the default, as SQL's DEFAULT is one; else what is called."""
    calls = [declaration]
    for call in calls:
        for argument in call.args if isinstance(call, libcst.Call) else ():
            if argument.keyword is not None and argument.keyword.value in KEYWORDS:
                return argument.keyword
            calls.append(argument.value)
    return declaration.func if isinstance(declaration, libcst.Call) else declaration


def _defaults(machine: Machine, value: Value) -> Iterator[Value]:
    """What a declaration gives a row that says nothing."""
    for option in options(value):
        match option:
            case Text() | Member():
                yield option  # a dataclass's way
            case Ref(name=name, arguments=arguments, keywords=keywords):
                yield from _of_keywords(machine, dict(keywords))
                if FACTORIES.match(name):
                    yield from (_called(machine, value) for value in arguments)
                if name.rpartition(".")[2] == "Field()":
                    yield from arguments[:1]


def _called(machine: Machine, value: Value) -> Value:
    return machine.apply(value, Arguments()) if isinstance(value, Function) else value


def _of_keywords(machine: Machine, keywords: dict[str, Value]) -> Iterator[Value]:
    for name in KEYWORDS:
        value = keywords.get(name)
        if value is not None:
            yield _called(machine, value)
    for name in NESTED:
        inner = keywords.get(name)
        if isinstance(inner, Mapping):
            yield from _of_keywords(machine, dict(inner.items))
        elif inner is not None:
            yield from _defaults(machine, inner)


def _declaration(cls: libcst.ClassDef, name: str) -> libcst.BaseExpression | None:
    """What an attribute is set to in the body of its class, or its name."""
    for statement in cls.body.body:
        for small in statement.body if isinstance(statement, libcst.SimpleStatementLine) else ():
            match small:
                case libcst.AnnAssign(target=libcst.Name(value=found) as target, value=value):
                    pass
                case libcst.Assign(
                    targets=[libcst.AssignTarget(target=libcst.Name(value=found) as target)],
                    value=value,
                ):
                    pass
                case _:
                    continue
            if found == name:
                return value if isinstance(value, libcst.Call) else target
    return None


def _column_call(call: libcst.Call, name: str) -> libcst.Call | None:
    """`Column("state", …)` among the arguments of a call."""
    for argument in call.args:
        inner = argument.value
        if isinstance(inner, libcst.Call) and inner.args:
            first = inner.args[0].value
            if isinstance(first, libcst.SimpleString) and first.evaluated_value == name:
                return inner
    return None
