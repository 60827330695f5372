"""The data that stands in a file after COPY … FROM STDIN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.frontends.sql.statements import Step
from outbox_guard.names import Names


def with_data(step: Step, data: str, names: Names) -> Step:
    """A COPY, with the states that its data gives to an attempts table."""
    copy = step.copies
    if copy is None or not copy.inline or not names.is_attempts(copy.table):
        return step
    fields = [line.split(copy.delimiter) for line in _lines(data)]
    width = max(map(len, fields), default=0)
    positions = tuple(
        frozenset(row[index] for row in fields if index < len(row)) for index in range(width)
    )
    state = names.outbox.state_column
    if state in copy.columns:
        index = copy.columns.index(state)
        states = positions[index] if index < width else frozenset()
        actions = (replace(action, states=states) for action in step.actions)
    else:
        by_position = () if copy.columns else positions
        actions = (replace(action, by_position=by_position) for action in step.actions)
    return replace(step, actions=tuple(actions), copies=None)


def _lines(data: str) -> Iterator[str]:
    yield from (line.rstrip("\r") for line in data.split("\n") if line.strip("\r"))
