"""What the placeholders of a statement are given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import locked_in
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Choice,
    Constant,
    Items,
    Mapping,
    Member,
    Object,
    Ref,
    Rows,
    Unknown,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.sql.lexing.text import Bind, Binds

# What makes a document of a value.
JSON = re.compile(
    r"(?:(?:or|u|simple|rapid)?json\.dumps|msgspec\.json\.encode|psycopg2?\.(?:\w+\.)+Jsonb?)\(\)\Z"
)


def binds_of(arguments: Arguments, skip: int, *, many: bool = False, alone: bool = False) -> Binds:
    """What the placeholders are given by the arguments that follow the SQL text.

    `alone` is where a list by itself is one value, as an array is.
    """
    given = arguments.positional[skip:]
    named = dict(arguments.keywords)
    for keyword in ("params", "parameters", "vars", "args", "values", "seq_of_parameters"):
        if isinstance(named.get(keyword), Items | Mapping):
            given = (named.pop(keyword), *given)
    positional: list[Bind] = []
    by_name = {name: bind_of([value]) for name, value in named.items()}
    first = as_row(given[0]) if len(given) == 1 and not alone else None
    rows = _rows(first) if first is not None else None
    # Of one row, a list is a value: `execute(sql, (ids,))`. SQLAlchemy takes many as dicts.
    if rows is not None and (many or all(isinstance(row, Mapping) for row in rows)):
        positional, more = _columns(rows)
        by_name.update(more)
    elif isinstance(first, Items):
        values = first.items or (() if first.rest is None else (first.rest,))
        positional = [bind_of([value]) for value in values]
    elif isinstance(first, Mapping):
        by_name.update({name: bind_of([value]) for name, value in first.items})
    else:
        positional = [bind_of([value]) for value in given]
    rest = bind_of([first]) if isinstance(first, Rows) else Bind()
    return Binds(tuple(positional), MappingProxyType(by_name), rest)


def _rows(value: Value) -> tuple[Value, ...] | None:
    """The rows that `executemany` is given, if the value is a list of rows."""
    if not isinstance(value, Items):
        return None
    rows = [*value.items, *([] if value.rest is None else [value.rest])]
    rows = [as_row(option) for row in rows for option in options(row)]
    return tuple(rows) if any(isinstance(row, Items | Mapping) for row in rows) else None


def _columns(rows: Iterable[Value]) -> tuple[list[Bind], dict[str, Bind]]:
    """Each column of several rows as one bind that may be any of its values."""
    positions: dict[int, list[Value]] = {}
    names: dict[str, list[Value]] = {}
    for row in rows:
        if isinstance(row, Items):
            for number, value in enumerate(row.items):
                positions.setdefault(number, []).append(value)
        elif isinstance(row, Mapping):
            for name, value in row.items:
                names.setdefault(name, []).append(value)
    by_name = {name: bind_of(values) for name, values in names.items()}
    return [bind_of(positions[number]) for number in sorted(positions)], by_name


def bind_of(values: Iterable[Value]) -> Bind:
    """One placeholder that is given any of these values."""
    flat = [option for value in values for option in options(value)]
    known = [text for value in flat for text in bound_texts(value)]
    locked = any(locked_in(value) for value in flat)
    source = _source(flat[0]) if len(flat) == 1 else ""
    return Bind(tuple(dict.fromkeys(known)), all(map(_is_known, flat)), locked, source=source)


def _source(value: Value) -> str:
    """What tells a value from others: itself, or the parameter or attribute that it is."""
    match value:
        case Text(known=str(text)):
            return f"={text}"
        case Constant(value=constant):
            return f"={constant}"
        case Unknown(name=name, line=line) if "(" not in name:
            return line
        case Ref(name=name, line=line) if (
            name.count("(") == 1
        ):  # of a type, as a call would make it
            return line
    return ""


def bound_texts(value: Value) -> Iterator[str]:
    """The texts that a driver may send for a value."""
    match value:
        case Text(known=str(text)):
            yield text
        case Member(name=name, value=inner):
            yield name
            yield from bound_texts(inner)
        case Ref(name=name, arguments=(document, *_)) if JSON.search(name):
            yield json.dumps(_plain(document))
        case Items(items=held, rest=rest):  # an array, which `unnest` takes apart
            for inner in held if rest is None else (*held, rest):
                for option in options(inner):
                    yield from bound_texts(option)


def _plain(value: Value) -> object:
    """A document as far as it is known, of alternatives the first that is."""
    match value:
        case Text(known=str(text)):
            return text
        case Member(value=inner):
            return _plain(inner)
        case Constant(value=constant):
            return constant
        case Items(items=held, rest=rest):
            return [_plain(inner) for inner in (held if rest is None else (*held, rest))]
        case Mapping(items=entries):
            return {name: _plain(inner) for name, inner in entries}
        case Choice(options=held):
            return next((known for inner in held if (known := _plain(inner)) is not None), None)
    return None


def _is_known(value: Value) -> bool:
    if isinstance(value, Items):
        parts = (option for inner in value.items for option in options(inner))
        return value.rest is None and all(map(_is_known, parts))
    return isinstance(value, Constant | Member) or (
        isinstance(value, Text) and value.known is not None
    )


def as_row(value: Value) -> Value:
    """A named tuple as the tuple that it is."""
    bases = value.of.outer_bases if isinstance(value, Object) else ()
    if isinstance(value, Object) and any(base.endswith("NamedTuple") for base in bases):
        fields = fields_of(value) or Mapping()
        return Items(tuple(worth for _, worth in fields.items))
    return value


def fields_of(value: Value) -> Mapping | None:
    """The attributes of an object, as `asdict(value)` or `vars(value)` would give them."""
    if isinstance(value, Object):
        held = {name: value.attributes.get(name, UNKNOWN) for name in value.of.all_fields}
        return Mapping(tuple({**held, **value.attributes}.items()))
    return value if isinstance(value, Mapping) else None
