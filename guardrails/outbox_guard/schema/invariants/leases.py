"""Whether the lease columns of a pending table are NULL all together or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from outbox_guard.facts import Check, Declaration, Lack, Place, Undetermined, Wanted
from outbox_guard.names import Names
from outbox_guard.schema.conditions import (
    Condition,
    checks_of,
    concerning,
    conditions_of,
    known_columns,
)
from outbox_guard.schema.invariants.lacks import lack
from outbox_guard.schema.invariants.remedies import lease_check
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.truth import NOTHING, SOMETHING, Column, Found, Values, column, passing_row

WANTED: Wanted = "lease consistency"

Row = dict[str, Values]  # by lease column: NULL or not

_ENOUGH = 2  # columns that could differ


def untied(table: StandingTable, schema: Schema, names: Names) -> Iterator[Lack | Undetermined]:
    """A row that is half leased and passes: at the CHECK that comes nearest, else at the table."""
    leases = [name for name in names.outbox.lease_columns if name in table.columns]
    if len(leases) < _ENOUGH:
        return
    columns = known_columns(table, schema)
    judged = _Judged(_telling(table, leases), columns)
    halves = list(_halves(leases, columns))
    found = [judged.passing(row) for row in halves]
    open_ = [f for f in found if f.verdict != "no"]
    if not open_:
        return
    obstacles = [c for c in checks_of(table) if not c.formula and _may_tie(c.columns, leases)]
    best = judged.nearest(halves)
    passing = next(
        (pair for pair in zip(halves, found, strict=True) if pair[1].verdict == "yes"), None
    )
    if obstacles:
        yield _undecided(obstacles[-1], table, obstacles[-1].obstacle)
    elif passing is None:
        at = judged.doubtful or (best.check if best else table.created)
        yield _undecided(at, table, "it calls a function that is not known")
    else:
        where = best.check if best is not None else table.created
        because = f"{_shown(*passing, columns)} passes"
        if best is None:
            because = f"no CHECK ties its lease columns: {because}"
        yield lack(table, where, WANTED, because, remedy=lease_check(table, leases))


def _telling(table: StandingTable, leases: Sequence[str]) -> list[Condition]:
    """The CHECKs that bear on it; one that nobody can compute, about one column, ties nothing."""
    every = concerning(conditions_of(table), leases)
    return [c for c in every if c.is_certain or _ties(c.columns, leases)]


def _ties(columns: frozenset[str] | tuple[str, ...], leases: Sequence[str]) -> bool:
    return len(set(columns).intersection(leases)) >= _ENOUGH


def _may_tie(columns: tuple[str, ...], leases: Sequence[str]) -> bool:
    """One that names no column at all is not known to be about others."""
    return not columns or _ties(columns, leases)


def _halves(leases: Sequence[str], columns: Mapping[str, Column]) -> Iterator[Row]:
    """The ways in which a row can be leased by half."""
    for values in product((NOTHING, SOMETHING), repeat=len(leases)):
        row = dict(zip(leases, values, strict=True))
        possible = all(v != NOTHING or columns[name].nullable for name, v in row.items())
        if possible and len(set(values)) > 1:
            yield row


@dataclass(frozen=True, slots=True)
class _Judged:
    conditions: Sequence[Condition]
    columns: Mapping[str, Column]

    def passing(self, row: Row) -> Found:
        return passing_row([c.formula for c in self.conditions], row, self.columns)

    def nearest(self, halves: Sequence[Row]) -> Condition | None:
        """The CHECK that refuses the most, of those that are about several lease columns."""
        leases = halves[0]

        def closeness(condition: Condition) -> tuple[int, int, Place]:
            found = (passing_row([condition.formula], row, self.columns) for row in halves)
            refused = sum(each.verdict == "no" for each in found)
            return refused, len(condition.columns & leases.keys()), condition.check.place

        checks = [c for c in self.conditions if isinstance(c.check, Check)]
        tying = [c for c in checks if _ties(c.columns, tuple(leases))]
        return max(tying, key=closeness, default=None)

    @property
    def doubtful(self) -> Declaration | None:
        return next((c.check for c in self.conditions if not c.is_certain), None)


def _undecided(at: Declaration, table: StandingTable, reason: str) -> Undetermined:
    return Undetermined(
        place=at.place,
        reason=f"whether this ties the lease columns together is not known, {reason}",
        tables=(table.name,),
    )


def _shown(row: Row, found: Found, columns: Mapping[str, Column]) -> str:
    """The row in words, with what other columns have to be for it."""
    halves = [f"{name} {_held(name, values, found)}" for name, values in row.items()]
    others = [
        f"{variable.value} {_value(values)}"
        for variable, values in found.row.items()
        if variable.op == "column" and variable.value not in row
        if values != columns.get(variable.value, Column()).possible and len(values) == 1
    ]
    return ", ".join(halves) + (f" (with {', '.join(others)})" if others else "")


def _held(name: str, values: Values, found: Found) -> str:
    """A lease column: an empty worker is not NULL."""
    settled = found.row.get(column(name), values)
    if values == NOTHING:
        return "NULL"
    return _value(settled) if "" in settled else "NOT NULL"


def _value(values: Values) -> str:
    (value,) = values
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case str() if value.isprintable():
            return f"'{value}'"
        case Fraction():
            return str(value)
        case _:
            return "anything else"
