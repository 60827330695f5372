"""The statements that give a table what it lacks, for people to paste into their next migration."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import chain, count

from outbox_guard.names import Outbox
from outbox_guard.schema.identifiers import quoted
from outbox_guard.schema.objects import StandingTable


def lease_check(table: StandingTable, leases: Sequence[str]) -> str:
    taken = {constraint.name for constraint in table.constraints}
    name = quoted(_fresh(f"ck_{table.name}_lease", taken))
    check = f"CHECK (num_nulls({_listed(leases)}) IN (0, {len(leases)}))"
    return f"ALTER TABLE {_of(table)} ADD CONSTRAINT {name} {check};"


def terminal_index(table: StandingTable, outbox: Outbox) -> str:
    taken = {index.name for index in table.indexes} | {each.name for each in table.constraints}
    name = quoted(_fresh(f"ux_{table.name}_terminal", taken))
    states = ", ".join("'" + state.replace("'", "''") + "'" for state in outbox.terminal_states)
    where = f"WHERE {quoted(outbox.state_column)} IN ({states})"
    return f"CREATE UNIQUE INDEX {name} ON {_of(table)} ({quoted(outbox.key_column)}) {where};"


def append_only(table: StandingTable, function: str, *, refuses: bool) -> str:
    """The trigger, and before it the function that it calls, where that does not `refuse` yet."""
    trigger = quoted(_fresh(f"trg_{table.name}_append_only", table.triggers))
    body = f"BEGIN RAISE EXCEPTION '{table.name} is append-only' USING ERRCODE = 'P0001'; END"
    made = (
        f"CREATE OR REPLACE FUNCTION {quoted(function)}() RETURNS trigger"
        f" LANGUAGE plpgsql AS $$ {body} $$; "
    )
    return (
        f"{'' if refuses else made}CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE"
        f" ON {_of(table)} FOR EACH ROW EXECUTE FUNCTION {quoted(function)}();"
    )


def _fresh(name: str, taken: Container[str]) -> str:
    """A name that nothing has yet."""
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(each for each in names if each not in taken)


def _of(table: StandingTable) -> str:
    space = table.created.namespace
    return f"{quoted(space)}.{quoted(table.name)}" if space else quoted(table.name)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))
