"""The declarations of `schema/` as they stand after the last file, with what the outbox lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from outbox_guard.facts import Fact, Lack, Trigger, Undetermined, Use, Write
from outbox_guard.names import Names
from outbox_guard.schema.annotations.domains import with_domains
from outbox_guard.schema.annotations.paths import unsure_paths, with_paths
from outbox_guard.schema.annotations.states import domain_defaults, with_states
from outbox_guard.schema.invariants.append_only import unrefused
from outbox_guard.schema.invariants.counts import uncounted, with_counts
from outbox_guard.schema.invariants.interference import interference
from outbox_guard.schema.invariants.leases import untied
from outbox_guard.schema.invariants.uniqueness import not_unique
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.schema.order import declarations
from outbox_guard.schema.replay.applying import apply
from outbox_guard.schema.replay.existence import existence


def standing_schema(facts: Sequence[Fact], names: Names) -> Schema:
    """All that the applied files of `schema/` leave behind, and what they missed on the way."""
    ordered = list(declarations(facts))
    known = existence(ordered, facts, names.target_version)
    schema = Schema()
    for moment, declaration in enumerate(ordered):
        if isinstance(declaration, Use):
            schema.missed += known.missed(declaration, schema, moment)
        else:
            apply(schema, declaration)
    with_domains(schema, names)
    with_states(schema, names)
    with_counts(schema, names)
    with_paths(schema)
    schema.undecided += unsure_paths(schema, ordered)
    return schema


def lacking(schema: Schema, names: Names) -> Iterator[Lack | Undetermined | Write]:
    """What the tables of the outbox need and are not given, and what is not decided.

    And what they are given by others: by the types of their columns.
    """
    yield from schema.undecided
    yield from domain_defaults(schema, names)
    for table in schema.tables:
        # A partition has the indexes and the row triggers of the table that it is a part of.
        if names.is_attempts(table.name) and not table.created.is_partition:
            yield from not_unique(table, names)
            yield from unrefused(table, schema, names.functions.append_only)
        elif _inherits_attempts(table, schema, names):
            yield from unrefused(table, schema, names.functions.append_only)
        elif table.switched and (above := _attempts_above(table, schema, names)) is not None:
            part = replace(table, triggers=_as_switched(above, table))
            yield from unrefused(part, schema, names.functions.append_only)
        if names.is_pending(table.name) and not table.created.parent:
            yield from untied(table, schema, names)
            yield from uncounted(table, schema, names)
        if names.is_attempts(table.name) or names.is_pending(table.name):
            yield from interference(table, schema, names)


def _attempts_above(part: StandingTable, schema: Schema, names: Names) -> StandingTable | None:
    """The attempts table that a partition is a part of."""
    above = schema.tables.find("", part.created.parent)
    return above if above is not None and names.is_attempts(above.name) else None


def _as_switched(above: StandingTable, part: StandingTable) -> dict[str, Trigger]:
    """The triggers of a partition: those above, as they were switched, and its own."""
    switched = part.switched
    inherited = {
        name: replace(each, enabled=switched.get(name, switched.get("*", each.enabled)))
        for name, each in above.triggers.items()
    }
    return {**inherited, **part.triggers}


def _inherits_attempts(table: StandingTable, schema: Schema, names: Names) -> bool:
    """Whether attempts are read from it, too; a trigger of the table above does not see them."""
    above: StandingTable | None = table
    for _ in schema.tables:
        if above is None or above.created.is_partition or not above.created.parent:
            return False
        above = schema.tables.find("", above.created.parent)
        if above is not None and names.is_attempts(above.name):
            return True
    return False
