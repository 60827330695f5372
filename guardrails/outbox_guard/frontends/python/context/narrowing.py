"""What a name can still be where `isinstance` has told its alternatives apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import (
    Choice,
    Class,
    Items,
    Object,
    Ref,
    Unknown,
    Value,
    join,
    options,
)


def narrow(machine: Machine, test: libcst.BaseExpression, scope: Scope, *, holds: bool) -> None:
    """The names of a block behind a test, which holds there or does not."""
    for name, kinds, is_one in _told(test, holds=holds):
        value = scope.names.get(name)
        if isinstance(value, Choice):
            with machine.judge.mute():
                scope.names[name] = of_kind(value, machine.evaluate(kinds, scope), holds=is_one)


@contextmanager
def narrowed(
    machine: Machine, test: libcst.BaseExpression, scope: Scope, *, holds: bool
) -> Iterator[None]:
    """For an arm of `a if test else b`."""
    before = scope.names
    scope.names = dict(before)
    narrow(machine, test, scope, holds=holds)
    told = {name: value for name, value in scope.names.items() if value is not before.get(name)}
    try:
        yield
    finally:
        scope.names |= {name: before[name] for name in told}


def tells(test: libcst.BaseExpression) -> bool:
    """Whether a test asks for the kind of a name."""
    return any(True for holds in (True, False) for _ in _told(test, holds=holds))


def _told(
    test: libcst.BaseExpression, *, holds: bool
) -> Iterator[tuple[str, libcst.BaseExpression, bool]]:
    """The names that are, or are not, of a kind where a test holds or does not."""
    match test:
        case libcst.Call(
            func=libcst.Name(value="isinstance"),
            args=[libcst.Arg(value=libcst.Name(value=name)), libcst.Arg(value=kinds)],
        ):
            yield name, kinds, holds
        case libcst.UnaryOperation(operator=libcst.Not(), expression=inner):
            yield from _told(inner, holds=not holds)
        case libcst.BooleanOperation(left=left, operator=operator, right=right):
            if isinstance(operator, libcst.And) == holds:
                yield from _told(left, holds=holds)
                yield from _told(right, holds=holds)


def matched(
    machine: Machine, case: libcst.MatchCase, subject: Value, scope: Scope
) -> tuple[Value, Value]:
    """What a subject still can be in a case of a class, and behind it."""
    pattern = case.pattern.pattern if isinstance(case.pattern, libcst.MatchAs) else case.pattern
    if not isinstance(subject, Choice) or not isinstance(pattern, libcst.MatchClass):
        return subject, subject
    kind = machine.evaluate(pattern.cls, scope)
    all_of_it = not (pattern.patterns or pattern.kwds or case.guard)
    behind = of_kind(subject, kind, holds=False) if all_of_it else subject
    return of_kind(subject, kind), behind


def of_kind(value: Value, kinds: Value, *, holds: bool = True) -> Value:
    """The alternatives that are of a kind, or those that are not.

    Where none is known to be, nothing is known of the others either: they may be of classes that
    inherit from it.
    """
    are = {option for option in options(value) if _is_one(option, kinds)}
    rest = [option for option in options(value) if option not in are]
    if holds and are:
        return join([o for o in options(value) if o in are or isinstance(o, Unknown)])
    return value if holds or not rest else join(rest)


def _is_one(value: Value, kinds: Value) -> bool:
    match kinds:
        case Choice(options=several) | Items(items=several):
            return any(_is_one(value, kind) for kind in several)
    match value:
        case Ref(name=name):
            return name == f"{written(kinds)}()"
        case Object(of=cls):
            return (
                kinds in cls.mro if isinstance(kinds, Class) else written(kinds) in cls.outer_bases
            )
    return False
