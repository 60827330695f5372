"""Which databases of a server are ours, and whether the run that made them is still there.

A run that is killed drops nothing. Its databases are known by their names, which nobody else
gives: a key of the run, a number, and a checksum of both. The run holds an advisory lock by that
key from before it makes the first, and the server lets go of the lock with the run's session.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from hashlib import sha256

from outbox_guard.live.servers.admin import Admin

PREFIX = "outbox_guard_"
_NAME = re.compile(rf"{PREFIX}(?P<key>[0-9a-f]{{8}})_(?P<number>\d+)_[0-9a-f]{{8}}")
_SPACE = 0x6F75_7462  # of the locks: "outb"
_HELD = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
                  AND (classid::bigint, objid::bigint) = (%s, %s))
"""
_KNOWN = """
SELECT datname::text FROM pg_database
 WHERE datname ^@ %s AND pg_has_role(current_user, datdba, 'MEMBER') ORDER BY datname
"""
_TOLD = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"


def name_of(key: str, number: int) -> str:
    checksum = sha256(f"outbox-guard {key} {number}".encode()).hexdigest()[:8]
    return f"{PREFIX}{key}_{number}_{checksum}"


def key_of(name: str) -> str | None:
    """The key of the run that made the database of this name; None where none of ours did."""
    found = _NAME.fullmatch(name)
    if found is None or name != name_of(found["key"], int(found["number"])):
        return None
    return found["key"]


def take_key(admin: Admin) -> str:
    """A key for a run, which holds it as long as its session lasts."""
    while True:
        key = secrets.token_hex(4)
        signed = int.from_bytes(bytes.fromhex(key), signed=True)
        query = "SELECT pg_try_advisory_lock(%s, %s)"
        if admin.execute(query, (_SPACE, signed)).fetchall() == [(True,)]:
            return key


def orphans(admin: Admin) -> Iterator[str]:
    """The databases of runs that are gone, as far as they are the user's to drop."""
    for (name,) in admin.execute(_KNOWN, (PREFIX,)).fetchall():
        key = key_of(str(name))
        # The lock was taken before the database was made: who does not hold it now is gone.
        if key is not None and admin.execute(_HELD, (_SPACE, int(key, 16))).fetchall() == [
            (False,)
        ]:
            yield str(name)


def remark(created: list[str]) -> str:
    """What a database says of itself: the roles that were made with it."""
    return json.dumps({"made by": "outbox-guard prove", "roles": created})


def roles_with(admin: Admin, database: str) -> list[str]:
    """The roles that were made with a database of ours, as far as the run came to say so."""
    [(told,)] = admin.execute(_TOLD, (database,)).fetchall() or [(None,)]
    try:
        roles = json.loads(str(told))["roles"]
    except (ValueError, KeyError, TypeError):  # killed before it was said
        return []
    return [str(role) for role in roles]
