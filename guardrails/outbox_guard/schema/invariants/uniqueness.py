"""Whether a key can have only one attempt in a terminal state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from outbox_guard.facts import Constraint, Index, Lack, Undetermined, Wanted
from outbox_guard.names import Names
from outbox_guard.schema.conditions import covers
from outbox_guard.schema.invariants.lacks import lack
from outbox_guard.schema.invariants.remedies import terminal_index
from outbox_guard.schema.objects import StandingTable

WANTED: Wanted = "terminal uniqueness"


def not_unique(table: StandingTable, names: Names) -> Iterator[Lack | Undetermined]:
    """What lets a second terminal attempt in: at the index that should not, else at the table."""
    outbox = names.outbox
    key, states = outbox.key_column, outbox.terminal_states
    indexes = [*table.indexes, *_of_constraints(table.constraints)]
    if not all(_fault(index, names) for index in indexes):
        return
    meant = [index for index in indexes if _is_meant(index, names)]
    if not meant:
        because = f"no unique index on ({key}) covers {', '.join(states)}"
        yield lack(table, table.created, WANTED, because, terminal_index(table, outbox))
        return
    best = max(meant, key=lambda index: (index.unique, index.columns == (key,), index.name))
    if best.predicate and not best.formula:
        reason = f"which rows {best.name} covers is not known"
        yield Undetermined(place=best.place, reason=reason, tables=(table.name,))
    else:
        because = f"{best.name} {_fault(best, names)}"
        yield lack(table, best, WANTED, because, terminal_index(table, outbox))


def _of_constraints(constraints: Iterable[Constraint]) -> Iterator[Index]:
    """The indexes behind UNIQUE, PRIMARY KEY and EXCLUDE … WITH =."""
    for constraint in constraints:
        if constraint.kind in ("unique", "primary key", "exclude"):
            yield Index(
                place=constraint.place,
                statement=constraint.statement,
                table=constraint.table,
                name=constraint.name,
                columns=constraint.columns,
                unique=True,
                predicate=constraint.expression,
                formula=constraint.formula,
            )


def _fault(index: Index, names: Names) -> str:
    """Why an index does not keep a key from ending twice, "" where it does."""
    key = names.outbox.key_column
    if not index.unique:
        return "is not unique"
    if index.columns != (key,):
        return f"is over ({', '.join(index.columns)}), not over ({key}) alone"
    missed = [state for state in names.outbox.terminal_states if not covers(index, state, names)]
    return f"leaves {', '.join(missed)} out" if missed else ""


def _is_meant(index: Index, names: Names) -> bool:
    """Whether it looks as if it were there to keep terminal attempts apart."""
    outbox = names.outbox
    terminal = not set(outbox.terminal_states).isdisjoint(index.literals)
    return outbox.key_column in index.columns and (
        terminal or (index.unique and bool(index.predicate))
    )
