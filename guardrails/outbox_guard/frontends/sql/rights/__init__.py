"""All that a statement says of who may do what."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Fact
from outbox_guard.frontends.sql.declarations.site import Site
from outbox_guard.frontends.sql.rights.accounts import accounts
from outbox_guard.frontends.sql.rights.grants import grants
from outbox_guard.frontends.sql.rights.owners import owners
from outbox_guard.frontends.sql.rights.sessions import sessions

_RIGHTS = ("alter", "create", "drop", "grant", "reassign", "revoke")
_SESSION = ("abort", "commit", "end", "reset", "rollback", "set")


def rights(site: Site) -> Iterator[Fact]:
    """What is granted and revoked, to whom, and who grants and owns it."""
    first = site.tokens[0]
    if first.is_word(*_SESSION):
        yield from sessions(site)
    elif first.is_word(*_RIGHTS):
        yield from grants(site)
        yield from accounts(site)
        yield from owners(site)
