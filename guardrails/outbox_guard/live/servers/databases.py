"""Databases of our own: made for a run, under names of their own, and dropped after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.admin import Admin
from outbox_guard.live.servers.connecting import connected
from outbox_guard.live.servers.ours import PREFIX, name_of, remark, take_key
from outbox_guard.live.servers.stopping import undisturbed
from outbox_guard.live.servers.targets import Target

if TYPE_CHECKING:
    from psycopg.pq import abc

_GLANCE, _PATIENCE = 0.005, 60.0  # seconds
_FORCE_SINCE = 130_000  # DROP DATABASE … WITH (FORCE)
_OPTIONS = "-c client_min_messages=warning -c statement_timeout=0 -c lock_timeout=0"


@dataclass
class Databases:
    """Makes databases on a server, and takes them away."""

    target: Target
    admin: Admin
    key: str  # of the run
    _numbers: count[int] = field(default_factory=count)

    @property
    def version(self) -> int:
        return self.admin.info.server_version // 10_000

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database for the block; a copy of the template."""
        name = name_of(self.key, next(self._numbers))
        try:
            self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
            yield name
        finally:
            with undisturbed():
                self._drop(name)

    def parameters(self, database: str) -> Mapping[str, str]:
        """How to connect to one of them."""
        return {**self.target.parameters, "dbname": database}

    def connect(self, database: str) -> abc.PGconn:
        """A connection without a layer above libpq: its statements need not be waited for."""
        from psycopg.conninfo import make_conninfo
        from psycopg.pq import ConnStatus, PGconn

        options = " ".join(filter(None, (self.target.parameters.get("options"), _OPTIONS)))
        own = {**self.parameters(database), "options": options, "application_name": PREFIX[:-1]}
        connection = PGconn.connect(make_conninfo("", **own).encode())
        if connection.status != ConnStatus.OK:
            told = " ".join(connection.error_message.decode("utf-8", "replace").split())
            raise LiveError(f"{self.target.shown}: {self.target.masked(told)}")
        return connection

    def say_roles(self, database: str, created: list[str]) -> None:
        """Let a database say which roles came with it, in case nobody is left to drop them."""
        self._execute("COMMENT ON DATABASE {} IS {}", database, text=remark(created))

    def wait_until_unused(self, database: str) -> None:
        """Of a database that somebody is connected to no copy can be made."""
        deadline = time.monotonic() + _PATIENCE
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        while self.admin.execute(query, (database,)).fetchall() != [(0,)]:
            if time.monotonic() > deadline:
                raise LiveError(f"somebody stays connected to {database}, which is ours")
            time.sleep(_GLANCE)

    def _drop(self, name: str) -> None:
        force = " WITH (FORCE)" if self.admin.info.server_version >= _FORCE_SINCE else ""
        self._execute(f"DROP DATABASE IF EXISTS {{}}{force}", name)

    def _execute(self, statement: str, *names: str, text: str = "") -> None:
        from psycopg import sql

        quoted = (sql.Identifier(name) for name in names)
        self.admin.execute(sql.SQL(statement).format(*quoted, *([sql.Literal(text)] * bool(text))))


@contextmanager
def databases(target: Target) -> Iterator[Databases]:
    """On the server of a target; nothing is done in the database that the target names."""
    with connected(target, autocommit=True) as connection:
        admin = Admin(connection)
        yield Databases(target, admin, take_key(admin))
