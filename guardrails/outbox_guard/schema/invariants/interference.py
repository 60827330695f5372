"""What comes between a statement and the rows of an outbox table: rules, and other triggers.

The functions of the outbox are judged as if nothing did. Where something may keep the append-only
trigger from raising, that is its fault; what else may become of a row is told as undecided.
"""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Declaration, Function, Lack, Trigger, Undetermined
from outbox_guard.names import Names
from outbox_guard.schema.invariants.append_only import MUTATIONS, WANTED
from outbox_guard.schema.invariants.lacks import lack
from outbox_guard.schema.objects import Schema, StandingTable


def interference(
    table: StandingTable, schema: Schema, names: Names
) -> Iterator[Lack | Undetermined]:
    """Of one outbox table."""
    is_attempts = names.is_attempts(table.name)
    for rule in table.rules.values():
        if not (is_attempts and rule.event in MUTATIONS):
            yield _unfollowed(rule, f"the rule {rule.name}", rule.event.upper(), table)
        elif rule.instead:
            because = f"the rule {rule.name} takes the place of {rule.event.upper()}"
            yield lack(table, rule, WANTED, because, f"DROP RULE {rule.name} ON {table.name};")
    for constraint in table.constraints if is_attempts else ():
        if constraint.follows:
            who = f"the foreign key {constraint.name}"
            yield _unfollowed(constraint, who, "a DELETE or UPDATE of what it refers to", table)
    if table.row_security is not None:
        yield _unfollowed(table.row_security, "row security", "the owner's own statements", table)
    guarded = _guarded(names, is_attempts=is_attempts)
    for trigger, function in _firing(table, schema):
        for event in trigger.events:
            if is_attempts and event in MUTATIONS:
                yield from _silenced(event, trigger, function, table, schema)
            elif event in function.drops or (
                event in guarded and not guarded[event].isdisjoint(function.sets)
            ):
                yield _unfollowed(trigger, f"{function.name}()", event.upper(), table)


def _guarded(names: Names, *, is_attempts: bool) -> dict[str, frozenset[str]]:
    """The columns that count, by the event that writes them."""
    outbox = names.outbox
    if is_attempts:
        return {"insert": frozenset((outbox.key_column, outbox.state_column, "*"))}
    counted = (*outbox.lease_columns, outbox.due_column, outbox.count_column)
    return {"update": frozenset((outbox.key_column, *counted, "*"))}


def _firing(table: StandingTable, schema: Schema) -> Iterator[tuple[Trigger, Function]]:
    """The triggers that see a row before it is written, with their functions, in their order."""
    for name in sorted(table.triggers):
        trigger = table.triggers[name]
        called = schema.functions_named(trigger.function)
        if called and trigger.enabled and trigger.per_row and trigger.timing == "before":
            yield trigger, called[-1]


def _silenced(
    event: str, trigger: Trigger, function: Function, table: StandingTable, schema: Schema
) -> Iterator[Lack]:
    """What leaves a row alone lets no later trigger see it; they fire in the order of names."""
    refusing = [
        later.name
        for later, other in _firing(table, schema)
        if event in later.events and event in other.refuses and later.name > trigger.name
    ]
    if event in function.drops and refusing:
        because = f"{trigger.name} may let {event.upper()} go by in silence before {refusing[0]}"
        yield lack(table, trigger, WANTED, because)


def _unfollowed(at: Declaration, who: str, event: str, table: StandingTable) -> Undetermined:
    reason = f"what {who} makes of {event} is not followed"
    return Undetermined(place=at.place, reason=reason, tables=(table.name,))
