"""SQL to paste: what takes away what was granted, where that is certain."""

from __future__ import annotations

from collections.abc import Iterable

from outbox_guard.facts import PUBLIC
from outbox_guard.schema.identifiers import quoted
from outbox_guard.schema.rights.acl import Entry
from outbox_guard.schema.rights.held import Held
from outbox_guard.schema.rights.items import Item

_REVOCABLE = ("directly", "PUBLIC", "ALL TABLES", "default")


def revocations(held: Iterable[Held]) -> str:
    """A REVOKE for each table and role; "" where one of them is not enough.

    What a role has from others, owns, or was given by another than the owner, is not for one
    statement to take away: which of them is too much, people have to say.
    """
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for each in held:
        if each.how not in _REVOCABLE or each.grantor != each.item.acl.owner:
            return ""
        grantee = PUBLIC if each.how == "PUBLIC" else quoted(each.role)
        wanted.setdefault((_table(each.item), grantee), {})[_privilege(each.privilege)] = None
    return "\n".join(
        f"REVOKE {', '.join(privileges)} ON {table} FROM {grantee};"
        for (table, grantee), privileges in wanted.items()
    )


def revocation(item: Item, entry: Entry) -> str:
    """Of EXECUTE on a function or procedure."""
    if entry.grantor != item.acl.owner:
        return ""
    grantee = PUBLIC if entry.grantee == PUBLIC else quoted(entry.grantee)
    name = _qualified(item, quoted(item.bare)) + item.name[len(item.bare) :]
    return f"REVOKE ALL ON ROUTINE {name} FROM {grantee};"


def _table(item: Item) -> str:
    return _qualified(item, quoted(item.name))


def _qualified(item: Item, name: str) -> str:
    return name if item.schema == "public" else f"{quoted(item.schema)}.{name}"


def _privilege(privilege: str) -> str:
    """UPDATE, or UPDATE (state)."""
    name, _, column = privilege.partition(" ")
    return f"{name} ({quoted(column[1:-1])})" if column else name
