"""What killed runs have left on a server, taken away."""

from __future__ import annotations

from typing import Literal

from outbox_guard.live.servers.admin import Admin
from outbox_guard.live.servers.ours import orphans, roles_with
from outbox_guard.live.servers.stopping import undisturbed


def clear(admin: Admin) -> tuple[str, ...]:
    """Drop the databases of runs that are gone, and the roles made with them; tells which.

    What somebody uses stays for the next time.
    """
    left = list(orphans(admin))
    roles = dict.fromkeys(role for name in left for role in roles_with(admin, name))
    with undisturbed():
        gone = [name for name in left if _dropped(admin, "DATABASE", name)]
        kept = set(left).difference(gone)
        return (*gone, *(role for role in roles if not kept and _dropped(admin, "ROLE", role)))


def _dropped(admin: Admin, kind: Literal["DATABASE", "ROLE"], name: str) -> bool:
    from psycopg import errors, sql

    statement = sql.SQL("DROP {} IF EXISTS {}").format(sql.SQL(kind), sql.Identifier(name))
    try:
        admin.execute(statement)
    except (errors.ObjectInUse, errors.DependentObjectsStillExist, errors.InsufficientPrivilege):
        return False
    return True
