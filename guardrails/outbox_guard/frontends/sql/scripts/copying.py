"""What COPY … FROM STDIN is given: the data behind it in a file, or the rows of a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from outbox_guard.frontends.sql.statements.copies import CopyIn
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.kinds import Value
from outbox_guard.frontends.sql.values.rows import Column, Rows
from outbox_guard.names import Names


def with_data(step: Step, data: str, names: Names) -> Step:
    """A COPY, with the values that the data in the file gives to the table's columns."""
    copy = step.copies
    return step if copy is None else _filled(step, copy, _columns(copy, data), names)


def with_rows(step: Step, values: Sequence[Value], names: Names) -> Step:
    """A COPY, with the values that a program writes, by position."""
    copy = step.copies
    if copy is None or not values:
        return step
    named = (*copy.columns, *[""] * len(values))
    return _filled(step, copy, map(Column, named, values), names)


def _filled(step: Step, copy: CopyIn, given: Iterable[Column], names: Names) -> Step:
    if not copy.inline:
        return step
    if not names.is_guarded(copy.table):
        return replace(step, copies=None, relations={copy.table: Rows(tuple(given))})
    if not names.is_attempts(copy.table):
        return step
    columns = list(given)
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
