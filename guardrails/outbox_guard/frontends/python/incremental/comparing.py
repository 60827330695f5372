"""Whether values, and calls, are the same but for when they were made."""

from __future__ import annotations

from dataclasses import fields

from outbox_guard.frontends.python.tracing.episodes import ANY, OWN, Made
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Choice,
    Class,
    Cursor,
    Function,
    Items,
    Mapping,
    Member,
    Object,
    Ref,
    Rows,
)

DEEPEST = 4  # objects within objects that are compared


def may_be_one(one: Made, other: Made) -> bool:
    """Whether two calls of one function, in two states of a file, may be the same."""
    (_, mine, given), (_, theirs, told) = one, other
    named = any(isinstance(on, str) and on != ANY for on in (mine, theirs))
    if OWN in (mine, theirs) or (mine != theirs and named):
        return False  # nothing else leads to the object on which methods of a class are called
    on = ANY in (mine, theirs) or alike(mine, theirs)
    return on and alike(given, told, 0, beyond=True)


def alike(one: object, other: object, depth: int = DEEPEST, *, beyond: bool = False) -> bool:
    """Whether two values are the same, but for when they were made; or may be, beyond the depth."""
    match one, other:
        case (Function(), Function()):
            return one.node is other.node
        case (Class(), Class()):
            return one.name == other.name and one.syntax.source.path == other.syntax.source.path
        case (Object(), Object()):
            mine, theirs = ((each.of, *each.attributes.items()) for each in (one, other))
            if not depth:
                return beyond and alike(one.of, other.of)
            return alike(mine, theirs, depth - 1, beyond=beyond)
        case (tuple(), tuple()):
            return len(one) == len(other) and all(
                alike(*pair, depth, beyond=beyond) for pair in zip(one, other, strict=True)
            )
        case (
            Arguments() | Choice() | Items() | Mapping() | Ref() | Cursor() | Rows() | Member(),
            _,
        ):
            return type(one) is type(other) and all(
                alike(getattr(one, each.name), getattr(other, each.name), depth, beyond=beyond)
                for each in fields(one)
            )
    return one == other
