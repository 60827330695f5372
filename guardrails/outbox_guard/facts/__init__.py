"""The vocabulary: all that a frontend can say, and all that a rule can ask about.

A fact is a plain statement about the source, in no particular language. Frontends do the
understanding; rules only compare fields. Fields are text, numbers, flags and tuples of text,
never a syntax node, so facts hash, pickle, cache and print.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import UNKNOWN_NAME, Aside, Edit, Fact, Place, Zone
from outbox_guard.facts.declarations import (
    DOWNGRADES,
    UPGRADES,
    Check,
    Column,
    Comment,
    Constraint,
    Created,
    Declaration,
    DomainCheck,
    DomainDefault,
    Drop,
    EnumValue,
    Function,
    FunctionChange,
    Inclusion,
    Index,
    Lack,
    Migration,
    Rename,
    Rewriting,
    RowSecurity,
    Table,
    TakenBack,
    Thing,
    Trigger,
    TriggerMode,
    Use,
    ViewChange,
    Wanted,
)
from outbox_guard.facts.gates import (
    GateJob,
    GateKind,
    GateSetting,
    GateSoftening,
    GateStep,
    Workflow,
)
from outbox_guard.facts.operations import LegacyKey, LogCall, Relayer, Term
from outbox_guard.facts.privileges import (
    PUBLIC,
    Execute,
    Grant,
    How,
    Membership,
    Owner,
    Privilege,
    Role,
    Session,
)

# What stands in other files, and is found here as well.
__all__ = [
    "DOWNGRADES",
    "PUBLIC",
    "UNKNOWN_NAME",
    "UPGRADES",
    "Aside",
    "Check",
    "Column",
    "Comment",
    "Constraint",
    "Created",
    "Declaration",
    "DomainCheck",
    "DomainDefault",
    "Drop",
    "Edit",
    "EnumValue",
    "Execute",
    "Fact",
    "Function",
    "FunctionChange",
    "GateJob",
    "GateKind",
    "GateSetting",
    "GateSoftening",
    "GateStep",
    "Grant",
    "How",
    "Inclusion",
    "Index",
    "Lack",
    "LegacyKey",
    "LogCall",
    "Membership",
    "Migration",
    "Owner",
    "Place",
    "Privilege",
    "Relayer",
    "Rename",
    "Rewriting",
    "Role",
    "RowSecurity",
    "Session",
    "Table",
    "TakenBack",
    "Term",
    "Thing",
    "Trigger",
    "TriggerMode",
    "Use",
    "ViewChange",
    "Wanted",
    "Workflow",
    "Zone",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Fact):
    """Something changes the rows of a table: SQL text, an ORM call, a COPY, a column default.

    One fact is one verb: a statement whose CTEs write two tables gives two facts.
    """

    op: Literal["insert", "update", "delete", "merge", "copy", "truncate", "default", "assign"]
    table: str  # without its schema, folded as PostgreSQL folds it
    routine: str = ""  # identity of the DB function whose body holds it, "name(type, type)"
    claims_locked_rows: bool = False  # deletes rows of a pending table picked with SKIP LOCKED
    mutates: bool = False  # changes or removes rows that exist, as ON CONFLICT DO UPDATE does too
    states: tuple[str, ...] = ()  # every value that may reach the state column
    by_position: tuple[tuple[str, ...], ...] = ()  # values, of an INSERT without column names
    via: Literal["sql", "orm", "copy"] = "sql"
    standing: bool = False  # in a constant that was not seen to reach anything (see Explained)
    text: Place | None = None  # of a standing write: the literal in which the statement begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained(Fact):
    """A text constant reaches only things that do not run it: a log call, an exception.

    `place` is the literal's. The fold drops a standing fact whose text is only explained.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Fact):
    """An SQL statement that was found and followed."""

    verb: str  # its first keyword, or the main verb after WITH, in lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSwitch(Fact):
    """A statement, or an option of a connection, that changes or may change the current role."""

    statement: str  # "SET LOCAL ROLE", "set_config", "DISCARD ALL", … as a reader would name it
    role: str = ""  # the role switched to, where it is known
    routine: str = ""
    standing: bool = False
    text: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Fact):
    """A column that holds a time is compared with the clock; `place` is the operator."""

    column: str
    operator: str  # "=", "<=", "IS NOT DISTINCT FROM", …
    routine: str = ""
    edit: Edit | None = None  # what makes the moment that has come of the moment that is now
    standing: bool = False
    text: Place | None = None


