"""What is left of what statements say when later files of `schema/` have replaced some of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from outbox_guard.facts import (
    Behaviour,
    Comparison,
    Declaration,
    Fact,
    Function,
    Place,
    Undetermined,
    Use,
    Write,
)
from outbox_guard.names import Names
from outbox_guard.schema.objects import Schema
from outbox_guard.schema.order import declarations, in_order


def current(facts: Sequence[Fact], schema: Schema, names: Names) -> Iterator[Fact]:
    """Without what later files of `schema/` replaced or dropped."""
    standing = {function.place: function for function in schema.functions()}
    starts: dict[tuple[str, str], list[Place]] = {}
    for fact in facts:
        if isinstance(fact, Function):
            starts.setdefault((fact.place.path, fact.identity), []).append(fact.place)
    defaults = set(_standing_defaults(facts, schema, names.outbox.state_column))
    history = _history(facts, schema)
    for fact in facts:
        routine = getattr(fact, "routine", "")
        if fact.place.zone == "schema":
            if isinstance(fact, Comparison) and any(_within(fact.place, s) for s in history):
                continue
            if routine:
                definition = _definition(starts, fact.place, routine)
                function = standing.get(definition) if definition else None
                if function is None or _was_renamed(fact, function):
                    continue
                if isinstance(fact, Write) and _is_unbound(fact, function, schema):
                    continue
            if isinstance(fact, Write) and fact.op == "default" and fact not in defaults:
                continue
        yield fact


def unjudged(
    facts: Iterable[Fact], told: Iterable[Fact], schema: Schema, names: Names
) -> Iterator[Undetermined]:
    """The functions that another file has made a claim, completion or repair, by their name.

    What a function does is tried where it is created, under the names that its file gives it.
    """
    of_old = {fact.place: fact.name for fact in facts if isinstance(fact, Function)}
    judged = {(f.place.path, f.function) for f in told if isinstance(f, Behaviour)}
    roles = (names.functions.claim, names.functions.complete, names.functions.repair)
    wanted = {role.rpartition(".")[2] for role in roles}
    for function in schema.functions():
        name, old = function.name, of_old.get(function.place, function.name)
        if name in wanted and old != name and (function.place.path, name) not in judged:
            reason = f"what {old} does is not known under the name that it was given since, {name}"
            tables = function.tables or (name,)
            yield Undetermined(place=function.place, reason=reason, tables=tables)


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


def _was_renamed(fact: Fact, function: Function) -> bool:
    """Whether it is told of a claim, completion or repair that is none under its name of today."""
    return isinstance(fact, Behaviour) and fact.function != function.name


def _is_unbound(write: Write, function: Function, schema: Schema) -> bool:
    """Whether a row of a trigger is written, and no trigger calls this function any more."""
    table = schema.tables.find("", write.table) if write.op == "assign" else None
    called = {trigger.function for trigger in table.triggers.values()} if table else {function.name}
    return function.name not in called


def _standing_defaults(facts: Iterable[Fact], schema: Schema, state: str) -> Iterator[Fact]:
    """Of several defaults that a table's state column was given, the last, if it has one still."""
    last = {
        fact.table: fact
        for fact in in_order(facts, Write)
        if isinstance(fact, Write) and fact.op == "default"
    }
    for name, fact in last.items():
        table = schema.tables.find("", name)
        column = table.columns.get(state) if table is not None else None
        if column is None or column.default or column.formula:
            yield fact
