"""Statements inside statements: EXPLAIN, PREPARE, DECLARE, COPY (…), CREATE … AS, RULE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    find_word,
    listed,
    matching,
    name_at,
    skip_words,
    words_at,
)

_QUERY_WORDS = ("select", "with", "values", "table", "insert", "update", "delete", "merge")
# Options of EXPLAIN for which the statement need not be run.
_ONLY_SHOWN = frozenset(
    "verbose costs settings generic_plan buffers serialize wal timing summary memory format".split()
)
# What may end a query that makes a relation, and is no part of it.
_MAKING_ENDS = (
    ("with", "data"),
    ("with", "no", "data"),
    ("with", "check"),
    ("with", "cascaded"),
    ("with", "local"),
)


@dataclass(frozen=True, slots=True)
class Inner:
    """A statement that another one contains, and the name under which its rows are known then."""

    tokens: Tokens
    makes: Literal["", "view", "table", "cursor"] = ""
    name: str = ""
    columns: tuple[str, ...] = ()


def unwrap(tokens: Tokens) -> Iterator[Inner]:
    """The statements that are run, or kept to be run, by this one: mostly itself."""
    first = tokens[0].value if tokens and tokens[0].kind == "word" else ""
    match first:
        case "explain":
            end, runs = _explained(tokens)
            yield from unwrap(tokens[end:]) if runs else ()
        case "prepare" if (start := find_word(tokens, "as")) is not None:
            yield from unwrap(tokens[start + 1 :])
        case "declare" if (start := find_word(tokens, "for")) is not None:
            yield Inner(tokens[start + 1 :], "cursor", tokens[1].value)
        case "copy" if len(tokens) > 1 and tokens[1].is_mark("("):
            yield from unwrap(tokens[2 : matching(tokens, 1)])
        case "create":
            yield from _created(tokens)
        case _:
            yield Inner(tokens)


def _explained(tokens: Tokens) -> tuple[int, bool]:
    """Where the statement begins that EXPLAIN is about, and whether it is run, too."""
    if len(tokens) > 1 and tokens[1].is_mark("("):
        end = matching(tokens, 1)
        return end + 1, any(map(_analyzes, listed(tokens[2:end])))
    end = skip_words(tokens, 1, "analyze", "analyse", "verbose")
    told = any(token.is_word("analyze", "analyse") for token in tokens[1:end])
    return end, told or not _is_query(tokens, end)


def _analyzes(option: Tokens) -> bool:
    """A word that is none of EXPLAIN's stands for one that is not known."""
    word, *setting = (token.value for token in option) if option else ("",)
    if word in ("analyze", "analyse"):
        return setting not in (["false"], ["off"], ["0"])
    return word not in _ONLY_SHOWN


def _created(tokens: Tokens) -> Iterator[Inner]:
    start = skip_words(
        tokens,
        1,
        "or",
        "replace",
        "global",
        "local",
        "temp",
        "temporary",
        "unlogged",
        "recursive",
        "materialized",
    )
    if words_at(tokens, start, "rule"):
        yield from _rule_actions(tokens)
    elif start < len(tokens) and tokens[start].is_word("table", "view"):
        # A materialized view keeps rows as a table does.
        view = tokens[start].is_word("view") and not words_at(tokens, start - 1, "materialized")
        yield from _made(tokens, start + 1, "view" if view else "table")
    else:
        yield Inner(tokens)


def _made(tokens: Tokens, start: int, makes: Literal["view", "table"]) -> Iterator[Inner]:
    """CREATE … name [(columns)] … AS query [WITH NO DATA]"""
    name = name_at(tokens, skip_words(tokens, start, "if", "not", "exists"))
    begin = find_word(tokens, "as", name.end) if name is not None else None
    if name is None or begin is None or not _is_query(tokens, begin + 1):
        yield Inner(tokens)
        return
    query = tokens[begin + 1 : _query_end(tokens)]
    if query[0].is_word("execute"):
        return  # a statement that was prepared, and read there
    columns: tuple[str, ...] = ()
    if name.end < len(tokens) and tokens[name.end].is_mark("("):
        inside = tokens[name.end + 1 : matching(tokens, name.end)]
        columns = tuple(part[0].value for part in listed(inside) if part)
    yield Inner(query, makes, name.value, columns)


def _is_query(tokens: Tokens, index: int) -> bool:
    if index >= len(tokens):
        return False
    return tokens[index].is_word(*_QUERY_WORDS, "execute") or tokens[index].is_mark("(")


def _query_end(tokens: Tokens) -> int:
    for ending in _MAKING_ENDS:
        for length in (len(ending), len(ending) + 1, len(ending) + 2):
            start = len(tokens) - length
            if start > 0 and words_at(tokens, start, *ending) and length - len(ending) in (0, 1):
                return start
    return len(tokens)


def _rule_actions(tokens: Tokens) -> Iterator[Inner]:
    """CREATE RULE … DO [ALSO | INSTEAD] { NOTHING | action | (action; action) }"""
    start = find_word(tokens, "do")
    if start is None:
        return
    start += 1
    if start < len(tokens) and tokens[start].is_word("also", "instead"):
        start += 1
    actions = tokens[start:]
    if actions and actions[0].is_mark("(") and not _is_query(actions, 1):
        return
    if actions and actions[0].is_mark("("):
        actions = actions[1 : matching(actions, 0)]
    action: list[int] = []
    for index, token in enumerate(actions):
        if token.is_mark(";"):
            yield Inner(actions[action[0] : index]) if action else Inner(())
            action = []
        else:
            action = action or [index]
    if action:
        yield Inner(actions[action[0] :])