SOME_TABLES = ("outbox tables",)  # where it is not known which


@dataclass(frozen=True, slots=True, kw_only=True)
class Undetermined(Fact):
    """SQL that names a guarded object and that could not be followed to the end."""

    reason: str
    tables: tuple[str, ...] = SOME_TABLES  # the guarded names in play
    routine: str = ""
    standing: bool = False
    text: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(Fact):
    """What came of trying a function of the outbox on a payment in each of its states."""

    role: Literal["claim", "complete", "repair"]
    function: str
    routine: str  # its identity
    faults: tuple[str, ...] = ()  # the kinds of what is wrong: "takes-leased", …
    said: str = ""  # the same in words
    asides: tuple[Aside, ...] = ()  # the statements that do it
    followed: bool = True  # to the end, and nothing hung on what is not known
    highest_count: int = 0  # of attempts, that a retry leaves; -1 where nothing bounds it
    count_unknown: str = ""  # why that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Fact):
    """An import, static, dynamic or type-only; `place` is the module's name in it."""

    module: str  # as resolved: absolute, through relative dots, aliases and re-exports
    modules: tuple[str, ...] = ()  # every module this may load: `from a import b` is a and a.b
    dynamic: bool = False
    local: bool = False  # the module is a file of this project


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Fact):
    """A call; `place` is the called name."""

    name: str  # as imported, never as aliased: "psycopg_pool.ConnectionPool"
    method: str = ""  # the last part of the name
    receiver: Literal["", "pool", "connection", "engine", "database", "home"] = ""
    first: Literal["none", "text", "sql", "class", "unknown"] = "none"  # what the first argument is
    keywords: tuple[str, ...] = ()
    target: Literal["postgres", "other", "unknown"] = "unknown"  # what a connection is opened to


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(Fact):
    """A name taken from a database object or from home, called or only read."""

    name: str
    receiver: Literal["database", "home"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped(Fact):
    """A build configuration that packs a test-only module; `place` is what configures it."""

    module: str
    artefact: Literal["wheel", "sdist", "wheel and sdist"]
    builder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(Fact):
    """An allow comment as it was written, right or wrong."""

    codes: tuple[str, ...] = ()
    reason: str = ""
    whole_file: bool = False
    alone: bool = False  # nothing else stands on its line, so it speaks for the next
    owner: str = ""  # who answers for it
    until: str = ""  # "2027-01-31": from that day on it suppresses nothing
    fault: str = ""  # why it suppresses nothing, "" when it is well formed


@dataclass(frozen=True, slots=True, kw_only=True)
class UselessAllow(Fact):
    """An allow comment or a baseline entry that suppressed nothing."""

    code: str
    origin: Literal["comment", "baseline"]
    edit: Edit | None = None  # without it, and without the comment if that then allows nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Fact):
    """A file that no rule has looked at, or not at all of it."""

    reason: str


KINDS: dict[str, type[Fact]] = {
    kind.__name__: kind
    for kind in (
        Write,
        Explained,
        Followed,
        RoleSwitch,
        Comparison,
        Undetermined,
        Behaviour,
        Table,
        Column,
        Constraint,
        Check,
        Index,
        Trigger,
        TriggerMode,
        EnumValue,
        Created,
        DomainCheck,
        DomainDefault,
        Comment,
        Function,
        FunctionChange,
        Rename,
        Rewriting,
        RowSecurity,
        Drop,
        Use,
        ViewChange,
        Lack,
        Inclusion,
        Migration,
        TakenBack,
        Owner,
        Session,
        Role,
        Membership,
        Grant,
        Privilege,
        Execute,
        Import,
        Call,
        Access,
        Shipped,
        Workflow,
        GateSetting,
        GateJob,
        GateStep,
        GateSoftening,
        Term,
        LegacyKey,
        LogCall,
        Relayer,
        Allow,
        UselessAllow,
        Unreadable,
    )
}
