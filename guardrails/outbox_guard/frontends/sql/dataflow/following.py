"""One query or data-modifying statement followed through its tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlglot import exp

from outbox_guard.frontends.sql.dataflow.functions import computes
from outbox_guard.frontends.sql.dataflow.queries import Evaluation
from outbox_guard.frontends.sql.dataflow.writes import effects
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed, Rewritten, rewrite
from outbox_guard.frontends.sql.parsing.trees import (
    Tree,
    folded,
    refuse_what_takes_too_long,
    tree_of,
    verb_of,
)
from outbox_guard.frontends.sql.values.effects import Call, Effect
from outbox_guard.frontends.sql.values.kinds import NONE, UNKNOWN, Value
from outbox_guard.frontends.sql.values.rows import Rows
from outbox_guard.frontends.sql.values.scopes import Scope
from outbox_guard.names import Names

_STAND_IN = re.compile(r"'(_s\d+_)'")


@dataclass(frozen=True, slots=True)
class Followed:
    """What a query or a data-modifying statement comes to."""

    verb: str
    effects: tuple[Effect, ...]
    verbs: Mapping[str, Token]  # tag of an effect -> the token of its verb
    rows: Rows
    relations: Mapping[str, Rows]
    calls: tuple[Call, ...]
    lost: Token | None  # a verb whose table is a placeholder


@dataclass(frozen=True, slots=True)
class _Result:
    verb: str
    effects: tuple[Effect, ...]
    rows: Rows
    into: str = ""  # the table that a SELECT makes
    calls: tuple[Call, ...] = ()


def follow(passage: Passage, scope: Scope, names: Names) -> Followed:
    """All writes of a statement and the rows that it returns; NotParsed where that fails."""
    refuse_what_takes_too_long(passage.tokens)
    said = rewrite(passage.tokens, passage.unknown)
    plain = not any(t.is_identifier and scope.knows(t.value) for t in passage.tokens)
    result = _by_shape(said, names) if plain and not said.placeholders else None
    if result is None:
        meanings = _meanings(said, passage, scope)
        result = _result(tree_of(said.text), scope, Evaluation(names, meanings))
    tags = [effect.tag for effect in result.effects]
    if sorted(tags) != sorted(said.verbs):
        raise NotParsed("a verb stands where it could not be followed")
    lost = [said.verbs[e.tag] for e in result.effects if e.table in said.placeholders]
    return Followed(
        result.verb,
        result.effects,
        said.verbs,
        result.rows,
        dict(_made(result, names)),
        result.calls,
        lost[0] if lost else None,
    )


def _result(tree: Tree, scope: Scope, run: Evaluation) -> _Result:
    into = tree.args.get("into")
    made = folded(into.this.this) if isinstance(into, exp.Into) else ""
    try:
        done = tuple(effects(tree, scope, run, run.names.outbox.state_column))
        rows = run.rows(tree, scope)
    except RecursionError:
        raise NotParsed("nested too deeply to follow") from None
    return _Result(verb_of(tree), done, rows, made, tuple(dict.fromkeys(run.heard)))


def _by_shape(said: Rewritten, names: Names) -> _Result | None:
    """The result of this statement by that of its shape, which a dump repeats by the million."""
    shape = _of_shape(said.text, names)
    if shape is None:
        return None

    def meant(texts: frozenset[str]) -> frozenset[str]:
        return NONE.union(*(said.literals[stand_in] for stand_in in texts))

    done = tuple(
        replace(
            effect,
            states=meant(effect.states),
            by_position=tuple(meant(texts) for texts in effect.by_position),
            added=effect.added.with_texts(meant),
        )
        for effect in shape.effects
    )
    return replace(shape, effects=done, rows=shape.rows.with_texts(meant))


@lru_cache(maxsize=1024)
def _of_shape(text: str, names: Names) -> _Result | None:
    """What statements of this shape do, with stand-ins for texts; None where texts are changed."""
    tree = tree_of(text)
    if computes(tree):
        return None
    itself = {stand_in: Value(frozenset((stand_in,))) for stand_in in _STAND_IN.findall(text)}
    return _result(tree, Scope(), Evaluation(names, itself))


def evaluate(expression: Passage, scope: Scope, names: Names) -> Value:
    """What an expression may be."""
    first = expression.tokens[0]
    select = Token("word", first.start, first.start, "select")
    tokens = [select, *expression.tokens]
    refuse_what_takes_too_long(tokens)
    said = rewrite(tokens, expression.unknown)
    run = Evaluation(names, _meanings(said, expression, scope))
    try:
        return run.rows(tree_of(said.text), scope).first
    except RecursionError:
        raise NotParsed("nested too deeply to follow") from None


def _meanings(said: Rewritten, passage: Passage, scope: Scope) -> dict[str, Value]:
    """What the stand-ins of the rewritten statement mean."""
    meanings = {stand_in: Value(texts) for stand_in, texts in said.literals.items()}
    for stand_in, token in said.placeholders.items():
        known = passage.meanings.get(token.start)
        if known is None:
            variable = scope.variables.get(token.value.replace("'", "").replace('"', ""))
            known = variable.first if variable is not None else UNKNOWN
        meanings[stand_in] = known
    return meanings


def _made(result: _Result, names: Names) -> Iterator[tuple[str, Rows]]:
    """The tables that get rows here: SELECT … INTO, and what INSERTs add."""
    if result.into:
        yield result.into, result.rows.stored
    for effect in result.effects:
        # An outbox table is what it is for everyone: what is read from it is not known.
        if effect.op in ("insert", "update") and not names.is_guarded(effect.table):
            yield effect.table, effect.added.stored
