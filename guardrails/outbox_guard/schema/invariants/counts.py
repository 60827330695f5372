"""Whether a pending row can be made, and tried once, under the CHECKs on its attempt count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from outbox_guard.facts import Check, Declaration, Undetermined
from outbox_guard.names import Names
from outbox_guard.schema.conditions import (
    Condition,
    checks_of,
    concerning,
    conditions_of,
    known_columns,
)
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.truth import Found, passing_row

_INTEGER = re.compile(r"\(*\s*'?\s*(?P<number>[+-]?\d+)\s*'?\s*\)*(?:\s*::\s*[\w\s\".]+\)*)?")


def with_counts(schema: Schema, names: Names) -> None:
    """Say of each CHECK which of the first two counts it refuses."""
    for table in schema.tables:
        if names.is_pending(table.name) and not table.created.parent:
            refused = _refused(table, schema, names.outbox.count_column)
            table.constraints = [
                replace(each, refuses=refused.get(each, ())) if isinstance(each, Check) else each
                for each in table.constraints
            ]


def uncounted(table: StandingTable, schema: Schema, names: Names) -> Iterator[Undetermined]:
    """The CHECKs of which nobody can say whether a row can be made under them."""
    column = names.outbox.count_column
    for condition in _counting(table, column):
        if "unknown" in {
            _with(table, schema, [condition], column, count).verdict
            for count in _first_two(table, column)
        }:
            yield _undecided(condition.check, table, column)
    for check in checks_of(table):
        if not check.formula and column in check.columns:
            yield _undecided(check, table, column, f", {check.obstacle}")


def _undecided(
    check: Declaration, table: StandingTable, column: str, why: str = ""
) -> Undetermined:
    reason = f"whether {column} can begin and grow under this CHECK is not known{why}"
    return Undetermined(place=check.place, reason=reason, tables=(table.name,))


def _refused(
    table: StandingTable, schema: Schema, column: str
) -> dict[Declaration, tuple[str, ...]]:
    """By CHECK, the counts that no row can have; what only several refuse is the last one's."""
    every = conditions_of(table)
    counting = _counting(table, column)
    refused: dict[Declaration, tuple[str, ...]] = {}
    for count in _first_two(table, column) if counting else ():
        guilty = [c for c in counting if _refuses(table, schema, [c], column, count)]
        if not guilty and _refuses(table, schema, concerning(every, [column]), column, count):
            guilty = counting[-1:]
        for condition in guilty:
            refused[condition.check] = (*refused.get(condition.check, ()), str(count))
    return refused


def _counting(table: StandingTable, column: str) -> list[Condition]:
    """The CHECKs on the count, by themselves."""
    every = conditions_of(table)
    return [c for c in every if column in c.columns and isinstance(c.check, Check)]


def _refuses(
    table: StandingTable, schema: Schema, conditions: list[Condition], column: str, count: int
) -> bool:
    return _with(table, schema, conditions, column, count).verdict == "no"


def _with(
    table: StandingTable, schema: Schema, conditions: list[Condition], column: str, count: int
) -> Found:
    fixed = {column: frozenset((Fraction(count),))}
    return passing_row([c.formula for c in conditions], fixed, known_columns(table, schema))


def _first_two(table: StandingTable, column: str) -> tuple[int, int]:
    """What a new row has, 0 where its default says nothing else, and what its first try makes."""
    declared = table.columns.get(column)
    found = _INTEGER.fullmatch(declared.default.strip()) if declared is not None else None
    first = int(found["number"]) if found else 0
    return first, first + 1
