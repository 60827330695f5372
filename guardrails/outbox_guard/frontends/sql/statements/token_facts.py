"""What the tokens of a statement tell, whatever it is: what it declares, compares and switches."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Comparison, Edit, Fact, RoleSwitch, Use
from outbox_guard.frontends.sql.clocks.comparisons import clocked
from outbox_guard.frontends.sql.clocks.instants import Times
from outbox_guard.frontends.sql.declarations import VERBS, declared
from outbox_guard.frontends.sql.declarations.changes import part_of, table_changes
from outbox_guard.frontends.sql.declarations.uses import uses
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import unclosed
from outbox_guard.frontends.sql.rights import rights, roles
from outbox_guard.frontends.sql.routines.claims import Action
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.origins import origin_of
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.kinds import NONE, UNKNOWN
from outbox_guard.frontends.sql.values.rows import Column, Rows
from outbox_guard.frontends.sql.values.scopes import Scope


def token_facts(passage: Passage, scope: Scope, context: Context) -> Step:
    """What a statement declares, compares and switches; what its queries do is not among it."""
    result = Step(
        verb=passage.tokens[0].value,
        facts=(
            *_switches(passage, scope, context),
            *_comparisons(passage, scope, context),
            *declarations(passage, context),
            *_rights(passage, context),
        ),
    )
    if not passage.tokens[0].is_word("create", "alter"):
        return result
    result |= Step(
        verb=result.verb,
        actions=tuple(_defaults(passage, scope, context)),
        relations=dict(_tables(passage, scope, context)),
    )
    return result if passage.unknown else result | _unclosed(passage, context)


def _switches(passage: Passage, scope: Scope, context: Context) -> Iterator[RoleSwitch]:
    for switch in roles.switches(passage.tokens, lambda t: context.texts(passage, t, scope)):
        known = not passage.meanings or all(
            token.value != switch.role
            for token in passage.tokens
            if token.start in passage.meanings
        )
        yield RoleSwitch(
            place=passage.place(switch.keyword),
            inside=context.inside,
            statement=switch.statement,
            role=switch.role if known else "",
            routine=context.routine,
        )


def _comparisons(passage: Passage, scope: Scope, context: Context) -> Iterator[Comparison]:
    """What is compared with the clock, in a statement that may be about an outbox table."""
    names = context.mentions.names
    if not context.mentions.time_in(passage.sql, passage.start, passage.end):
        return
    for found in clocked(passage.with_clocks, Times(frozenset(names.timed), context.clocks)):
        origin = origin_of(found.column, passage.tokens)
        if origin is None or names.is_guarded(origin) or origin in scope.relations:
            place = passage.place(found.operator, found.last)
            words = "<=" if found.column_first else ">="
            yield Comparison(
                place=place,
                inside=context.inside,
                column=found.column.value,
                operator=found.spelling,
                routine=context.routine,
                edit=Edit(place, found.spelling, words) if found.exact else None,
            )


def declarations(passage: Passage, context: Context) -> Iterator[Fact]:
    """What a statement makes, changes or drops, and what has to be there for it."""
    if len(passage.tokens) == 1:
        return  # a verb alone declares nothing
    site = context.site(passage)
    told = declared(site) if passage.tokens[0].is_word(*VERBS) else ()
    # What is made may refer to itself; what is renamed or dropped had to be there.
    if passage.tokens[0].is_word("create"):
        yield from (*told, *_used(passage, context))
    else:
        yield from (*_used(passage, context), *told)


def _used(passage: Passage, context: Context) -> Iterator[Use]:
    """What has to be there; outside the schema nobody knows what is, when a statement runs."""
    site = context.site(passage)
    if not context.routine and site.statement.zone == "schema":
        yield from uses(site)


def _rights(passage: Passage, context: Context) -> Iterator[Fact]:
    """Who may do what, as far as the schema says it."""
    site = context.site(passage)
    if site.statement.zone == "schema":
        yield from rights(site)


def _defaults(passage: Passage, scope: Scope, context: Context) -> Iterator[Action]:
    """A column default of an attempts table gives the state to every row that names none."""
    names = context.mentions.names
    for change in table_changes(passage.tokens):
        for default in change.defaults:
            if names.is_attempts(change.table) and default.column == names.outbox.state_column:
                yield Action(
                    place=passage.place(default.keyword),
                    op="default",
                    table=change.table,
                    states=context.texts(passage, default.expression, scope),
                )


def _tables(passage: Passage, scope: Scope, context: Context) -> Iterator[tuple[str, Rows]]:
    """Tables that are no outbox tables: their columns, for those who read them."""
    names = context.mentions.names
    if (part := part_of(passage.tokens)) is not None:
        base = scope.base_of(part.parent)
        if names.is_guarded(base):
            origins = frozenset((base,)) if names.is_pending(base) else NONE
            yield part.name, Rows(origins=origins, base=base)
        elif part.name in scope.relations:
            yield part.name, Rows()
        return
    if not passage.tokens[0].is_word("create"):
        return
    for change in table_changes(passage.tokens):
        if not names.is_guarded(change.table):
            given = {
                default.column: context.value(passage.part(default.expression), scope)
                for default in change.defaults
            }
            columns = (Column(name, given.get(name, UNKNOWN)) for name in change.columns)
            yield change.table, Rows(tuple(columns))


def _unclosed(passage: Passage, context: Context) -> Step:
    """A bracket that is never closed takes all to the end of the file into its statement."""
    opened = next(unclosed(passage.tokens), None)
    if opened is None or not context.mentions.tables(passage.tokens):
        return Step()
    return context.lost(passage, opened, "this bracket is never closed")
