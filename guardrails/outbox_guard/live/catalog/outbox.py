"""The outbox as a database has it: what the configured names stand for there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from outbox_guard.config import Config
from outbox_guard.frontends.sql.lexing.lexer import scan
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.live.catalog.objects import (
    Column,
    Function,
    Table,
    columns,
    enum_labels,
    functions,
    heirs,
    roles,
    tables,
    writable_views,
)
from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.connecting import Row
from outbox_guard.names import Texts

if TYPE_CHECKING:
    from psycopg import Connection

Kind = Literal["pending", "attempts", "sequences"]
KINDS: tuple[Kind, ...] = ("pending", "attempts", "sequences")

_EXPIRY = re.compile(r"expir|until|deadline|timeout|_at$", re.IGNORECASE)
_TOKEN = re.compile(r"token|nonce|fence|epoch|lease_id", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """What the proofs need to know of a database in which the schema has been applied."""

    config: Config
    tables: dict[Kind, tuple[Table, ...]]
    heirs: tuple[Table, ...]  # tables that inherit from the attempts
    views: Mapping[Kind, tuple[Table, ...]]  # through which they can be written
    pending: Table
    attempts: Table
    functions: tuple[Function, ...]
    roles: tuple[str, ...]  # of the matrix, as far as the server has them
    columns: Mapping[str, tuple[Column, ...]]  # of each table, by its number
    labels: Mapping[str, Texts]  # of each enum type

    def columns_of(self, table: Table) -> tuple[Column, ...]:
        return self.columns[table.oid]

    @property
    def pending_columns(self) -> tuple[Column, ...]:
        return self.columns_of(self.pending)

    @property
    def attempts_columns(self) -> tuple[Column, ...]:
        return self.columns_of(self.attempts)

    @property
    def lease(self) -> Lease:
        return find_lease(self.pending_columns, self.config.outbox.lease_columns)

    def is_ours(self, function: Function) -> bool:
        guarded = [table.name for kind in KINDS for table in self.tables[kind]]
        return is_ours(function, self.config, guarded)


def is_ours(function: Function, config: Config, tables: Iterable[str]) -> bool:
    """A function of the configuration, or one whose body names an outbox table."""
    named = config.functions
    known = (named.enqueue, named.claim, named.complete, named.repair, named.append_only)
    code = code_of(function.body)
    return function.name in known or any(mentions(code, name) for name in tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Which of the lease columns is which."""

    worker: str
    token: str
    expiry: str


def read_outbox(connection: Connection[Row], config: Config) -> Outbox:
    """Raises LiveError where the schema has not what the configuration speaks of."""
    found: dict[Kind, tuple[Table, ...]] = {
        "pending": tuple(tables(connection, config.outbox.pending)),
        "attempts": tuple(tables(connection, config.outbox.attempts)),
        "sequences": tuple(tables(connection, config.outbox.sequences)),
    }
    known = functions(connection)
    bodies = [f.body for f in known if f.name == config.functions.claim]
    bodies += [f.body for f in known if f.name == config.functions.complete]
    pending = _the_one(found["pending"], "pending", config.outbox.pending, bodies)
    attempts = _the_one(found["attempts"], "attempts", config.outbox.attempts, bodies)
    views = {kind: writable_views(connection, found[kind]) for kind in KINDS}
    outbox = Outbox(
        config=config,
        tables=found,
        heirs=heirs(connection, attempts),
        views=views,
        pending=pending,
        attempts=attempts,
        functions=known,
        roles=roles(connection, sorted(config.privileges.forbidden)),
        columns={
            table.oid: columns(connection, table)
            for kind in KINDS
            for table in (*found[kind], *views[kind])
        },
        labels=enum_labels(connection),
    )
    _check_columns(outbox)
    return outbox


def _the_one(found: Sequence[Table], kind: Kind, names: Texts, bodies: Iterable[str]) -> Table:
    """The table that the functions work on, where the names mean several."""
    if not found:
        says = f"the schema makes no table {' or '.join(names)}"
        raise LiveError(f"{says}; look at `{kind}` in [outbox], and at `schema` in [zones]")
    if len(found) == 1:
        return found[0]
    code = "\n".join(map(code_of, bodies))
    used = [table for table in found if mentions(code, table.name)]
    if len(used) == 1:
        return used[0]
    several = ", ".join(map(str, used or found))
    raise LiveError(
        f"the proofs work on one outbox, and `{kind}` in [outbox] means {several};"
        " name one of them in a configuration for `prove` (--config)"
    )


def code_of(body: str) -> str:
    """A function's body without its comments; one that is not SQL as it is."""
    try:
        return " ".join(body[token.start : token.end] for token in scan(body))
    except LexError:
        return body


def mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _check_columns(outbox: Outbox) -> None:
    asked = outbox.config.outbox
    wanted = {
        outbox.pending: (asked.key_column, asked.due_column, asked.count_column),
        outbox.attempts: (asked.key_column, asked.state_column),
    }
    own = {outbox.pending: outbox.pending_columns, outbox.attempts: outbox.attempts_columns}
    for table, names in wanted.items():
        there = [column.name for column in own[table]]
        for name in names:
            if name not in there:
                raise LiveError(f"{table} has no column {name}; look at [outbox]")
    find_lease(outbox.pending_columns, asked.lease_columns)


def find_lease(known: Iterable[Column], names: Texts) -> Lease:
    """The column of the token, of the expiry and of the worker, by type and by name."""
    types = {column.name: column for column in known if column.name in names}
    missing = [name for name in names if name not in types]
    if missing:
        raise LiveError(f"pending has no column {missing[0]}; look at `lease-columns` in [outbox]")
    expiry = [name for name, c in types.items() if c.category == "D"] or [
        name for name in types if _EXPIRY.search(name)
    ]
    token = [name for name in types if name not in expiry and _TOKEN.search(name)] or [
        name for name, c in types.items() if name not in expiry and c.type == "uuid"
    ]
    worker = [name for name in types if name not in (*expiry, *token)]
    if not (expiry and token and worker):
        raise LiveError(
            f"of `lease-columns` in [outbox] ({', '.join(names)}) one is to name the worker,"
            " one to hold a token, one to tell when the lease expires"
        )
    return Lease(worker=worker[0], token=token[0], expiry=expiry[0])
