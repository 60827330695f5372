"""What calling a class of the project makes."""

from __future__ import annotations

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.evaluation.attributes import bound, field_value
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import Class, Function, Object, Value


def construct(machine: Machine, cls: Class, arguments: Arguments) -> Value:
    """An instance: its fields from the arguments, then what `__init__` makes of them."""
    owners = list(reversed(cls.mro))
    attributes: dict[str, Value] = {}
    for owner in owners:
        defaults = {name: value for name, value in owner.members.items() if name in owner.fields}
        attributes.update({name: field_value(machine, value) for name, value in defaults.items()})
    initialiser = cls.find("__init__")
    if isinstance(initialiser, Function):
        # Fields with defaults stay, for `__init__` may not set them.
        kept: dict[str, Value] = {
            name: v for name, v in attributes.items() if not isinstance(v, Function)
        }
        made = Object(cls, kept, made=True)
        machine.apply(bound(initialiser, made), arguments)
        return made
    attributes.update(zip(cls.all_fields, arguments.positional, strict=False))
    attributes.update(arguments.keywords)
    if arguments.spread is not None:
        given = {name for name, _ in arguments.keywords}
        left = set(cls.all_fields[len(arguments.positional) :]) - given
        attributes.update(dict.fromkeys(left, arguments.spread))
    return Object(cls, attributes, made=True)
