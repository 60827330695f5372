"""The data that stands in a file after COPY … FROM STDIN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.frontends.sql.fallback import CopyIn
from outbox_guard.frontends.sql.statements import Step
from outbox_guard.frontends.sql.values import Column, Rows, Value
from outbox_guard.names import Names


def with_data(step: Step, data: str, names: Names) -> Step:
    """A COPY, with the values that its data gives to the table's columns."""
    copy = step.copies
    if copy is None or not copy.inline:
        return step
    if not names.is_guarded(copy.table):
        return replace(step, copies=None, relations={copy.table: Rows(tuple(_columns(copy, data)))})
    if not names.is_attempts(copy.table):
        return step
    columns = list(_columns(copy, data))
    if copy.columns:
        state = names.outbox.state_column
        states = frozenset[str]().union(*(c.value.texts for c in columns if c.name == state))
        actions = (replace(action, states=states) for action in step.actions)
    else:
        by_position = tuple(column.value.texts for column in columns)
        actions = (replace(action, by_position=by_position) for action in step.actions)
    return replace(step, actions=tuple(actions), copies=None)


def _columns(copy: CopyIn, data: str) -> Iterator[Column]:
    """The columns of the data, by the names of the list if there is one."""
    rows = [line.rstrip("\r").split(copy.delimiter) for line in data.split("\n") if line.strip()]
    for index in range(max(map(len, rows), default=0)):
        name = copy.columns[index] if index < len(copy.columns) else ""
        texts = frozenset(row[index] for row in rows if index < len(row))
        yield Column(name, Value(texts))
