"""Selects: which tables they read, and whose locked rows they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.orm.keys import become_keys, keys_in
from outbox_guard.frontends.python.orm.models import models_in, select
from outbox_guard.frontends.python.values.combining import locked_in
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Column,
    Constant,
    Items,
    Query,
    Ref,
    Unknown,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

LOCKS = re.compile(r"FOR\s+(?:NO\s+KEY\s+)?UPDATE\b.*\bSKIP\s+LOCKED", re.IGNORECASE | re.DOTALL)


def selected(site: Site) -> Query:
    """A select of everything that the call is given."""
    flat: list[Value] = []
    for value in site.arguments.positional:
        flat.extend(value.items if isinstance(value, Items) else (value,))
    models = [next(models_in(site.machine, value), None) for value in flat]
    of = next((model.of for model in models if model is not None), None)
    entities = tuple(select(m).entities[0] if m is not None else None for m in models)
    return reading(site, Query("select", of=of, entities=entities, columns=tuple(flat)), flat)


def reading(site: Site, query: Query, values: Iterable[Value]) -> Query:
    """The query, with the tables that these values belong to."""
    for value in values:
        tables: list[str] = []
        for option in options(value):
            match option:
                case Column(table=table):
                    tables.append(table)
                case Query(reads=reads):
                    tables.extend(reads)
                case Class() | Ref():
                    tables.extend(model.table for model in models_in(site.machine, option))
        reads = tuple(dict.fromkeys((*query.reads, *tables)))
        query = replace(query, table=query.table or next(iter(tables), ""), reads=reads)
    return replace(query, locked=locked_of(query.locked, values))


def locked_of(known: tuple[str, ...], values: Iterable[Value]) -> tuple[str, ...]:
    found = (table for value in values for table in locked_in(value))
    return tuple(dict.fromkeys((*known, *found)))


def queried(site: Site) -> Query | None:
    """`session.query(Model)`: only of an outbox table."""
    query = selected(site)
    return query if query.table else None


def narrowed(site: Site, query: Query) -> Query:
    """Conditions, joins, limits and locks keep a select a select."""
    query = conditioned(site, reading(site, query, site.arguments.positional))
    if _skips_locked(site):
        pending = filter(site.machine.judge.names.is_pending, _of(site, query))
        query = replace(query, locked=tuple(dict.fromkeys((*query.locked, *pending))))
    if query.locked and query.keys:
        become_keys(site, query.keys, query.locked)
    return query


def conditioned(site: Site, query: Query) -> Query:
    """The query, with what this step compares the key of its rows with."""
    keys = keys_in(site, query)
    return replace(query, keys=(*query.keys, *keys)) if keys else query


def _skips_locked(site: Site) -> bool:
    """Whether this step locks rows for update and skips those that are locked."""
    arguments = site.arguments
    if any(isinstance(v, Text) and LOCKS.search(v.known or "") for v in arguments.positional):
        return True
    if "for_update" not in site.method and "lock" not in site.method:
        return False
    # Django's select_for_update(nowait, skip_locked), SQLAlchemy's (nowait, read, of, skip_locked).
    skips = arguments.get(1 if site.method.startswith("select") else 3, "skip_locked")
    return _may_be_true(skips or arguments.rest) and not is_true(arguments.get(-1, "read"))


def _may_be_true(value: Value | None) -> bool:
    return value is not None and any(
        not isinstance(option, Constant) or bool(option.value) for option in options(value)
    )


def is_true(value: Value | None) -> bool:
    return value == Constant(True)


def _of(site: Site, query: Query) -> Iterator[str]:
    """The tables whose rows a locking clause locks."""
    named = site.arguments.get(-1, "of")
    values = named.items if isinstance(named, Items) else () if named is None else (named,)
    if not values or Text() in values:
        yield from query.reads
    for value in values:
        match value:
            case Text(known="self"):
                yield query.table
            case Text():
                pass  # Django: what a foreign key leads to
            case Unknown(name=name) if "." not in name:
                yield from query.reads
            case _:
                yield from reading(site, Query("select"), [value]).reads
