"""Whether a completion keeps the count of attempts within the CHECKs that stand in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from outbox_guard.facts import Behaviour, Fact, Undetermined
from outbox_guard.names import Names
from outbox_guard.schema.conditions import concerning, conditions_of, known_columns
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.truth import passing_row
from outbox_guard.truth.search import Verdict

_ENDLESS = 1_000_000_000  # retries: no CHECK that admits them is a bound
_FIRST_TWO = (0, 1)


def within_checks(facts: Iterable[Fact], schema: Schema, names: Names) -> Iterator[Fact]:
    """The facts, with what is wrong with how far a completion counts."""
    tables = [
        table
        for table in schema.tables
        if names.is_pending(table.name) and not table.created.parent
    ]
    for fact in facts:
        if isinstance(fact, Behaviour) and fact.role == "complete":
            yield from _bounded(fact, tables, schema, names)
        else:
            yield fact


def _bounded(
    behaviour: Behaviour, tables: Iterable[StandingTable], schema: Schema, names: Names
) -> Iterator[Fact]:
    column = names.outbox.count_column
    highest = behaviour.highest_count if behaviour.highest_count >= 0 else _ENDLESS
    tried = _ENDLESS if behaviour.count_unknown else highest
    for table in tables:
        verdict = _admits(table, schema, column, tried)
        if verdict == "yes" or any(_admits(table, schema, column, n) == "no" for n in _FIRST_TWO):
            continue  # what no row can begin with is another rule's
        if verdict == "unknown" or behaviour.count_unknown:
            why = behaviour.count_unknown or "a CHECK that is not followed"
            yield _undetermined(behaviour, table, f"whether {column} stays in its CHECK: {why}")
        else:
            reach = f"reach {highest}" if highest < _ENDLESS else "grow without end"
            said = f"lets {column} {reach}, which its CHECK refuses"
            behaviour = _with(behaviour, "count-unbounded", said)
    yield behaviour


def _admits(table: StandingTable, schema: Schema, column: str, count: int) -> Verdict:
    """Whether a row with this count can be, after all CHECKs that have a say in it."""
    conditions = [c.formula for c in concerning(conditions_of(table), [column])]
    fixed = {column: frozenset((Fraction(count),))}
    return passing_row(conditions, fixed, known_columns(table, schema)).verdict


def _with(behaviour: Behaviour, fault: str, said: str) -> Behaviour:
    return replace(
        behaviour,
        faults=(*behaviour.faults, fault),
        said="; ".join(part for part in (behaviour.said, said) if part),
    )


def _undetermined(behaviour: Behaviour, table: StandingTable, reason: str) -> Undetermined:
    return Undetermined(
        place=behaviour.place,
        inside=behaviour.inside,
        reason=reason,
        tables=(table.name,),
        routine=behaviour.routine,
    )
