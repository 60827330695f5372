"""Who runs the statements of a file, and where names without a schema are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from outbox_guard.facts import UNKNOWN_NAME, Session

APPLIER = ""  # the role that applies the schema; no file says its name
_NOWHERE = ("$user", "pg_catalog", "pg_temp", UNKNOWN_NAME)


@dataclass(frozen=True, slots=True)
class Runner:
    """The user of the session and the role that it has taken on."""

    login: str = APPLIER
    role: str = APPLIER
    lasting: str = APPLIER  # the role when the transaction has ended
    path: tuple[str, ...] = ("public",)

    def after(self, fact: Session) -> Runner:
        named = fact.names[0] if fact.names and fact.names[0] != UNKNOWN_NAME else APPLIER
        match fact.change:
            case "login":
                return replace(self, login=named, role=named, lasting=named)
            case "role":
                role = named or self.login
                return replace(self, role=role, lasting=self.lasting if fact.local else role)
            case "path":
                named_schemas = tuple(name for name in fact.names if name not in _NOWHERE)
                return replace(self, path=named_schemas or ("public",))
            case "end":
                return replace(self, role=self.lasting)

    def named(self, role: str) -> str:
        """The role that CURRENT_USER and its kin stand for here."""
        match role:
            case "CURRENT_USER":
                return self.role
            case "SESSION_USER":
                return self.login
            case _:
                return role
