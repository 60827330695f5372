"""Of which table a column is, as far as the tokens of a statement tell."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.sql.lexing.phrases import Tokens, name_at, skip_words, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token

_BEFORE_TABLE = ("from", "join", "update", "into", "using", "table")
_BEFORE_CALL = ("from", "join", "using")
_AFTER_TABLE = frozenset(
    "as cross do except fetch for full group having inner intersect join left limit natural not"
    " offset on order returning right set tablesample union using values when where window"
    " default overriding select is then add alter drop check".split()
)


def origin_of(column: Token, tokens: Tokens) -> str | None:
    """The table that a column is of; None where it may be another, or nothing is said of it.

    Of `j.due` in FROM jobs AS j that is jobs; of a bare column, the only table of the statement.
    """
    tables = dict(_tables(tokens))
    index = tokens.index(column)
    if index > 1 and tokens[index - 1].is_mark("."):
        return tables.get(tokens[index - 2].value)
    only = set(tables.values())
    return only.pop() if len(only) == 1 else None


def _tables(tokens: Tokens) -> Iterator[tuple[str, str | None]]:
    """The tables of a statement, by the names that its columns may be qualified with."""
    made = {tokens[index].value for index in range(len(tokens)) if _makes_part(tokens, index)}
    for index, token in enumerate(tokens):
        if not token.is_word(*_BEFORE_TABLE):
            continue
        table = name_at(tokens, skip_words(tokens, index + 1, "only", "lateral"))
        if table is not None:
            called = token.is_word(*_BEFORE_CALL) and _opens(tokens, table.end)
            known = not called and table.value not in made
            yield _alias(tokens, table.end) or table.value, table.value if known else None


def _makes_part(tokens: Tokens, index: int) -> bool:
    """WITH part AS (…)"""
    if not tokens[index].is_identifier or not words_at(tokens, index + 1, "as"):
        return False
    return _opens(tokens, skip_words(tokens, index + 2, "not", "materialized"))


def _opens(tokens: Tokens, index: int) -> bool:
    return index < len(tokens) and tokens[index].is_mark("(")


def _alias(tokens: Tokens, index: int) -> str:
    if words_at(tokens, index, "as"):
        index += 1
    if index < len(tokens) and tokens[index].is_identifier:
        return "" if tokens[index].is_word(*_AFTER_TABLE) else tokens[index].value
    return ""
