"""What leads from one class to the rows of another: foreign keys, followed backwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm.models import model_of, select
from outbox_guard.frontends.python.values.kinds import Class, Ref, Value, options
from outbox_guard.frontends.python.values.pieces import Text

FOREIGN_KEY = re.compile(r"(?:\w+\.)*(?:ForeignKey|ManyToMany)(?:Field)?\(\)\Z")


def declare(machine: Machine, cls: Class, scope: Scope) -> None:
    """Django gives the class that a foreign key leads to a manager of the rows that hold it."""
    keys = [key for name in cls.fields for key in _keys(cls.members.get(name))]
    model = model_of(machine, cls) if keys else None
    if model is None:
        return
    for key in keys:
        name = _called_back(cls, key)
        for target in _targets(cls, key, scope):
            if name:
                target.members.setdefault(name, select(model))


def _keys(declared: Value | None) -> Iterator[Ref]:
    for option in options(declared) if declared is not None else ():
        if isinstance(option, Ref) and FOREIGN_KEY.match(option.name):
            yield option


def _called_back(cls: Class, key: Ref) -> str:
    """What the other class calls these rows, "" where it has no name for them."""
    given = dict(key.keywords).get("related_name") or dict(key.keywords).get("backref")
    if given is None:
        return f"{cls.name.lower()}_set"
    known = given.known if isinstance(given, Text) else None
    return "" if known is None or known.endswith("+") else known


def _targets(cls: Class, key: Ref, scope: Scope) -> Iterator[Class]:
    """The classes that a foreign key may point to; one can be named before it is there."""
    first = next(iter(key.arguments), None)
    for option in options(dict(key.keywords).get("to", first) or key):
        match option:
            case Class():
                yield option
            case Text(known="self"):
                yield cls
            case Text(known=str(label)):
                named = scope.find(label.rpartition(".")[2])
                if isinstance(named, Class):
                    yield named
