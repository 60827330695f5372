"""What the patterns of a `match` statement capture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import attribute_of
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.combining import each
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Constant,
    Items,
    Rows,
    Value,
)

Captured = Iterator[tuple[str, Value]]


def captured(
    machine: Machine, pattern: libcst.MatchPattern, subject: Value, scope: Scope
) -> Captured:
    """The names that a pattern binds when a value matches it."""
    match pattern:
        case libcst.MatchAs(pattern=inner, name=name):
            if inner is not None:
                yield from captured(machine, inner, subject, scope)
            if name is not None:
                yield name.value, subject
        case libcst.MatchOr(patterns=choices):
            for choice in choices:
                yield from captured(machine, choice.pattern, subject, scope)
        case libcst.MatchSequence(patterns=parts):
            yield from _in_sequence(machine, parts, subject, scope)
        case libcst.MatchMapping(elements=elements, rest=rest):
            for element in elements:
                part = _part(subject, machine.evaluate(element.key, scope))
                yield from captured(machine, element.pattern, part, scope)
            if rest is not None:
                yield rest.value, subject
        case libcst.MatchClass():
            yield from _in_class(machine, pattern, subject, scope)


def _in_sequence(
    machine: Machine,
    parts: Sequence[libcst.MatchSequenceElement | libcst.MatchStar],
    subject: Value,
    scope: Scope,
) -> Captured:
    starred = next((n for n, p in enumerate(parts) if isinstance(p, libcst.MatchStar)), len(parts))
    for number, part in enumerate(parts):
        if isinstance(part, libcst.MatchStar):
            if part.name is not None:
                yield part.name.value, Items((), containers.members(subject) or _of(subject))
            continue
        at = Constant(number if number < starred else number - len(parts))
        yield from captured(machine, part.value, _part(subject, at), scope)


def _in_class(
    machine: Machine, pattern: libcst.MatchClass, subject: Value, scope: Scope
) -> Captured:
    """`Row(id, state=s)`; and `str(text)`, which captures the text itself."""
    cls = machine.evaluate(pattern.cls, scope)
    names = cls.all_fields if isinstance(cls, Class) else ()
    for number, element in enumerate(pattern.patterns):
        itself = subject if not isinstance(cls, Class) else _of(subject)
        known = number < len(names)
        value = _attribute(machine, subject, names[number]) if known else itself
        yield from captured(machine, element.value, value, scope)
    for keyword in pattern.kwds:
        value = _attribute(machine, subject, keyword.key.value)
        yield from captured(machine, keyword.pattern, value, scope)


def _attribute(machine: Machine, subject: Value, name: str) -> Value:
    return each(subject, lambda value: attribute_of(machine, value, name))


def _part(subject: Value, key: Value) -> Value:
    return each(subject, lambda value: containers.element(value, key) or _of(value))


def _of(value: Value) -> Value:
    """A part of something of which nothing is known; of locked rows it still is."""
    return value if isinstance(value, Rows) else UNKNOWN
