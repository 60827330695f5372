"""What a function has in common with others: of its object, and of its module."""

from __future__ import annotations

from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.judging.sessions import line_of
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Cursor,
    Function,
    Mapping,
    Object,
    Ref,
    Unknown,
    options,
)


def lines(function: Function) -> frozenset[str]:
    """The connections that it may meet what others left on."""
    receiver, scope = function.receiver, function.scope
    held = [*receiver.attributes.values()] if isinstance(receiver, Object) else []
    held += scope.module.names.values() if isinstance(scope, Scope) else ()
    values = (option for value in held for option in options(value))
    kinds = Ref | Unknown | Cursor | Object
    return frozenset(line_of(value) for value in values if isinstance(value, kinds))


def values(function: Function) -> Mapping:
    """The attributes of its object, and the globals that functions bind anew."""
    receiver, scope = function.receiver, function.scope
    attributes = receiver.attributes if isinstance(receiver, Object) else {}
    module = scope.module if isinstance(scope, Scope) else None
    rebound = (
        {} if module is None else {name: module.get(name) or UNKNOWN for name in module.rebound}
    )
    return Mapping(tuple({**rebound, **attributes}.items()))
