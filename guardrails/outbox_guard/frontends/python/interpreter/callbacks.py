"""Functions that are handed to a stranger, which calls them with what it is handed beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.parameters import parameters
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.library import iterations
from outbox_guard.frontends.python.tracing.relevance import matters
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Function,
    Mapping,
    Ref,
    Value,
    join,
    options,
)

_TARGETS = ("target", "func", "function", "fn")


def called_back(site: Site, receiver: Value | None) -> Value | None:
    """What such functions return, `executor.submit(function, row)`; None where that tells nothing.

    A decorated function may be what a queue calls with what a method of it is handed:
    `task.delay(row)`.

    They are followed by themselves anyway: only what they are given, or what is asked for
    their sake, is worth another call.
    """
    project = site.machine.project
    results = [
        _called(site, callee, arguments)
        for callee, arguments in (*_handed(site), *_queued(site, receiver))
        if site.method in sinks.CALLS or any(matters(value, project) for value in arguments.all)
    ]
    if not results:
        return None
    found = join(results)
    return found if matters(found, project) else None


def _handed(site: Site) -> Iterator[tuple[Value, Arguments]]:
    """The functions among the arguments, and what each will be given."""
    positional, keywords = site.arguments.positional, dict(site.arguments.keywords)
    receiver = (UNKNOWN,) if site.spelling.endswith("partialmethod") else ()
    for number, value in enumerate(positional):
        if _is_function(value):
            beside = (*receiver, *positional[number + 1 :])
            yield value, Arguments(beside, site.arguments.keywords, site.arguments.star)
            break
    for name in _TARGETS:
        if name in keywords and _is_function(keywords[name]):
            yield keywords[name], _unpacked(keywords.get("args"), keywords.get("kwargs"))


def _queued(site: Site, task: Value | None) -> Iterator[tuple[Value, Arguments]]:
    """`task.delay(row)`, `task.apply_async(args=(row,))`: the task, and what it will be given."""
    if not isinstance(task, Function) or not task.decorators or task.receiver is not None:
        return
    arguments = site.arguments
    args, kwargs = arguments.get(-1, "args"), arguments.get(-1, "kwargs")
    if site.method.startswith("apply"):
        args, kwargs = arguments.get(0, "args"), arguments.get(1, "kwargs")
    if args is not None or kwargs is not None:
        arguments = _unpacked(args, kwargs)
    first = next(iter(parameters(task.node.params)), None)
    if first is not None and first.name == "self":  # the decorator hands it over
        arguments = replace(arguments, positional=(UNKNOWN, *arguments.positional))
    yield task, arguments


def _unpacked(args: Value | None, kwargs: Value | None) -> Arguments:
    """`*args, **kwargs`"""
    given = containers.listed(args or Mapping())
    return Arguments(
        given.items if given is not None else (),
        kwargs.items if isinstance(kwargs, Mapping) else (),
        given.rest if given is not None else args,
    )


def _called(site: Site, callee: Value, arguments: Arguments) -> Value:
    """`executor.map(function, rows)` calls it for each of them, any other call once."""
    if site.method.startswith("starmap"):
        return iterations.starmapped(site, callee, *arguments.positional[:1])
    if "map" in site.method:
        return iterations.mapped(site, callee, *arguments.positional)
    return site.call(callee, arguments)


def _is_function(value: Value) -> bool:
    return any(
        isinstance(option, Function)
        or (isinstance(option, Ref) and sinks.PARTIAL.match(option.name) is not None)
        for option in options(value)
    )
