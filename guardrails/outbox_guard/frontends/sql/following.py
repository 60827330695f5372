"""One query or data-modifying statement followed through its tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from outbox_guard.frontends.sql.claims import Action
from outbox_guard.frontends.sql.lexer import Token
from outbox_guard.frontends.sql.parsing import NotParsed, Parsed, folded, parse, verb_of
from outbox_guard.frontends.sql.passages import Passage
from outbox_guard.frontends.sql.queries import Evaluation
from outbox_guard.frontends.sql.values import UNKNOWN, Rows, Scope, Value, text
from outbox_guard.frontends.sql.writes import Effect, effects
from outbox_guard.names import Names

__all__ = ["Followed", "NotParsed", "evaluate", "follow"]


@dataclass(frozen=True, slots=True)
class Followed:
    verb: str
    actions: tuple[Action, ...]
    rows: Rows
    relations: Mapping[str, Rows]
    lost: Token | None  # a verb whose table is a placeholder


def follow(passage: Passage, scope: Scope, names: Names) -> Followed:
    """All writes of a statement and the rows that it returns; NotParsed where that fails."""
    parsed = parse(passage.tokens, passage.unknown)
    run = Evaluation(names, _meanings(parsed, passage, scope))
    try:
        done = list(effects(parsed.tree, scope, run, names.outbox.state_column))
        rows = run.rows(parsed.tree, scope)
    except RecursionError:
        raise NotParsed("nested too deeply to follow") from None
    if sorted(effect.tag for effect in done) != sorted(parsed.verbs):
        raise NotParsed("a verb stands where it could not be followed")
    lost = [parsed.verbs[effect.tag] for effect in done if effect.table in run.stand_ins]
    relations = dict(_made(parsed, rows, done))
    actions = tuple(_action(effect, parsed, passage) for effect in done)
    return Followed(verb_of(parsed.tree), actions, rows, relations, lost[0] if lost else None)


def evaluate(expression: Passage, scope: Scope, names: Names) -> Value:
    """What an expression may be."""
    first = expression.tokens[0]
    select = Token("word", first.start, first.start, "select")
    parsed = parse([select, *expression.tokens], expression.unknown)
    try:
        rows = Evaluation(names, _meanings(parsed, expression, scope)).rows(parsed.tree, scope)
    except RecursionError:
        raise NotParsed("nested too deeply to follow") from None
    return rows.first


def _meanings(parsed: Parsed, passage: Passage, scope: Scope) -> dict[str, Value]:
    """What the stand-ins of the rewritten statement mean."""
    meanings = {stand_in: text(literal) for stand_in, literal in parsed.literals.items()}
    for stand_in, token in parsed.placeholders.items():
        known = passage.meanings.get(token.start)
        if known is None:
            variable = scope.variables.get(token.value.replace("'", "").replace('"', ""))
            known = variable.first if variable is not None else UNKNOWN
        meanings[stand_in] = known
    return meanings


def _action(effect: Effect, parsed: Parsed, passage: Passage) -> Action:
    return Action(
        place=passage.place(parsed.verbs[effect.tag]),
        op=effect.op,
        table=effect.table,
        deletes=effect.deletes,
        mutates=effect.mutates,
        picked=effect.picked,
        states=effect.states,
        by_position=effect.by_position,
    )


def _made(parsed: Parsed, rows: Rows, done: list[Effect]) -> Iterator[tuple[str, Rows]]:
    """The tables that get rows here: SELECT … INTO, and what INSERTs add."""
    into = parsed.tree.args.get("into")
    if isinstance(into, exp.Into):
        yield folded(into.this.this), rows
    for effect in done:
        if effect.op == "insert" and effect.table:
            yield effect.table, effect.added
