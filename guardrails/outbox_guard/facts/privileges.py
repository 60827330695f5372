"""Who may do what: roles, grants and owners, and what they add up to.

Names of roles and objects that are not known are UNKNOWN_NAME.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Fact
from outbox_guard.facts.declarations import Declaration

PUBLIC = "PUBLIC"  # among roles: everybody
How = Literal["directly", "PUBLIC", "ALL TABLES", "membership", "default", "owner", "attribute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Fact):
    """Who runs what follows in a file, and where names without a schema are there."""

    change: Literal["role", "login", "path", "end"]  # end: of what was SET LOCAL
    names: tuple[str, ...] = ()  # the role, or the schemas; none where it is as at the beginning
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(Declaration):
    """ALTER TABLE or FUNCTION … OWNER TO."""

    kind: Literal["table", "function"]
    name: str
    identity: str = ""  # of a function; "" when the argument types were left out
    owner: str
    words: str = ""  # the statement on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Declaration):
    """CREATE, ALTER, DROP ROLE (USER, GROUP); REASSIGN OWNED BY, DROP OWNED BY."""

    change: Literal["create", "alter", "rename", "drop", "reassign", "disown"]
    name: str
    superuser: Literal["", "yes", "no"] = ""
    inherit: Literal["", "yes", "no"] = ""
    to: str = ""  # its new name, or who gets what it owned
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Declaration):
    """GRANT role TO role, REVOKE role FROM role."""

    change: Literal["grant", "revoke", "limit"]  # limit: REVOKE INHERIT OPTION FOR
    roles: tuple[str, ...]
    members: tuple[str, ...]
    inherit: Literal["", "yes", "no"] = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Declaration):
    """GRANT or REVOKE of privileges, on what there is or as a default for what comes."""

    change: Literal["grant", "revoke"]
    kind: Literal["table", "function"]
    privileges: tuple[str, ...]  # "UPDATE", "UPDATE (state)", "ALL"
    roles: tuple[str, ...]
    objects: tuple[str, ...] = ()  # as they are named: "schema.name(type, type)"
    routines: Literal["any", "functions", "procedures"] = "any"  # of ALL … IN SCHEMA
    schemas: tuple[str, ...] = ()  # ALL TABLES IN SCHEMA these; of a default: IN SCHEMA these
    option: bool = False  # WITH GRANT OPTION; of a REVOKE: only the option goes
    cascade: bool = False
    default: bool = False  # ALTER DEFAULT PRIVILEGES
    makers: tuple[str, ...] = ()  # FOR ROLE
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege(Fact):
    """What a statement lets a role do with an outbox table, after all of `schema/`."""

    role: str
    table: str
    kind: Literal["pending", "attempts", "sequences"]
    privileges: tuple[str, ...]
    how: How
    chain: str  # the statements that together give it
    forbidden: bool = False
    breach: str = ""  # all that its statement gives to anyone against the configuration
    remedy: str = ""  # SQL that takes it all away, where that is certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute(Fact):
    """A role may call an outbox function, after all of `schema/`; `place` is CREATE FUNCTION."""

    function: str
    identity: str
    role: str
    chain: str
    configured: bool = False
    tables: tuple[str, ...] = ()  # the outbox tables that its body names
    remedy: str = ""  # SQL that takes it away
