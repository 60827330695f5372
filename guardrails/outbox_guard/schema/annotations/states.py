"""Where the states of an attempt stand in the schema: in the enum, in comments, in indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.facts import EnumValue, Index, Write
from outbox_guard.names import Names
from outbox_guard.schema.conditions import may_hold
from outbox_guard.schema.identifiers import last_name
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.truth import formula_of, text_of, with_columns


def with_states(schema: Schema, names: Names) -> None:
    """Say which states indexes hold, what is said of the enum's values."""
    for table in schema.tables:
        if names.is_attempts(table.name):
            told = (_in_own_words(index, table) for index in table.indexes)
            table.indexes = [_admitting(index, names) for index in told]
    types = _types_of_state(schema, names)
    for name, values in schema.values.items():
        schema.values[name] = [
            replace(
                value,
                of_attempts=_is_of_attempts(values, name, types, names),
                comment="\n".join(_comments(schema, value)),
            )
            for value in values
        ]


def domain_defaults(schema: Schema, names: Names) -> Iterator[Write]:
    """What the type of an attempt's state gives to every row that names none."""
    for table in schema.tables:
        column = table.columns.get(names.outbox.state_column)
        if column is None or column.default or not names.is_attempts(table.name):
            continue
        default = schema.domain_defaults.get(last_name(column.type))
        if default is not None and default.text:
            yield Write(place=default.place, op="default", table=table.name, states=(default.text,))


def _in_own_words(index: Index, table: StandingTable) -> Index:
    """An index whose condition says what the generated columns in it are computed by."""
    computed = {n: formula_of(c.formula) for n, c in table.columns.items() if c.formula}
    if not index.formula or not computed:
        return index
    formula = with_columns(formula_of(index.formula), computed)
    texts = (node.value for node in formula.walk() if node.op == "text")
    literals = tuple(dict.fromkeys((*index.literals, *texts)))
    return replace(index, formula=text_of(formula), literals=literals)


def _admitting(index: Index, names: Names) -> Index:
    held = tuple(state for state in index.literals if may_hold(index, state, names))
    return replace(index, admits=held)


def _types_of_state(schema: Schema, names: Names) -> set[str] | None:
    """The types of the state columns of attempts tables; None where there is no such table."""
    tables = [table for table in schema.tables if names.is_attempts(table.name)]
    columns = [table.columns.get(names.outbox.state_column) for table in tables]
    known = {last_name(column.type) for column in columns if column is not None}
    return known if tables else None


def _is_of_attempts(
    values: list[EnumValue], name: str, types: set[str] | None, names: Names
) -> bool:
    """By the column's type; where that is not in view, by the states that stand beside it."""
    if types is not None:
        return name in types
    return not {value.value for value in values}.isdisjoint(names.outbox.terminal_states)


def _comments(schema: Schema, value: EnumValue) -> Iterator[str]:
    """The SQL comments beside a value, and COMMENT ON its type or a column of that type."""
    yield value.comment
    word = re.compile(rf"(?<!\w){re.escape(value.value)}(?!\w)")
    columns = {
        (table.name, name)
        for table in schema.tables
        for name, column in table.columns.items()
        if last_name(column.type) == value.type
    }
    for (kind, of, name), comment in schema.comments.items():
        about = (kind == "type" and name == value.type) or (
            kind == "column" and (of, name) in columns
        )
        if about and word.search(comment.text):
            yield comment.text
