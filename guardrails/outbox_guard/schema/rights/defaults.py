"""What is granted on a thing when it is created: ALTER DEFAULT PRIVILEGES, and PostgreSQL's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from outbox_guard.facts import PUBLIC, UNKNOWN_NAME, Grant
from outbox_guard.schema.rights.acl import Acl, Entry, Standing, Statement
from outbox_guard.schema.rights.items import Kind
from outbox_guard.schema.rights.privileges import KnownPrivileges


class Defaults:
    """By who creates a thing, in which schema ("": in any), and of which kind it is."""

    def __init__(self, privileges: KnownPrivileges) -> None:
        self._privileges = privileges
        self._by: dict[tuple[str, str, Kind], Acl] = {}

    def initial(self, kind: Kind, schema: str, maker: str, by: Statement) -> Acl:
        """What the defaults of whoever creates it give, else what PostgreSQL gives."""
        acl = self._by.get((maker, "", kind)) or self.built_in(maker, kind)
        # What was said of a schema that is not known is in doubt.
        for place in (schema, UNKNOWN_NAME):
            here = self._by.get((maker, place, kind))
            acl = acl.merged(here) if here is not None else acl
        entries = {
            entry: standing if standing.by else replace(standing, by=(by,))
            for entry, standing in acl.entries.items()
        }
        return replace(acl, entries=entries)

    def built_in(self, owner: str, kind: Kind) -> Acl:
        """What PostgreSQL gives."""
        every = self._privileges.every(kind)
        entries = {Entry(owner, owner, privilege): Standing(()) for privilege in every}
        if kind == "function":
            entries[Entry(PUBLIC, owner, "EXECUTE")] = Standing(())
        return Acl(owner, entries)

    def alter(self, maker: str, roles: Sequence[str], fact: Grant, by: Statement) -> None:
        """ALTER DEFAULT PRIVILEGES, for one of those who create things."""
        privileges = tuple(self._privileges.meant(fact))
        for schema in fact.schemas or ("",):
            key = (maker, schema, fact.kind)
            acl = self._by.get(key, Acl(maker) if schema else self.built_in(maker, fact.kind))
            if fact.change == "grant":
                doubt = by if schema == UNKNOWN_NAME else None
                acl = acl.granted(maker, roles, privileges, Standing((by,), fact.option, doubt))
            else:
                acl = acl.revoked(
                    maker, roles, privileges, only_option=fact.option, cascade=fact.cascade
                )
            self._by[key] = acl

    def concern(self, role: str) -> bool:
        """Whether they give a role anything, or are of what it creates."""
        return any(role in acl.roles for acl in self._by.values())

    def rename(self, old: str, new: str) -> None:
        """ALTER ROLE … RENAME"""
        self._by = {
            (new if maker == old else maker, schema, kind): acl.renamed(old, new)
            for (maker, schema, kind), acl in self._by.items()
        }

    def disown(self, role: str) -> None:
        """DROP OWNED BY"""
        self._by = {key: acl.without(role) for key, acl in self._by.items() if key[0] != role}
