"""What one statement does: all that is told of it, and the rows that it returns."""

from __future__ import annotations

from dataclasses import replace

from outbox_guard.frontends.sql.declarations.changes import part_of, trigger
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.parsing.wrappers import Inner, unwrap
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.queries import QUERY_WORDS, query
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.statements.token_facts import token_facts
from outbox_guard.frontends.sql.statements.utilities import utility
from outbox_guard.frontends.sql.values.scopes import Scope


def step_of(passage: Passage, scope: Scope, context: Context) -> Step:
    """All that one statement does."""
    if not passage.tokens:
        return Step()
    result = token_facts(passage, scope, context)
    for inner in unwrap(passage.tokens):
        if inner.tokens:
            result |= _inner(passage.part(inner.tokens), inner, scope, context)
    return result


def makes_something(passage: Passage) -> bool:
    """Whether a statement makes a view, a table of a query, a partition or a trigger."""
    return passage.tokens[0].is_word("create") and (
        any(inner.makes in ("view", "table") for inner in unwrap(passage.tokens))
        or part_of(passage.tokens) is not None
        or trigger(passage.tokens) is not None
    )


def _inner(passage: Passage, inner: Inner, scope: Scope, context: Context) -> Step:
    first = passage.tokens[0]
    if first.is_word("call"):
        select = first._replace(value="select")
        return query(passage.part([select, *passage.tokens[1:]]), scope, context)
    if not (first.is_mark("(") or first.is_word(*QUERY_WORDS)):
        return utility(passage, scope, context)
    result = query(passage, scope, context)
    rows = result.rows.renamed(inner.columns)
    match inner.makes:
        case "view" | "table" as kind:
            kept = rows if kind == "view" else rows.stored
            return replace(result, relations={**result.relations, inner.name: kept})
        case "cursor":
            return replace(result, cursors={inner.name: rows})
    return result
