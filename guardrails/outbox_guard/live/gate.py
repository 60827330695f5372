"""The regression gate: how many attempts are in a state that must never be written again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox_guard.live.catalog.objects import Table, tables
from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.connecting import Row, connected
from outbox_guard.live.servers.targets import Target
from outbox_guard.names import Outbox, Texts

if TYPE_CHECKING:
    from psycopg import Connection

SECONDS = 30  # that one count may take

_LABELS = """
SELECT e.enumlabel
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_enum e ON e.enumtypid = t.oid
 WHERE a.attrelid = %s::oid AND a.attname = %s AND NOT a.attisdropped
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows of a table are in a forbidden state."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the gate found in a database."""

    database: str
    states: Texts
    counts: tuple[Count, ...]

    @property
    def total(self) -> int:
        return sum(count.rows for count in self.counts)


def count_forbidden(target: Target, outbox: Outbox, *, seconds: int = SECONDS) -> Counted:
    """Ask the database, in a transaction that can only read.

    Raises LiveError where the question cannot be answered: that is never a zero.
    """
    with connected(target) as connection:
        connection.read_only = True
        with connection.transaction():
            # Row security that would hide rows becomes an error.
            connection.execute("SET LOCAL row_security = off")
            connection.execute(f"SET LOCAL statement_timeout = '{seconds}s'")
            asked = _attempts_tables(connection, outbox, target)
            counts = tuple(_count(connection, table, outbox) for table in asked)
    return Counted(database=target.shown, states=outbox.forbidden_states, counts=counts)


def _attempts_tables(
    connection: Connection[Row], outbox: Outbox, target: Target
) -> Sequence[Table]:
    """The tables that the configuration means; every one of its names must mean one."""
    for name in outbox.attempts:
        if not tables(connection, (name,)):
            says = f"has no table {name}; look at the URL and at `attempts` in [outbox]"
            raise LiveError(f"{target.shown} {says}")
    return tables(connection, outbox.attempts)


def _count(connection: Connection[Row], table: Table, outbox: Outbox) -> Count:
    from psycopg import sql

    column = outbox.state_column
    labels = [label for (label,) in connection.execute(_LABELS, (table.oid, column))]
    if not labels:
        says = f"has no column {column}; look at `state-column` in [outbox]"
        raise LiveError(f"{table} {says}")
    states = _possible(outbox.forbidden_states, labels)
    if not states:
        return Count(table=str(table), rows=0)
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} IN ({})").format(
        sql.Identifier(table.schema, table.name),
        sql.Identifier(column),
        sql.SQL(", ").join(map(sql.Literal, states)),
    )
    [(rows,)] = connection.execute(query).fetchall()
    return Count(table=str(table), rows=int(str(rows)))


def _possible(states: Iterable[str], labels: Sequence[object]) -> list[str]:
    """The states that the column can hold: an enum refuses to be asked for any other."""
    is_enum = labels != [None]
    return [state for state in states if not is_enum or state in labels]
