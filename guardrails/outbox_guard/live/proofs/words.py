"""What `$name` stands for in every proof, as the outbox of a database has it."""

from __future__ import annotations

from collections.abc import Iterable

from outbox_guard.live.catalog.objects import Column, Function
from outbox_guard.live.catalog.outbox import Outbox
from outbox_guard.live.templates import Word, Words
from outbox_guard.names import Texts

# What every proof may say; a database gives them their meaning.
WORDS = frozenset(
    """pending attempts pending_name attempts_name attempts_schema key key_type state due count
    worker_column token_column expiry_column success failure terminal retry requeue forbidden
    lease_lost append_only free leased lease_cleared wrong_token due_past due_now due_future
    expiry_past expiry_now expiry_future definer temporary_last copied_columns
    copied_values""".split()
)


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
