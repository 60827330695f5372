"""What DDL declares, changes and takes away, one fact a thing, in the order of the statements.

A fact says what its statement says. What still stands after the last statement, under which name
and with which parts, is for the fold to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Fact, Place

Thing = Literal[
    "table",
    "column",
    "constraint",
    "index",
    "trigger",
    "rule",
    "type",
    "value",  # of an enum type
    "view",
    "sequence",
    "function",
    "extension",
    "schema",
    "role",
    "other",
]

# Functions of a migration in Python: what it is run by, and what takes it back.
UPGRADES = ("upgrade", "upgrade_ops", "forwards")
DOWNGRADES = ("downgrade", "downgrade_ops", "backwards", "rollback")

Wanted = Literal["terminal uniqueness", "append-only trigger", "lease consistency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Fact):
    """`place` is the words that a finding points at."""

    statement: Place | None = None  # all of it; None where a class declares, and no statement
    namespace: str = ""  # the schema before the name, "" when there is none
    conditional: bool = False  # IF [NOT] EXISTS, or in a branch: what is there may stay
    routine: str = ""  # the DB function in whose body it stands: it happens when that is called


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Declaration):
    """CREATE TABLE (or a class that maps to a table): its columns, in order."""

    table: str
    columns: tuple[str, ...]
    # ALTER TABLE adds or drops these, or makes the table a part of another one, or no longer.
    change: Literal["create", "add", "drop", "attach", "detach"] = "create"
    parent: str = ""  # PARTITION OF, INHERITS
    is_partition: bool = False
    like: tuple[str, ...] = ()  # the table of LIKE, and what is INCLUDING: "defaults", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Declaration):
    """A column as it is declared, or what ALTER COLUMN makes of one part of it."""

    table: str
    column: str
    type: str = ""  # as it is written, without its constraints
    not_null: bool = False
    default: str = ""  # the expression, "" for none
    formula: str = ""  # of a generated column: what it is computed by, see Check.formula
    change: Literal["add", "type", "default", "not null"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint(Declaration):
    """A constraint of a table; CHECKs are facts of their own."""

    table: str
    name: str = ""  # "" where PostgreSQL chooses one; after the fold, the one it chooses
    kind: Literal["", "check", "unique", "primary key", "foreign key", "exclude", "not null"] = ""
    columns: tuple[str, ...] = ()  # of a CHECK: the names in its expression
    at_column: str = ""  # the column in whose definition it stands
    expression: str = ""  # of a CHECK; of an exclusion, its WHERE
    formula: str = ""  # that as data, see truth/formulas.py; "" where it could not be followed
    references: str = ""  # the table of a foreign key
    follows: bool = False  # of a foreign key: rows are changed or go with those they refer to
    index: str = ""  # USING INDEX
    change: Literal["add", "drop", "validate"] = "add"
    valid: bool = True  # not NOT VALID; new rows are checked in either case
    enforced: bool = True  # not NOT ENFORCED
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Constraint):
    """A CHECK constraint, with its expression as data for the fold to compute with."""

    obstacle: str = ""  # why the expression has no formula
    refuses: tuple[str, ...] = ()  # by the fold: first attempt counts that no row can have


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Declaration):
    """CREATE INDEX."""

    table: str
    name: str = ""
    columns: tuple[str, ...] = ()  # key columns; an expression stands as it is written
    unique: bool = False
    method: str = "btree"
    predicate: str = ""  # of a partial index
    formula: str = ""  # the predicate as a condition, "" where there is none or it was not followed
    literals: tuple[str, ...] = ()  # the texts in its predicate and its expressions
    admits: tuple[str, ...] = ()  # by the fold: of these, the states that its rows may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Declaration):
    """CREATE TRIGGER: the rows of which table a trigger function sees as NEW."""

    table: str
    function: str  # its name, without schema and arguments
    name: str = ""
    timing: Literal["", "before", "after", "instead of"] = ""
    events: tuple[str, ...] = ()  # "insert", "update", "delete", "truncate"
    columns: tuple[str, ...] = ()  # UPDATE OF these
    per_row: bool = False
    condition: str = ""  # WHEN
    enabled: bool = True
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting(Declaration):
    """CREATE RULE: what becomes of a statement before any trigger sees a row."""

    table: str
    name: str
    event: str  # "insert", "update", "delete"
    instead: bool  # in place of the statement, and not besides it


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSecurity(Declaration):
    """ALTER TABLE … [NO] FORCE ROW LEVEL SECURITY: whether it is for the table's owner, too."""

    table: str
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMode(Declaration):
    """ALTER TABLE … ENABLE or DISABLE TRIGGER."""

    table: str
    name: str  # "*" for ALL and USER
    enabled: bool  # in an ordinary session: ENABLE REPLICA is not


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue(Declaration):
    """A value of an enum type; `place` is its literal."""

    type: str
    value: str
    comment: str = ""  # SQL comments beside it; after the fold, COMMENT ON the type as well
    of_attempts: bool = False  # by the fold: it is what the state of an attempt may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Declaration):
    """CREATE of something that has no fact of its own: a type, a view, a sequence, a schema …"""

    kind: Thing
    name: str
    form: str = ""  # "enum", "domain", "composite", "range"; "materialized"
    replaces: bool = False
    shows: str = ""  # the table whose rows can be written through a view, by its owner's rights


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChange(Declaration):
    """ALTER VIEW … SET (security_invoker): whose rights count below it."""

    name: str
    invoker: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDefault(Declaration):
    """What a column of a domain holds where nothing is given, by CREATE or ALTER DOMAIN."""

    name: str
    text: str = ""  # "" for none, or for one that is no literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCheck(Declaration):
    """A CHECK of a domain, which every column of that type has to pass; VALUE stands for it."""

    name: str  # of the domain
    constraint: str = ""
    change: Literal["add", "drop"] = "add"
    expression: str = ""
    formula: str = ""
    obstacle: str = ""  # why the expression has no formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Declaration):
    """COMMENT ON: what the database's catalog says of a thing."""

    kind: Thing
    name: str
    of: str = ""  # the table of a column, constraint or trigger
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Declaration):
    """CREATE FUNCTION or PROCEDURE."""

    name: str  # without its schema
    identity: str  # "name(type, type)", the types spelt one way
    language: str = "sql"
    procedure: bool = False
    replaces: bool = False  # OR REPLACE
    returns: str = ""
    security_definer: bool = False
    settings: tuple[str, ...] = ()  # "search_path = pg_catalog, public", a text each SET clause
    search_path: str = ""  # by the fold: what it is pinned to, "" where the caller's holds
    path_fault: str = ""  # by the fold: what it looks through instead of a path of its own
    tables: tuple[str, ...] = ()  # the outbox tables that its body names
    outbox: bool = False  # it is configured as a function of the outbox, or names one of its tables
    raises: bool = False  # somewhere in its body
    refuses: tuple[str, ...] = ()  # the events of a trigger for which every path raises
    drops: tuple[str, ...] = ()  # of a trigger function: events whose row it may leave out
    sets: tuple[str, ...] = ()  # of a trigger function: columns of NEW; "*" is all of it
    helpers: tuple[str, ...] = ()  # of a trigger function: functions that it performs
    with_help: tuple[str, ...] = ()  # the events that it refuses if each of these raises
    always_raises: bool = False  # of another one: it can only end so
    followed: bool = True  # as far as raising goes: its language is known, and it could be read


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionChange(Declaration):
    """ALTER FUNCTION … SECURITY, SET, RESET."""

    name: str  # "?" where only the server knows it
    identity: str  # "" when the argument types were left out
    change: Literal["security", "set", "reset"]
    setting: str = ""  # its name; "all" of RESET ALL
    value: str = ""  # "definer" or "invoker"; of SET, the whole clause as in Function.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Declaration):
    """ALTER … RENAME TO, ALTER … SET SCHEMA."""

    kind: Thing
    name: str
    to: str = ""  # "" when only the schema changes
    into: str = ""  # the new schema
    of: str = ""  # the table of a column, constraint or trigger; the type of a value
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Declaration):
    """DROP of a thing, or of a part of a table."""

    kind: Thing
    name: str
    identity: str = ""  # of a function; "" when the argument types were left out
    of: str = ""  # the table of a column, constraint or trigger
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Declaration):
    """A thing that has to exist when its statement runs; `place` is the name.

    After the fold, only those that do not.
    """

    kind: Literal["table", "type", "function"]
    name: str
    missing: str = ""  # by the fold: why it does not exist


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration(Fact):
    """A migration that says which ones come before it, whatever its file is called."""

    revision: str
    after: tuple[str, ...] = ()
    plan: str = ""  # the file that says in which order all of them are applied
    turn: int = 0  # in that file


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion(Fact):
    """A script of the schema that runs another file in its place."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack(Fact):
    """The part of a migration that takes it back; `place` is all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack(Declaration):
    """What the outbox needs of a table, and the schema as it stands does not give it.

    `place` is the thing that should give it and has a fault, else the CREATE of the table.
    """

    table: str
    lacks: Wanted
    because: str
    remedy: str = ""  # the statement that gives it
