"""What ORM calls read and write: SQLAlchemy and Django."""

from __future__ import annotations

from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import Value


def method(site: Site, receiver: Value) -> Value | None:
    """A method call of an ORM's object; None for any other."""
    return None


def function(site: Site, callee: Value) -> Value | None:
    """A call of an ORM's function; None for any other."""
    return None
