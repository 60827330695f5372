"""Connections, and what to say when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from outbox_guard.live.errors import LiveError, driver_needed
from outbox_guard.live.servers.targets import Target

if TYPE_CHECKING:
    from psycopg import Connection, IsolationLevel

Row = tuple[object, ...]


@contextmanager
def connected(target: Target, *, autocommit: bool = False) -> Iterator[Connection[Row]]:
    """A connection for the block.

    Raises LiveError for whatever the server or the network says, then and in the block.
    """
    with driver_needed():
        import psycopg

    try:
        connection = psycopg.connect(**target.parameters, autocommit=autocommit)  # type: ignore[arg-type]  # all are libpq's, as text
    except psycopg.Error as error:
        raise LiveError(f"{target.shown} ({target.said_by}): {_told(error, target)}") from None
    try:
        yield connection
    except psycopg.Error as error:
        raise _first(error) or LiveError(f"{target.shown}: {_told(error, target)}") from error
    finally:
        connection.close()


def one_moment() -> IsolationLevel:
    """For a transaction whose questions are all answered as of its first."""
    from psycopg import IsolationLevel

    return IsolationLevel.REPEATABLE_READ


def _first(error: BaseException) -> LiveError | None:
    """What went wrong before cleaning up after it went wrong as well."""
    while error.__context__ is not None:
        error = error.__context__
        if isinstance(error, LiveError):
            return error
    return None


def _told(error: Exception, target: Target) -> str:
    """The driver's message on one line."""
    lines = (line.strip() for line in str(error).splitlines())
    return target.masked("; ".join(line for line in lines if line)) or type(error).__name__
