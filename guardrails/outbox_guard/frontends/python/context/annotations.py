"""What a type says of the values that have it."""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.values.kinds import (
    Choice,
    Class,
    Items,
    Mapping,
    Object,
    Query,
    Ref,
    Unknown,
    Value,
    join,
    options,
)


def annotated(machine: Machine, annotation: libcst.Annotation | None, scope: Scope) -> Value | None:
    """What a name of this type holds, where the type says something."""
    if annotation is None:
        return None
    node = annotation.annotation
    if isinstance(node, libcst.SimpleString):
        text = node.evaluated_value
        try:
            node = libcst.parse_expression(text if isinstance(text, str) else "")
        except libcst.ParserSyntaxError:
            return None  # a type that is not Python says nothing about values
    with machine.judge.mute():  # a type does nothing; and in quotes, it stands nowhere
        kinds = [_instance(kind) for kind in options(machine.evaluate(node, scope))]
    known = [kind for kind in kinds if kind is not None]
    return join(known) if known else None


def _instances(kinds: Value) -> Value:
    return join([Object(kind, {}) for kind in options(kinds) if isinstance(kind, Class)])


def _instance(kind: Value) -> Value | None:
    match kind:
        case Ref(name=name) if "(" not in name:
            return Ref(f"{name}()")
        case Class():
            return Object(kind, {})
        case Items(rest=Class() | Choice() as member):
            return Items((), _instances(member))
        case Mapping(rest=Class() | Choice() as member):
            return Mapping((), _instances(member))
        case Query():
            return kind
        case Unknown(name=name) if name not in ("str", "object", "Any", "int", ""):
            return Ref(f"{name}()")
    return None
