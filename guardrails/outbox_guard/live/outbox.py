"""The outbox as a database has it: what the configured names stand for there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from outbox_guard.config import Config
from outbox_guard.frontends.sql.lexer import LexError, scan
from outbox_guard.live.catalog import (
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
from outbox_guard.live.connecting import Row
from outbox_guard.live.errors import LiveError
from outbox_guard.live.templates import Word, Words
from outbox_guard.names import Texts

if TYPE_CHECKING:
    from psycopg import Connection

Kind = Literal["pending", "attempts", "sequences"]
KINDS: tuple[Kind, ...] = ("pending", "attempts", "sequences")
# What every proof may say; a database gives them their meaning (see words_of).
WORDS = frozenset(
    """pending attempts pending_name attempts_name attempts_schema key key_type state due count
    worker_column token_column expiry_column success failure terminal retry requeue forbidden
    lease_lost append_only free leased lease_cleared wrong_token due_past due_now due_future
    expiry_past expiry_now expiry_future definer temporary_last copied_columns
    copied_values""".split()
)

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
    """A function of the configuration, or one whose body names an outbox table (ruling 13)."""
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
    text = "\n".join(bodies)
    used = [table for table in found if mentions(text, table.name)]
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


def words_of(outbox: Outbox) -> Words:
    """What `$name` stands for in every proof."""
    config, lease = outbox.config, outbox.lease
    asked = config.outbox
    return {
        "pending": Word(outbox.pending.sql, "sql"),
        "attempts": Word(outbox.attempts.sql, "sql"),
        "attempts_schema": Word(outbox.attempts.schema, "name"),
        "pending_name": Word(outbox.pending.name, "name"),
        "attempts_name": Word(outbox.attempts.name, "name"),
        "key": Word(asked.key_column, "name"),
        "state": Word(asked.state_column, "name"),
        "due": Word(asked.due_column, "name"),
        "count": Word(asked.count_column, "name"),
        "worker_column": Word(lease.worker, "name"),
        "token_column": Word(lease.token, "name"),
        "expiry_column": Word(lease.expiry, "name"),
        "success": Word(asked.terminal_states[0]),
        "failure": Word(asked.terminal_states[-1]),
        "terminal": _list_of(asked.terminal_states),
        "retry": Word(config.live.retry_state),
        "requeue": Word(asked.requeue_state),
        "forbidden": Word(asked.forbidden_states[0] if asked.forbidden_states else ""),
        "lease_lost": Word(config.live.lease_lost),
        "append_only": Word(config.live.append_only),
        "free": _conditions(asked.lease_columns, "IS NULL"),
        "leased": _conditions(asked.lease_columns, "IS NOT NULL"),
        "lease_cleared": _clearing(asked.lease_columns),
        "wrong_token": _wrong(_column(outbox.pending_columns, lease.token)),
        "key_type": Word(_column(outbox.pending_columns, asked.key_column).type, "sql"),
        **_moments("due", _column(outbox.pending_columns, asked.due_column)),
        **_moments("expiry", _column(outbox.pending_columns, lease.expiry)),
        "definer": Word("yes" if _all_define(outbox) else "no"),
        "temporary_last": Word("yes" if _all_settle_temporary(outbox) else "no"),
        "copied_columns": Word(", ".join(_copied(outbox)), "sql"),
        "copied_values": Word(", ".join(_copied(outbox).values()), "sql"),
    }


def _list_of(states: Texts) -> Word:
    return Word(", ".join(Word(state).sql for state in states), "sql")


def _conditions(names: Texts, condition: str) -> Word:
    spelt = (f"{Word(name, 'name').sql} {condition}" for name in names)
    return Word(f"({' AND '.join(spelt)})", "sql")


def _clearing(names: Texts) -> Word:
    return Word(", ".join(f"{Word(name, 'name').sql} = NULL" for name in names), "sql")


def _wrong(token: Column) -> Word:
    """A token that nobody was given."""
    if token.category == "N":
        return Word("-1")
    return Word("00000000-0000-4000-8000-00000000dead")


def _column(known: Iterable[Column], name: str) -> Column:
    return next(column for column in known if column.name == name)


def _moments(prefix: str, column: Column) -> dict[str, Word]:
    """Moments in the type of a column: seconds since the epoch where it is a number."""
    offsets = {"past": " - interval '1 hour'", "now": "", "future": " + interval '1 hour'"}
    return {
        f"{prefix}_{name}": Word(moment_in(column, f"now(){offset}"), "sql")
        for name, offset in offsets.items()
    }


def moment_in(column: Column, moment: str) -> str:
    is_number = column.category == "N"
    return f"extract(epoch FROM {moment})::{column.type}" if is_number else f"({moment})"


def _all_define(outbox: Outbox) -> bool:
    """Whether the functions of the lease model run with their owner's rights."""
    found = _of_lease_model(outbox)
    return bool(found) and all(function.is_definer for function in found)


def _all_settle_temporary(outbox: Outbox) -> bool:
    """Whether they say where temporary tables come, or name each table with its schema.

    Without a word on it such tables come first; OBG412 does not ask for that word.
    """
    settled = (f.path is not None and _settles_temporary(f.path) for f in _of_lease_model(outbox))
    return _all_define(outbox) and all(settled)


def _settles_temporary(path: str) -> bool:
    schemas = {name.strip().strip('"') for name in path.split(",")}
    return "pg_temp" in schemas or schemas <= {"", "pg_catalog"}


def _of_lease_model(outbox: Outbox) -> list[Function]:
    named = outbox.config.functions
    names = (named.enqueue, named.claim, named.complete, named.repair)
    return [function for function in outbox.functions if function.name in names]


def _copied(outbox: Outbox) -> dict[str, str]:
    """Columns and values of a second attempt of the same payment, all else as in the first.

    What a unique index holds, save the payment itself, is made another; the state is left to
    the proof; what the table fills in by itself is left to the table.
    """
    asked = outbox.config.outbox
    kept = (asked.key_column, asked.state_column)
    copied: dict[str, str] = {}
    for column in outbox.attempts_columns:
        name = Word(column.name, "name").sql
        if column.generated or column.has_default or column.name == asked.state_column:
            continue
        fresh = column.is_unique and column.name not in kept
        copied[name] = _another(name, column) if fresh else name
    return copied


def _another(name: str, column: Column) -> str:
    if column.category == "N":
        return f"{name} + 1000"
    if column.type == "uuid":
        return "gen_random_uuid()"
    return f"{name} || '-2'" if column.category == "S" else name
