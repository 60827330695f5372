"""Whether a database that was named for the proofs holds somebody's payments."""

from __future__ import annotations

from outbox_guard.live.catalog.objects import Table, tables
from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.connecting import connected
from outbox_guard.live.servers.targets import Target
from outbox_guard.names import Outbox

_SECONDS = 30


def refuse_production(target: Target, outbox: Outbox) -> None:
    """Raises LiveError where the database has rows in an outbox table, or does not tell.

    The proofs make databases of their own beside it; but who names a database that is in use has
    named a server that is in use, and its roles are those of the payments.
    """
    from psycopg import sql

    with connected(target) as connection:
        connection.read_only = True
        connection.execute(f"SET LOCAL statement_timeout = '{_SECONDS}s'")
        connection.execute("SET LOCAL row_security = off")
        for table in tables(connection, (*outbox.pending, *outbox.attempts)):
            name = sql.Identifier(table.schema, table.name)
            query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(name)
            if connection.execute(query).fetchall() != [(False,)]:
                raise LiveError(_refusal(target, table))


def _refusal(target: Target, table: Table) -> str:
    return (
        f"{target.shown} ({target.said_by}) has rows in {table}: it looks like a database in use."
        " Name one on a server for tests, or give --embedded for a server of its own"
    )
