"""The connection over which databases are made and dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox_guard.live.servers.connecting import Row
from outbox_guard.live.servers.stopping import undisturbed

if TYPE_CHECKING:
    from psycopg import Connection, ConnectionInfo, Cursor
    from psycopg.abc import Params, QueryNoTemplate


@dataclass(frozen=True, slots=True)
class Admin:
    """An interruption waits for its statements: one that is cut short stays at work, and then
    nothing can be dropped over this connection any more."""

    connection: Connection[Row]

    def execute(self, query: QueryNoTemplate, values: Params | None = None) -> Cursor[Row]:
        with undisturbed():
            return self.connection.execute(query, values)

    @property
    def info(self) -> ConnectionInfo:
        return self.connection.info
