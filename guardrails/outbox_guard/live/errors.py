"""What stops a live run: said to the user, with status 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from outbox_guard.errors import UsageError


class LiveError(UsageError):
    """A server, a database or a schema that cannot be asked; the message says what to mend."""


@contextmanager
def driver_needed() -> Iterator[None]:
    """Around the import of the driver, which only the extra brings."""
    try:
        yield
    except ImportError as error:
        says = "pip install 'outbox-guard[live]'"
        raise LiveError(f"PostgreSQL's driver is not here ({error}): {says}") from error
