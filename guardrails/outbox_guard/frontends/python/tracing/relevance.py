"""Which values can matter to the database, so that a call with them is worth following."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.python.driver.connections import receiver_of
from outbox_guard.frontends.python.judging.judge import sql_text
from outbox_guard.frontends.python.values.kinds import (
    Choice,
    Cursor,
    Items,
    Mapping,
    Member,
    Object,
    Query,
    Ref,
    Rows,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.sql.lexing.mentions import Mentions
from outbox_guard.sources import Project

DEEPEST = 3  # collections within collections that are looked into


def matters(value: Value, project: Project, depth: int = 0) -> bool:
    """Whether a value may be, or lead to, something that rules ask about."""
    match value:
        case Text():
            whole = sql_text(value).text
            return whole in _states(project) or project.mentions(whole)
        case Member(name=name, value=inner):
            return name in _states(project) or matters(inner, project, depth)
        case Rows() | Cursor() | Query():
            return True
        case Ref(name=name):
            return receiver_of(value, name) != ""
        case Choice(options=held):
            return any(matters(option, project, depth) for option in held)
        case Items() | Mapping() | Object() if depth < DEEPEST:
            return any(matters(inner, project, depth + 1) for inner in _held(value))
    return False


def concerns(value: Value, project: Project) -> bool:
    """Whether a value as it stands is about a guarded table: more is needed than to follow it."""
    for option in options(value):
        match option:
            case Text() if Mentions(project.names).found_in(sql_text(option).text):
                return True
            case Rows(locked=tables) | Query(locked=tables) if tables:
                return True
            case Query(table=table) if project.names.is_guarded(table):
                return True
    return False


def _states(project: Project) -> tuple[str, ...]:
    return project.names.outbox.forbidden_states


def _held(value: Items | Mapping | Object) -> Iterator[Value]:
    """What a collection or an object holds."""
    match value:
        case Items():
            yield from value.items
            yield from () if value.rest is None else (value.rest,)
        case Mapping():
            yield from (inner for _, inner in value.items)
            yield from value.keys
        case Object():
            yield from value.attributes.values()
