"""Facts of single files to what they add up to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.facts import (
    Allow,
    Comparison,
    Declaration,
    Explained,
    Fact,
    Followed,
    Function,
    Place,
    RoleSwitch,
    Table,
    Trigger,
    Undetermined,
    Use,
    Write,
)
from outbox_guard.names import Names
from outbox_guard.schema.completions import within_checks
from outbox_guard.schema.gates import gates
from outbox_guard.schema.objects import Schema
from outbox_guard.schema.order import apply_order, in_order
from outbox_guard.schema.rights import Estate, estate, privileges
from outbox_guard.schema.standing import declarations, lacking, standing_schema

# What statements do, and what is said of them: no schema is laid out by it.
_PASSING = (Allow, Comparison, Followed, RoleSwitch, Undetermined, Write)


def fold(facts: Iterable[Fact], names: Names) -> tuple[Fact, ...]:
    """The facts as they stand when the whole project is known.

    Statements that are only logged are gone, functions and defaults that a later migration
    replaced are gone, and what is said of one verb from several sides is one fact.
    """
    return Folding(names).fold(facts)


@dataclass(slots=True)
class Folding:
    """Folds the facts of one project again and again.

    The schema is laid out anew only when a fact that has a part in it is another one.
    """

    names: Names
    _standing: tuple[tuple[Fact, ...], Schema] | None = None
    _told: tuple[tuple[Fact, ...], tuple[Fact, ...]] | None = None

    def fold(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        names, kept = self.names, list(_run(facts))
        declared = tuple(fact for fact in kept if not isinstance(fact, _PASSING))
        schema = self._schema(declared)
        current = _current(_assigned(kept), schema)
        said = within_checks(_positioned(_merged(current), kept, names), schema, names)
        told = (*_outside(said), *schema.facts(), *self._of_schema(declared, schema))
        return tuple(gates(told, names.gate))

    def _schema(self, declared: tuple[Fact, ...]) -> Schema:
        if self._standing is None or self._standing[0] != declared:
            self._standing = declared, standing_schema(declared, self.names)
        return self._standing[1]

    def _of_schema(self, declared: tuple[Fact, ...], schema: Schema) -> tuple[Fact, ...]:
        """What the schema lacks, and who may do what: what only uses it has no part in that."""
        made = tuple(fact for fact in declared if not isinstance(fact, Use))
        if self._told is None or self._told[0] != made:
            rights = privileges(estate(list(_current(made, schema)), self.names), self.names)
            self._told = made, (*lacking(schema, self.names), *rights)
        return self._told[1]


def what_stands(facts: Iterable[Fact], names: Names) -> tuple[Schema, Estate]:
    """The schema after its last file, and who may do what there."""
    kept = list(_run(facts))
    schema = standing_schema(kept, names)
    return schema, estate(list(_current(_assigned(kept), schema)), names)


def _outside(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Without the declarations of `schema/`: what stands of them is told by the schema."""
    for fact in facts:
        if not (isinstance(fact, Declaration) and fact.place.zone == "schema"):
            yield fact


def _run(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Without the statements in constants that are only explained, in whatever file."""
    known = list(dict.fromkeys(facts))
    explained = {fact.place for fact in known if isinstance(fact, Explained)}
    for fact in known:
        text = getattr(fact, "text", None)
        if not (getattr(fact, "standing", False) and text in explained):
            yield fact


def _assigned(facts: Sequence[Fact]) -> list[Fact]:
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
            result.extend(dataclasses.replace(fact, table=table) for table in tables)
        else:
            result.append(fact)
    return result


def _current(facts: Sequence[Fact], schema: Schema) -> Iterator[Fact]:
    """Without what later files of `schema/` replaced or dropped."""
    standing = {function.place for function in schema.functions()}
    starts: dict[tuple[str, str], list[Place]] = {}
    for fact in facts:
        if isinstance(fact, Function):
            starts.setdefault((fact.place.path, fact.identity), []).append(fact.place)
    defaults = _last_defaults(facts)
    history = _history(facts, schema)
    for fact in facts:
        routine = getattr(fact, "routine", "")
        if fact.place.zone == "schema":
            if isinstance(fact, Comparison) and any(_within(fact.place, s) for s in history):
                continue
            if routine and _definition(starts, fact.place, routine) not in standing:
                continue
            if isinstance(fact, Write) and fact.op == "default" and fact not in defaults:
                continue
        yield fact


def _history(facts: Iterable[Fact], schema: Schema) -> frozenset[Place]:
    """The statements of `schema/` that declared views, CHECKs and so on of which nothing stands."""
    standing = {fact.statement for fact in schema.facts() if isinstance(fact, Declaration)}
    said = {fact.statement for fact in declarations(facts) if not isinstance(fact, Use)}
    return frozenset(place for place in said - standing if place is not None)


def _within(place: Place, statement: Place) -> bool:
    begins = (statement.line, statement.column) <= (place.line, place.column)
    ends = (place.end_line, place.end_column) <= (statement.end_line, statement.end_column)
    return place.path == statement.path and begins and ends


def _definition(
    starts: dict[tuple[str, str], list[Place]], place: Place, routine: str
) -> Place | None:
    """The CREATE FUNCTION in whose body a fact stands: the last one before it."""
    before = (start for start in starts.get((place.path, routine), ()) if start <= place)
    return max(before, default=None)


def _last_defaults(facts: Iterable[Fact]) -> set[Fact]:
    """Of several defaults that a table's state column was given, the last."""
    last: dict[str, Fact] = {}
    for fact in in_order(facts, Write):
        if isinstance(fact, Write) and fact.op == "default":
            last[fact.table] = fact
    return set(last.values())


def _merged(facts: Iterable[Fact]) -> Iterator[Fact]:
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
    return dataclasses.replace(
        one,
        claims_locked_rows=one.claims_locked_rows or other.claims_locked_rows,
        mutates=one.mutates or other.mutates,
        states=tuple(dict.fromkeys(one.states + other.states)),
        by_position=one.by_position or other.by_position,
        standing=one.standing and other.standing,
    )


def _positioned(facts: Iterable[Fact], all_facts: Iterable[Fact], names: Names) -> Iterator[Fact]:
    """The states of inserts that name no columns, by the order of the table's own."""
    columns = _columns(all_facts)
    for fact in facts:
        if isinstance(fact, Write) and fact.by_position:
            given = _given_to_state(fact, columns.get(fact.table, ()), names.outbox.state_column)
            yield dataclasses.replace(fact, states=tuple(dict.fromkeys(fact.states + given)))
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
    """Where the table is not known, any value may be the state's (ruling 5)."""
    if state not in columns:
        return tuple(value for values in write.by_position for value in values)
    position = columns.index(state)
    return write.by_position[position] if position < len(write.by_position) else ()
