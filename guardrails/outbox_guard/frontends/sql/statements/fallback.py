"""What a statement that has no tree does, as far as its tokens alone can say.

Sound, not exact: what may reach a write is taken to reach it. A statement that shows none of the
verbs that change rows only reads; one that shows such a verb where its target can't be told is
not decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from outbox_guard.frontends.sql.lexing.phrases import Tokens, name_at, skip_words, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.values.effects import Effect, Operation
from outbox_guard.frontends.sql.values.kinds import NONE, Tables
from outbox_guard.names import Names

# An UPDATE behind these is part of a lock, of a MERGE or of an ON CONFLICT, not a statement.
_BEFORE_CLAUSE = ("for", "key", "do", "on", "or", "before", "after", "instead", "then")
_SHORTEST_PIECE = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """What a verb does to a guarded table at most, or why nobody can say."""

    verb: Token
    at_most: Effect | str


def guesses(tokens: Tokens, names: Names, unknown: frozenset[int]) -> Iterator[Guess]:
    """What each data-modifying verb of a statement does."""
    picked = locked(tokens, names)
    states = frozenset(token.value for token in tokens if token.kind == "string")
    for index, op, at in _verbs(tokens):
        verb = tokens[index]
        if at < len(tokens) and tokens[at].start in unknown:
            yield Guess(verb, f"the table of this {op.upper()} is not known")
            continue
        name = name_at(tokens, at)
        if name is None:
            yield Guess(verb, f"no table behind {op.upper()}")
        elif names.is_guarded(name.value):
            effect = _effect(tokens[index + 1 :], op, name.value)
            if effect.deletes:
                effect = replace(effect, picked=picked)
            if op != "delete" and names.is_attempts(name.value):
                effect = replace(effect, states=states)
                if _may_be_composed(tokens, states, names):
                    yield Guess(verb, "the state is put together from pieces")
            yield Guess(verb, effect)


def _verbs(tokens: Tokens) -> Iterator[tuple[int, Operation, int]]:
    """The index of each verb, what it is, and the index of its target."""
    for index, token in enumerate(tokens):
        if words_at(tokens, index, "delete", "from"):
            yield index, "delete", _target(tokens, index + 2)
        elif words_at(tokens, index, "insert", "into"):
            yield index, "insert", _target(tokens, index + 2)
        elif words_at(tokens, index, "merge", "into"):
            yield index, "merge", _target(tokens, index + 2)
        elif token.is_word("update") and not _is_clause(tokens, index):
            yield index, "update", _target(tokens, index + 1)


def _is_clause(tokens: Tokens, index: int) -> bool:
    before = tokens[index - 1] if index else None
    after_it = before is not None and before.is_word(*_BEFORE_CLAUSE)
    return after_it or words_at(tokens, index + 1, "set")


def _target(tokens: Tokens, index: int) -> int:
    index = skip_words(tokens, index, "only")
    return index + (index < len(tokens) and tokens[index].is_mark("("))


def _effect(rest: Tokens, op: Operation, table: str) -> Effect:
    if op == "merge":
        deletes = any(words_at(rest, at, "then", "delete") for at in range(len(rest)))
        updates = any(words_at(rest, at, "then", "update") for at in range(len(rest)))
        return Effect("", op, table, deletes=deletes, mutates=deletes or updates)
    if op == "insert":
        updates = any(words_at(rest, at, "do", "update") for at in range(len(rest)))
        return Effect("", op, table, mutates=updates)
    return Effect("", op, table, deletes=op == "delete", mutates=True)


def _may_be_composed(tokens: Tokens, states: frozenset[str], names: Names) -> bool:
    """Whether a forbidden state may be glued together from literals, none of which says it."""
    forbidden = names.outbox.forbidden_states
    if states & set(forbidden) or not any(token.value == "||" for token in tokens):
        return False
    pieces = (text for text in states if len(text) >= _SHORTEST_PIECE)
    return any(piece in state for piece in pieces for state in forbidden)


def locked(tokens: Tokens, names: Names) -> Tables:
    """The pending tables of which a statement with FOR UPDATE … SKIP LOCKED may lock rows."""
    skips = any(words_at(tokens, index, "skip", "locked") for index in range(len(tokens)))
    updates = any(
        words_at(tokens, index, "for", "update") or words_at(tokens, index, "for", "no", "key")
        for index in range(len(tokens))
    )
    if not (skips and updates):
        return NONE
    return frozenset(t.value for t in tokens if t.is_identifier and names.is_pending(t.value))
