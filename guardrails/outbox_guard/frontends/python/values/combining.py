"""What values make together, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from outbox_guard.frontends.python.values.kinds import (
    LEFT_OUT,
    MOST_CHOICES,
    Choice,
    Class,
    Column,
    Constant,
    Cursor,
    Function,
    Items,
    Mapping,
    Member,
    ModuleValue,
    Object,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Gap, Text
from outbox_guard.frontends.python.values.sharing import once

MOST_PIECES = 4_000  # pieces of one text


def each(value: Value, transform: Callable[[Value], Value]) -> Value:
    """A function of one value, over its alternatives."""
    if not isinstance(value, Choice):
        return transform(value)
    return join(transform(option) for option in value.options)


def pairs(left: Value, right: Value) -> Iterator[tuple[Value, Value]]:
    """The alternatives of two values with each other, as many as are kept."""
    combinations = ((a, b) for a in options(left) for b in options(right))
    for _, pair in zip(range(MOST_CHOICES), combinations, strict=False):
        yield pair


def combine(left: Value, right: Value, operation: Callable[[Value, Value], Value]) -> Value:
    """A function of two values, over their alternatives; of too many, that they are."""
    made = [LEFT_OUT if LEFT_OUT in (a, b) else operation(a, b) for a, b in pairs(left, right)]
    complete = len(options(left)) * len(options(right)) <= MOST_CHOICES
    return join(made if complete else [*made[:-1], LEFT_OUT])


def as_text(value: Value) -> Text:
    """What a value contributes to a text that it is formatted into."""
    match value:
        case Text():
            return value
        case Member(value=Text() as inner):
            return inner
        case Constant():
            return Text((Gap("value"),))
    return Text((Gap("unknown", locked_in(value)),))


def concatenate(left: Value, right: Value) -> Value:
    return combine(left, right, lambda a, b: _concatenated(as_text(a), as_text(b)))


def _concatenated(left: Text, right: Text) -> Text:
    segments = (left.segments + right.segments)[:MOST_PIECES]
    return Text(segments, left.composed or right.composed)


def concatenate_all(values: Iterable[Value]) -> Value:
    result: Value = Text()
    for value in values:
        result = concatenate(result, value)
    return result


def written(value: Value) -> str:
    """How a value is called, where it is nothing that can be followed."""
    match value:
        case Ref(name=name) | Unknown(name=name) | Rows(name=name) | ModuleValue(name=name):
            return name
        case Cursor(of=inner):
            return written(inner)
        case Column(owner=owner, name=name):
            return f"{owner}.{name}" if owner else name
        case Function() | Class():
            return value.name
        case Object(of=owner):
            return owner.name
    return ""


@once
def locked_in(value: Value) -> tuple[str, ...]:
    """The pending tables whose locked rows this value comes from, wholly or in part."""
    match value:
        case Rows(locked=locked) | Cursor(rows=Rows(locked=locked)) | Query(locked=locked):
            return locked
        case Choice(options=held):
            inner = held
        case Items(items=held, rest=rest):
            inner = held if rest is None else (*held, rest)
        case Mapping(items=entries, rest=rest, keys=keys):
            inner = (*(entry for _, entry in entries), *keys, *(() if rest is None else (rest,)))
        case Text(segments=segments):
            return next((s.locked for s in segments if isinstance(s, Gap) and s.locked), ())
        case _:
            return ()
    return next((found for found in map(locked_in, inner) if found), ())


def rows_of(query: Query) -> Rows:
    """What a query gives when it is run."""
    return Rows(query.locked, entities=query.entities)


def texts(value: Value) -> tuple[Text, ...]:
    """Every text that a value may be, or hold."""
    return (value,) if isinstance(value, Text) else _texts_in(value)


@once
def _texts_in(value: Value) -> tuple[Text, ...]:
    match value:
        case Choice(options=held) | Items(items=held):
            return _all_texts(held)
        case Mapping(items=entries):
            return _all_texts(inner for _, inner in entries)
        case Member(value=inner):
            return texts(inner)
    return ()


def _all_texts(values: Iterable[Value]) -> tuple[Text, ...]:
    """Each once; equal ones may stand in different places."""
    return tuple({id(text): text for value in values for text in texts(value)}.values())
