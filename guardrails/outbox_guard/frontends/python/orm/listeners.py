"""Functions that an ORM calls with the row that it is about to store: listeners and receivers."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.parameters import parameters
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm.models import models_in
from outbox_guard.frontends.python.values.kinds import Class, Function, Object, Ref, Unknown
from outbox_guard.frontends.python.values.pieces import Text

# Of SQLAlchemy's listeners, those that are given the mapper, the connection and the row.
MAPPER_EVENTS = ("before_insert", "before_update")
LISTENS = "listens_for()"
RECEIVES = "receiver()"
INSTANCE = "instance"  # what Django's signals call the row
ROW = 2


def hand_over(machine: Machine, function: Function, scope: Scope) -> None:
    """Bind the parameter of a listener to a row of the class that it listens to."""
    for decorator in function.decorators:
        if not isinstance(decorator, Ref):
            continue
        name = _row_in(decorator, function)
        if not name or not isinstance(scope.names.get(name), Unknown):
            continue
        for cls in _classes(machine, decorator):
            row = Object(cls, {})
            machine.judge.ledger.offer(row)
            scope.names[name] = row


def _row_in(decorator: Ref, function: Function) -> str:
    """The parameter that will be given the row, "" where none is."""
    names = [each.name for each in parameters(function.node.params)]
    if decorator.name.endswith(RECEIVES):
        return INSTANCE if INSTANCE in names else ""
    match decorator:
        case Ref(name=name, arguments=(_, Text(known=str(event)), *_)) if name.endswith(LISTENS):
            return next(iter(names[ROW:]), "") if event in MAPPER_EVENTS else ""
    return ""


def _classes(machine: Machine, decorator: Ref) -> Iterator[Class]:
    for value in (*decorator.arguments, *(value for _, value in decorator.keywords)):
        for model in models_in(machine, value):
            if isinstance(model.of, Class):
                yield model.of
