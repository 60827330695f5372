"""What functions of Python's own make of what can be looped over, one row each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.evaluation import operators
from outbox_guard.frontends.python.evaluation.displays import iterate, turns
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import each
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Constant,
    Items,
    Mapping,
    Query,
    Value,
    join,
)

PAIR = 2  # what is called, and what over


def _collected(site: Site) -> Value | None:
    """`list(value)`, of a dict its keys, and `list()`, which is empty."""
    if not site.arguments.all:
        return Items()
    return each(site.arguments.get(0) or UNKNOWN, lambda value: containers.listed(value) or value)


def _iterated(site: Site) -> Value | None:
    """`iter(value)`, and `iter(cursor.fetchone, None)`: what it returns, again and again."""
    match site.arguments.positional:
        case (called, _):
            return Items((), site.call(called, Arguments()))
    return site.arguments.get(0)


def _filtered(site: Site) -> Value | None:
    """`filter(test, values)`: any of them may stay."""
    return site.arguments.get(1)


def _next(site: Site) -> Value | None:
    value = site.arguments.get(0)
    return iterate(value) if isinstance(value, Items | Mapping | Query) else value


def _enumerated(site: Site) -> Value | None:
    value = site.arguments.get(0)
    if value is None:
        return None
    start, held = site.arguments.get(1, "start") or Constant(0), containers.listed(value)
    match start, held:
        case Constant(value=int(first)), Items(items=items, rest=None) if items:
            return Items(tuple(Items((Constant(n), v)) for n, v in enumerate(items, first)))
    return Items((), Items((UNKNOWN, iterate(value))))


def _counted(site: Site) -> Value | None:
    """`len(value)`"""
    value = site.arguments.get(0) or UNKNOWN
    site.machine.judge.explain(value)  # a text that is measured runs nowhere
    held = containers.listed(value)
    return Constant(len(held.items)) if held is not None and held.rest is None else None


def _zipped(site: Site) -> Value:
    """Row by row where every row is known; `repeat(x)` goes with any."""
    columns = site.arguments.positional
    if site.arguments.spread is not None:  # `zip(*rows)` gives their columns
        return Items((), site.arguments.spread)
    known = [column.items for column in columns if isinstance(column, Items) and column.items]
    endless = [column for column in columns if isinstance(column, Items) and column.rest]
    if known and len(known) + len(endless) == len(columns):
        rows = range(min(map(len, known)))
        return Items(tuple(Items(tuple(_at(c, row) for c in columns)) for row in rows))
    return _product(site)


def _at(column: Value, row: int) -> Value:
    return containers.element(column, Constant(row)) or UNKNOWN


def _chained(site: Site) -> Value:
    """`chain(a, b)`, and `ChainMap(a, b)`, in which the first counts."""
    result: Value | None = None
    for value in site.arguments.positional:
        more = containers.listed(value) or Items((), iterate(value))
        result = more if result is None else operators.add(result, more)
    return result or Items()


def _chained_maps(site: Site) -> Value:
    result = Mapping()
    for value in reversed(site.arguments.positional):
        result = result.merge(value if isinstance(value, Mapping) else Mapping((), UNKNOWN))
    return result


def _flattened(site: Site) -> Value:
    """`chain.from_iterable(parts)`"""
    parts = site.arguments.get(0)
    if not isinstance(parts, Items) or parts.rest is not None:
        return Items((), iterate(iterate(parts or UNKNOWN)))
    return _chained(dataclasses.replace(site, arguments=Arguments(parts.items)))


def _repeated(site: Site) -> Value | None:
    """`repeat(x)`, `repeat(x, 3)`"""
    value, times = site.arguments.get(0), site.arguments.get(1, "times")
    if value is None:
        return None
    return Items((), value) if times is None else operators.multiply(Items((value,)), times)


def _product(site: Site) -> Value:
    return Items((), Items(tuple(map(iterate, site.arguments.positional))))


def mapped(site: Site, called: Value, *over: Value) -> Value:
    """`map(called, values, …)`"""
    given = [turns(value) for value in over]
    rows = zip(*(items.items for items in given), strict=False)
    rounds = [site.call(called, Arguments(row)) for row in rows]
    return _rounds(rounds, endless=any(items.rest is not None for items in given))


def starmapped(site: Site, called: Value, *over: Value) -> Value:
    """`starmap(called, rows)`: each row is what one call is given."""
    rounds: list[Value] = []
    for row in (turn for value in over for turn in turns(value).items):
        given = containers.spread(row)
        rounds.append(site.call(called, Arguments(given.items, star=given.rest)))
    return _rounds(rounds, endless=any(turns(value).rest is not None for value in over))


def _rounds(rounds: list[Value], *, endless: bool) -> Value:
    return Items((), join(rounds)) if endless else Items(tuple(rounds))


def _mapped(site: Site) -> Value | None:
    given = site.arguments.positional
    return None if len(given) < PAIR else mapped(site, *given)


def _starmapped(site: Site) -> Value | None:
    given = site.arguments.positional
    return None if len(given) < PAIR else starmapped(site, *given)


def _reduced(site: Site) -> Value | None:
    match site.arguments.positional:
        case (called, Items(items=items, rest=None), *_) if items:
            first, *others = (*site.arguments.positional[PAIR:], *items)
            for other in others:
                first = site.call(called, Arguments((first, other)))
            return first
    return None


Conversion = Callable[[Site], Value | None]
ITERATIONS: dict[str, Conversion] = {
    **dict.fromkeys(("list", "tuple", "set", "frozenset", "deque"), _collected),
    **dict.fromkeys(("next", "anext"), _next),
    "filter": _filtered,
    "iter": _iterated,
    "ChainMap": _chained_maps,
    "chain": _chained,
    "from_iterable": _flattened,
    "repeat": _repeated,
    "enumerate": _enumerated,
    "len": _counted,
    "map": _mapped,
    "starmap": _starmapped,
    "product": _product,
    "reduce": _reduced,
    "zip": _zipped,
}
