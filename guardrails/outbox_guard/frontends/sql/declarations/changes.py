"""What a DDL statement declares: tables, their columns and defaults, and triggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.frontends.sql.declarations.site import group
from outbox_guard.frontends.sql.declarations.tables import expression, is_column
from outbox_guard.frontends.sql.lexing.phrases import (
    Name,
    Tokens,
    find_word,
    listed,
    name_at,
    skip_words,
    words_at,
)
from outbox_guard.frontends.sql.lexing.tokens import Token


@dataclass(frozen=True, slots=True)
class ColumnDefault:
    """DEFAULT expression, of a column."""

    keyword: Token
    column: str
    expression: Tokens


@dataclass(frozen=True, slots=True)
class TableChange:
    """CREATE TABLE, or the columns that an ALTER TABLE adds or drops."""

    change: Literal["create", "add", "drop"]
    first: Token
    last: Token
    table: str
    columns: tuple[str, ...]
    defaults: tuple[ColumnDefault, ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerOn:
    """CREATE TRIGGER: the function that it calls for a table."""

    first: Token
    last: Token
    table: str
    function: str


def table_changes(tokens: Tokens) -> Iterator[TableChange]:
    """What a statement says of a table's columns."""
    if words_at(tokens, 0, "alter", "table") or words_at(tokens, 0, "alter", "foreign", "table"):
        yield from _altered(tokens)
        return
    start = _table_at(tokens)
    name = _created(tokens)
    if name is None or name.end >= len(tokens) or not tokens[name.end].is_mark("("):
        return
    columns = [element for element in listed(group(tokens, name.end)) if is_column(element)]
    yield TableChange(
        "create",
        tokens[0],
        tokens[start],
        name.value,
        tuple(column[0].value for column in columns),
        tuple(default for column in columns for default in _default(column[0].value, column)),
    )


def _table_at(tokens: Tokens) -> int:
    """Where TABLE stands in CREATE … TABLE."""
    return skip_words(tokens, 1, "global", "local", "temp", "temporary", "unlogged", "foreign")


def _created(tokens: Tokens) -> Name | None:
    """The name of the table that CREATE TABLE creates."""
    start = _table_at(tokens)
    if not words_at(tokens, 0, "create") or not words_at(tokens, start, "table"):
        return None
    return name_at(tokens, skip_words(tokens, start + 1, "if", "not", "exists"))


def _default(column: str, definition: Tokens) -> Iterator[ColumnDefault]:
    keyword = find_word(definition, "default", 1)
    if keyword is None:
        yield from _generated(column, definition)
        return
    yield ColumnDefault(definition[keyword], column, expression(definition, keyword + 1))


def _generated(column: str, definition: Tokens) -> Iterator[ColumnDefault]:
    """GENERATED ALWAYS AS (expression) gives a column its values as well."""
    keyword = find_word(definition, "generated", 1)
    opening = None if keyword is None else find_word(definition, "as", keyword)
    if keyword is None or opening is None or opening + 1 >= len(definition):
        return
    if definition[opening + 1].is_mark("("):
        yield ColumnDefault(definition[keyword], column, group(definition, opening + 1))


def _altered(tokens: Tokens) -> Iterator[TableChange]:
    start = skip_words(tokens, 1, "foreign", "table", "if", "exists", "only")
    name = name_at(tokens, start)
    if name is None:
        return
    first, last = tokens[0], tokens[1]
    rest = name.end + (name.end < len(tokens) and tokens[name.end].value == "*")
    for action in listed(tokens[rest:]):
        if words_at(action, 0, "add"):
            column = action[skip_words(action, 1, "column", "if", "not", "exists") :]
            if is_column(column):
                added = column[0].value
                defaults = tuple(_default(added, column))
                yield TableChange("add", first, last, name.value, (added,), defaults)
        elif words_at(action, 0, "drop") and not words_at(action, 1, "constraint"):
            column = action[skip_words(action, 1, "column", "if", "exists") :]
            if column:
                yield TableChange("drop", first, last, name.value, (column[0].value,))
        elif words_at(action, 0, "alter"):
            column = action[skip_words(action, 1, "column") :]
            if words_at(column, 1, "set", "default"):
                defaults = tuple(_default(column[0].value, column))
                yield TableChange("add", first, last, name.value, (), defaults)


@dataclass(frozen=True, slots=True)
class Part:
    """A table whose rows are rows of another one."""

    name: str
    parent: str


def part_of(tokens: Tokens) -> Part | None:
    """CREATE TABLE … PARTITION OF parent, CREATE TABLE … (…) INHERITS (parent); see _joined"""
    if tokens and tokens[0].is_word("alter"):
        return _joined(tokens)
    name = _created(tokens)
    if name is None:
        return None
    parent = None
    if words_at(tokens, name.end, "partition", "of"):
        parent = name_at(tokens, name.end + 2)
    elif (inherits := find_word(tokens, "inherits", name.end)) is not None:
        parent = name_at(tokens, inherits + 2)
    return Part(name.value, parent.value) if parent is not None else None


def _joined(tokens: Tokens) -> Part | None:
    """ALTER TABLE … RENAME TO, ATTACH PARTITION, INHERIT; of no parent any more after DETACH."""
    start = skip_words(tokens, 1, "foreign", "materialized")
    if start >= len(tokens) or not tokens[start].is_word("table", "view"):
        return None
    table = name_at(tokens, skip_words(tokens, start + 1, "if", "exists", "only"))
    if table is None:
        return None
    phrases = (("rename", "to"), ("attach", "partition"), ("detach", "partition"), ("inherit",))
    for words in phrases:
        other = name_at(tokens, table.end + len(words))
        if words_at(tokens, table.end, *words) and other is not None:
            match words[0]:
                case "inherit":
                    return Part(table.value, other.value)
                case "detach":
                    return Part(other.value, "")
            return Part(other.value, table.value)
    return None


def trigger(tokens: Tokens) -> TriggerOn | None:
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER … ON table … EXECUTE FUNCTION f()"""
    kind = skip_words(tokens, 1, "or", "replace", "constraint", "event")
    if not words_at(tokens, 0, "create") or not words_at(tokens, kind, "trigger"):
        return None
    on, execute = find_word(tokens, "on"), find_word(tokens, "execute")
    if on is None or execute is None:
        return None
    table, function = name_at(tokens, on + 1), name_at(tokens, execute + 2)
    if table is None or function is None:
        return None
    return TriggerOn(tokens[0], tokens[kind], table.value, function.value)
