"""Databases for tests, on the server that they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql

from outbox_guard.live.servers.server import Server

ATTEMPT = """
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id,
    idempotency_key, participant_id, sequence_id, rail, payload, worker_id)
VALUES (gen_random_uuid(), 1, '{state}', 'instruction', 'key', 'bank', 1, 'sepa', '{{}}', 'worker')
"""


@dataclass(frozen=True)
class Scratch:
    """Makes databases, each with a name of its own."""

    server: Server
    _numbers: count[int] = field(default_factory=count)

    def create(self, name: str, *statements: str, template: str = "template0") -> str:
        """A new database; returns its name."""
        fresh = f"{name}_{next(self._numbers)}"
        with psycopg.connect(self.server.conninfo, autocommit=True) as connection:
            names = map(sql.Identifier, (fresh, template))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        self.run(fresh, *statements)
        return fresh

    def run(self, database: str, *statements: str) -> None:
        with psycopg.connect(self.server.conninfo, dbname=database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, database: str, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.conninfo, dbname=database, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.server.folder}"
