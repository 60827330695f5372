"""What SQL does when it runs, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Aside, Edit, Fact, Place

Operation = Literal["insert", "update", "delete", "merge", "copy", "truncate", "default", "assign"]
Via = Literal["sql", "orm", "copy"]

SOME_TABLES = ("outbox tables",)  # where it is not known which


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Fact):
    """Something changes the rows of a table: SQL text, an ORM call, a COPY, a column default.

    One fact is one verb: a statement whose CTEs write two tables gives two facts.
    """

    op: Operation
    table: str  # without its schema, folded as PostgreSQL folds it
    routine: str = ""  # identity of the DB function whose body holds it, "name(type, type)"
    claims_locked_rows: bool = False  # deletes rows of a pending table picked with SKIP LOCKED
    mutates: bool = False  # changes or removes rows that exist, as ON CONFLICT DO UPDATE does too
    states: tuple[str, ...] = ()  # every value that may reach the state column
    by_position: tuple[tuple[str, ...], ...] = ()  # values, of an INSERT without column names
    via: Via = "sql"
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
