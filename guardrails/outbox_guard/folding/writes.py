"""Writes, with what other facts tell of them: their table, their states, who else says the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from outbox_guard.facts import Fact, Place, Table, Trigger, Write
from outbox_guard.names import Names
from outbox_guard.schema.order import apply_order


def assigned(facts: Sequence[Fact]) -> list[Fact]:
    """With the table that a trigger function's NEW is of, where another file binds the trigger.

    A function that no trigger binds runs for no table.
    """
    bound: dict[str, list[str]] = {}
    for fact in facts:
        if isinstance(fact, Trigger):
            bound.setdefault(fact.function, []).append(fact.table)
    result: list[Fact] = []
    for fact in facts:
        if isinstance(fact, Write) and fact.op == "assign" and not fact.table:
            tables = bound.get(fact.routine.partition("(")[0], ())
            result.extend(replace(fact, table=table) for table in tables)
        else:
            result.append(fact)
    return result


def merged(facts: Iterable[Fact]) -> Iterator[Fact]:
    """One Write for each verb: what is known from any caller is true of it."""
    writes: dict[tuple[Place, str, str, str], Write] = {}
    for fact in facts:
        if not isinstance(fact, Write):
            yield fact
            continue
        key = (fact.place, fact.op, fact.table, fact.routine)
        writes[key] = _both(writes[key], fact) if key in writes else fact
    yield from writes.values()


def _both(one: Write, other: Write) -> Write:
    return replace(
        one,
        claims_locked_rows=one.claims_locked_rows or other.claims_locked_rows,
        mutates=one.mutates or other.mutates,
        states=tuple(dict.fromkeys(one.states + other.states)),
        by_position=one.by_position or other.by_position,
        standing=one.standing and other.standing,
    )


def positioned(facts: Iterable[Fact], all_facts: Iterable[Fact], names: Names) -> Iterator[Fact]:
    """The states of inserts that name no columns, by the order of the table's own."""
    columns = _columns(all_facts)
    for fact in facts:
        if isinstance(fact, Write) and fact.by_position:
            given = _given_to_state(fact, columns.get(fact.table, ()), names.outbox.state_column)
            yield replace(fact, states=tuple(dict.fromkeys(fact.states + given)))
        else:
            yield fact


def _columns(facts: Iterable[Fact]) -> dict[str, tuple[str, ...]]:
    """The columns of each table, in order, after every ALTER TABLE."""
    tables = [fact for fact in facts if isinstance(fact, Table)]
    columns: dict[str, tuple[str, ...]] = {}
    for fact in sorted(tables, key=lambda fact: (apply_order(fact.place.path), fact.place)):
        known = columns.get(fact.table, ())
        match fact.change:
            case "create":
                columns[fact.table] = fact.columns
            case "add" if known:
                columns[fact.table] = known + fact.columns
            case "drop":
                columns[fact.table] = tuple(name for name in known if name not in fact.columns)
    return columns


def _given_to_state(write: Write, columns: tuple[str, ...], state: str) -> tuple[str, ...]:
    """Where the table is not known, any value may be the state's."""
    if state not in columns:
        return tuple(value for values in write.by_position for value in values)
    position = columns.index(state)
    return write.by_position[position] if position < len(write.by_position) else ()
