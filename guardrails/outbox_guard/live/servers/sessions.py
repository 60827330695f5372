"""Sessions that a proof runs side by side: each sends one statement and need not wait for it."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.admin import Admin

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

_GLANCE = 0.005  # seconds between two looks at a statement that is neither done nor waiting
_PATIENCE = 120.0  # seconds after which it never will be
# The server's own troubles prove nothing: resources, shutdown, system, internal, connection.
_TROUBLE = ("53", "57P", "58", "XX", "08")

Cells = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement."""

    sqlstate: str = ""  # "" where it succeeded
    message: str = ""
    rows: tuple[Cells, ...] = ()

    @property
    def is_trouble(self) -> bool:
        return self.sqlstate.startswith(_TROUBLE)


@dataclass(slots=True)
class Session:
    """One connection; what it was sent last may still be running."""

    name: str
    connection: PGconn
    running: bool = False
    ended: bool = False  # by the proof
    data: bytes | None = None  # what a COPY … FROM STDIN that is running takes

    @property
    def pid(self) -> int:
        return self.connection.backend_pid

    def send(self, sql: str, parameters: Iterable[str | None] = ()) -> None:
        values = [None if value is None else value.encode() for value in parameters]
        try:
            if values:
                self.connection.send_query_params(sql.encode(), values)
            else:
                self.connection.send_query(sql.encode())
        except _driver_error() as error:
            raise _gone(self.name, str(error)) from error
        self.running = True

    @property
    def is_done(self) -> bool:
        """Whether there is an outcome to be taken."""
        try:
            self.connection.consume_input()
        except _driver_error():
            return True  # the connection is lost: its outcome says so
        return not self.connection.is_busy()

    def outcome(self) -> Outcome:
        """Of the statement that is done; of several, the first error or else the last."""
        self.running = False
        last = Outcome()
        while (result := self.connection.get_result()) is not None:
            self._copy(result)
            if not last.sqlstate:
                last = _outcome_of(result)
        if not self.ended and self._is_broken:
            raise _gone(self.name, last.message)
        return last

    def _copy(self, result: PGresult) -> None:
        """Serve a COPY, which else would wait for ever to be given or asked for data."""
        from psycopg.pq import ExecStatus

        if result.status == ExecStatus.COPY_IN:
            if self.data:
                self.connection.put_copy_data(self.data)
            self.connection.put_copy_end(None if self.data is not None else b"there is no data")
            self.data = None
        elif result.status == ExecStatus.COPY_OUT:
            while self.connection.get_copy_data(0)[0] > 0:
                pass

    @property
    def _is_broken(self) -> bool:
        from psycopg.pq import ConnStatus

        return self.connection.status == ConnStatus.BAD

    def run(self, sql: str, parameters: Iterable[str | None] = ()) -> Outcome:
        """Send it, and wait for it to be done."""
        self.send(sql, parameters)
        deadline = time.monotonic() + _PATIENCE
        while not self.is_done:
            if time.monotonic() > deadline:
                raise LiveError(f"the session {self.name} did not answer in {_PATIENCE:.0f} s")
            self.glance()
        return self.outcome()

    def glance(self) -> None:
        """Wait for news of the server, but not for long."""
        select.select([self.connection.socket], [], [], _GLANCE)

    def close(self) -> None:
        self.connection.finish()


def _outcome_of(result: PGresult) -> Outcome:
    from psycopg.pq import DiagnosticField, ExecStatus

    if result.status in (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE):
        state = result.error_field(DiagnosticField.SQLSTATE) or b"08006"
        primary = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or result.error_message
        return Outcome(state.decode(), primary.decode("utf-8", "replace").strip())
    rows = (
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
        for row in range(result.ntuples)
    )
    return Outcome(rows=tuple(rows))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _driver_error() -> type[Exception]:
    from psycopg import Error

    return Error


def _gone(name: str, message: str) -> LiveError:
    told = " ".join(message.split()) or "the connection is lost"
    return LiveError(f"the server went away under the session {name}: {told}")


@dataclass(slots=True)
class Observer:
    """Sees from outside whether a session waits for another one of the same proof."""

    admin: Admin
    sessions: dict[str, Session] = field(default_factory=dict)

    def settle(self, session: Session) -> bool:
        """Wait until it is done (True), or waits for another session (False)."""
        deadline = time.monotonic() + _PATIENCE
        while not session.is_done:
            if self._blockers(session):
                # It may have been done between the two questions.
                return session.is_done
            self._be_patient(session, deadline)
        return True

    def finish(self, session: Session) -> bool:
        """Wait until it is done (True), or for ever, since nobody it waits for is at work."""
        deadline = time.monotonic() + _PATIENCE
        while not session.is_done:
            blockers = self._blockers(session)
            if blockers and not any(self._is_at_work(each) for each in blockers):
                return session.is_done
            self._be_patient(session, deadline)
        return True

    def _is_at_work(self, session: Session) -> bool:
        """Will it go on by itself? Who waits for others may, once these are through."""
        return session.running

    def _be_patient(self, session: Session, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise LiveError(
                f"the session {session.name} is neither done nor waiting for another session"
                f" after {_PATIENCE:.0f} s"
            )
        session.glance()

    def _blockers(self, session: Session) -> list[Session]:
        [(pids,)] = self.admin.execute("SELECT pg_blocking_pids(%s)", (session.pid,)).fetchall()
        holding = set(pids) if isinstance(pids, list) else set()
        return [each for each in self.sessions.values() if each.pid in holding]

    def end(self, session: Session) -> None:
        """Terminate its backend, as the crash of a worker does, and wait until it is gone."""
        session.ended = True
        self.admin.execute("SELECT pg_terminate_backend(%s)", (session.pid,))
        self.wait_until_gone((session.pid,))

    def wait_until_gone(self, pids: Iterable[int]) -> None:
        wanted, deadline = list(pids), time.monotonic() + _PATIENCE
        query = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)"
        while self.admin.execute(query, (wanted,)).fetchall() != [(0,)]:
            if time.monotonic() > deadline:
                raise LiveError(f"a session did not end in {_PATIENCE:.0f} s")
            time.sleep(_GLANCE)
