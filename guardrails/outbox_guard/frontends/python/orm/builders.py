"""Tables that code names by a text, where no class declares them: query builders and clients."""

from __future__ import annotations

import re
from dataclasses import replace

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.orm import statements
from outbox_guard.frontends.python.orm.models import models_in, table_named
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Function,
    Items,
    Mapping,
    Object,
    Ref,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

# Methods that begin a query of the table that they are given.
NAMES = frozenset(("table", "from_", "into"))
# What has tables too, and is no PostgreSQL.
_OTHERS = ("aioboto3", "boto3", "clickhouse", "duckdb", "google.", "lancedb", "rich", "snowflake")


# Methods that write to it, where they are given anything else as well.
WRITES = frozenset(("insert", "insert_many", "upsert", "update", "delete"))
_DATABASE = re.compile(r"_*(?:\w+_)?(?:db|database|conn|connection|cur|cursor|tx|transaction)\Z")


def named(site: Site, receiver: Value) -> Value | None:
    """`client.table("payment_outbox_pending")`, `Query.into(pending)`: the table; else None."""
    first = site.arguments.get(0, "table", "table_name")
    if first is None or _is_another(receiver, site.method):
        return None
    model = next(models_in(site.machine, first), None)
    return _table(site, first) or (None if model is None else model.of)


def written_to(site: Site, receiver: Value) -> Value | None:
    """`db.insert("payment_outbox_pending", state="…")`: what the write is; else None."""
    owner = site.spelling.removesuffix(f".{site.method}").rpartition(".")[2]
    first, *others = site.arguments.positional or (UNKNOWN,)
    if not (others or site.arguments.keywords) or not _DATABASE.match(owner):
        return None
    table = None if _is_another(receiver, site.method) else _table(site, first)
    if table is None:
        return None
    given = replace(site.arguments, positional=tuple(others))
    return statements.on_table(replace(site, arguments=given), table)


def _table(site: Site, value: Value) -> Ref | None:
    """The outbox table that a text names."""
    for option in options(value):
        if isinstance(option, Text) and option.known:
            name = option.known.rpartition(".")[2]
            if site.machine.judge.names.is_guarded(name):
                return table_named(name)
    return None


def _is_another(receiver: Value, method: str) -> bool:
    """Whether it is no query that begins: a method of the project, another kind of database."""
    match receiver:
        case Items() | Mapping() | Text():
            return True
        case Object(of=cls) | (Class() as cls):
            return isinstance(cls.find(method), Function)
    return written(receiver).startswith(_OTHERS)
