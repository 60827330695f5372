"""Tables that code names by a text, where no class declares them: query builders and clients."""

from __future__ import annotations

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.orm.models import models_in, table_named
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Function,
    Items,
    Mapping,
    Object,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

# Methods that begin a query of the table that they are given.
NAMES = frozenset(("table", "from_", "into"))
# What has tables too, and is no PostgreSQL.
_OTHERS = ("aioboto3", "boto3", "clickhouse", "duckdb", "google.", "lancedb", "rich", "snowflake")


def named(site: Site, receiver: Value) -> Value | None:
    """`client.table("payment_outbox_pending")`, `Query.into(pending)`: the table; else None."""
    first = site.arguments.get(0, "table", "table_name")
    if first is None or _is_another(receiver, site.method):
        return None
    for option in options(first):
        if isinstance(option, Text) and option.known:
            name = option.known.rpartition(".")[2]
            if site.machine.judge.names.is_guarded(name):
                return table_named(name)
    model = next(models_in(site.machine, first), None)
    return None if model is None else model.of


def _is_another(receiver: Value, method: str) -> bool:
    """Whether it is no query that begins: a method of the project, another kind of database."""
    match receiver:
        case Items() | Mapping() | Text():
            return True
        case Object(of=cls) | (Class() as cls):
            return isinstance(cls.find(method), Function)
    return written(receiver).startswith(_OTHERS)
