"""The privileges that there are on tables and on functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from outbox_guard.facts import Grant
from outbox_guard.schema.rights.items import Kind

OF_TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_OF_COLUMNS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
_MAINTAIN_SINCE = 17


@dataclass(frozen=True, slots=True)
class KnownPrivileges:
    """Those that a version of PostgreSQL knows."""

    version: int

    def every(self, kind: Kind) -> tuple[str, ...]:
        if kind == "function":
            return ("EXECUTE",)
        return (*OF_TABLES, "MAINTAIN") if self.version >= _MAINTAIN_SINCE else OF_TABLES

    def meant(self, fact: Grant) -> Iterator[str]:
        """Those of a GRANT or REVOKE, with all that ALL stands for."""
        for privilege in fact.privileges:
            what, _, column = privilege.partition(" ")
            if what != "ALL":
                yield privilege
            elif column:
                yield from (f"{each} {column}" for each in _OF_COLUMNS)
            else:
                yield from self.every(fact.kind)
