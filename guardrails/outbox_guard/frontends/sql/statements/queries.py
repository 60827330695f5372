"""What a query or a statement that modifies data does."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Place
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import Tokens, outside
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed
from outbox_guard.frontends.sql.routines.claims import Action, Condition, condition
from outbox_guard.frontends.sql.statements import fallback
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.effects import Effect
from outbox_guard.frontends.sql.values.rows import Rows
from outbox_guard.frontends.sql.values.scopes import Scope

QUERY_WORDS = ("select", "with", "values", "table", "insert", "update", "delete", "merge")


def query(passage: Passage, scope: Scope, context: Context) -> Step:
    """By its tree; of one that has none, by its tokens."""
    # Only a statement of this kind needs the parser, which takes long to import.
    from outbox_guard.frontends.sql.dataflow.following import follow

    try:
        followed = follow(passage, scope, context.mentions.names)
    except NotParsed as failure:
        return _guessed(passage, context, str(failure))
    result = Step(
        verb=followed.verb,
        actions=tuple(
            _action(passage.place(followed.verbs[effect.tag]), effect, scope.base_of(effect.table))
            for effect in followed.effects
        ),
        rows=followed.rows,
        relations=followed.relations,
        calls=followed.calls,
        picks=tuple(_picks(passage, followed.rows)),
    )
    if followed.lost is not None and context.mentions.tables(passage.tokens):
        reason = f"the table of this {followed.lost.value.upper()} is not known"
        return result | context.lost(passage, followed.lost, reason)
    return result


def _action(place: Place, effect: Effect, table: str) -> Action:
    return Action(
        place=place,
        op=effect.op,
        table=table,
        deletes=effect.deletes,
        mutates=effect.mutates,
        picked=effect.picked,
        states=effect.states,
        by_position=effect.by_position,
    )


def _picks(passage: Passage, rows: Rows) -> Iterator[Condition]:
    """By which conditions a SELECT chose the rows of pending tables that it locked."""
    for table in sorted(rows.everything):
        found = condition(passage.tokens, table, passage.sources)
        if found is not None and passage.tokens[0].is_word("select"):
            yield found


def _guessed(passage: Passage, context: Context, failure: str) -> Step:
    names = context.mentions.names
    locked = fallback.locked(passage.tokens, names)
    result = Step(verb=_main_verb(passage.tokens), rows=Rows(locked=locked))
    if not context.mentions.tables(passage.tokens):
        return result
    for guess in fallback.guesses(passage.tokens, names, passage.unknown):
        if isinstance(guess.at_most, str):
            result |= context.lost(passage, guess.verb, guess.at_most)
        else:
            action = _action(passage.place(guess.verb), guess.at_most, guess.at_most.table)
            result |= Step(verb=result.verb, actions=(action,), rows=result.rows)
    reads = result.verb in ("select", "values", "table")
    if not result.actions and result.followed and not reads:
        result |= context.lost(passage, passage.tokens[0], failure)
    return result


def _main_verb(tokens: Tokens) -> str:
    """The first keyword, or the one behind a WITH list."""
    for _, token in outside(tokens):
        if token.is_word(*QUERY_WORDS) and not token.is_word("with"):
            return token.value
    return tokens[0].value
