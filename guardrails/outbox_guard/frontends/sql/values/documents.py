"""What is known of JSON documents: how they are built, their parts, and the rows made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from outbox_guard.frontends.sql.values.kinds import Value, compute, compute_each, text
from outbox_guard.frontends.sql.values.rows import REST, Column, Rows, any_of

Json = object  # what json.loads gives

_UNKNOWN = "unknown\0"  # a text that SQL cannot hold
_BUILDER = re.compile(r"jsonb?_build_(?:object|array)")


def builds(function: str) -> bool:
    return _BUILDER.fullmatch(function.lower()) is not None


def built(function: str, arguments: Sequence[Value]) -> Value:
    """A document of jsonb_build_object(key, value, …) or jsonb_build_array(value, …)."""
    unknown = text(_UNKNOWN)
    known = [each if each.texts else unknown.tainted(each.locked) for each in arguments]
    return compute(_object if function.lower().endswith("object") else _array, known)


def _array(*texts: str) -> str:
    return json.dumps([_scalar(each) for each in texts])


def _object(*texts: str) -> str:
    keys, values = texts[::2], texts[1::2]
    return json.dumps({key: _scalar(value) for key, value in zip(keys, values, strict=False)})


def _scalar(value: str) -> str | None:
    return None if value == _UNKNOWN else value


def part(document: Value, key: Value) -> Value:
    """document -> key, ->> key, #>> path: a text, or a document again."""
    return compute_each(_part, (document, key))


def _part(document: str, key: str) -> Iterator[str]:
    found = _loaded(document)
    path = key[1:-1].split(",") if key.startswith("{") and key.endswith("}") else [key]
    for step in path:
        found = _member(found, step.strip().strip('"'))
    yield from _texts(found)


def _member(document: Json, key: str) -> Json:
    if isinstance(document, dict):
        return document.get(key)
    if isinstance(document, list) and key.lstrip("-").isdigit():
        index = int(key)
        return document[index] if -len(document) <= index < len(document) else None
    return None


def _loaded(document: str) -> Json:
    try:
        loaded: Json = json.loads(document)
    except (ValueError, RecursionError):
        return None  # no document, or one that nobody wrote by hand
    return loaded


def _texts(found: Json) -> Iterator[str]:
    if found is not None:
        yield found if isinstance(found, str) else json.dumps(found)


def takes_apart(function: str) -> bool:
    """Whether the rows of a function in FROM are made of a document."""
    return function.startswith("json") and _kind(function) in _ROWS


def _kind(function: str) -> str:
    return function.removeprefix("jsonb_").removeprefix("json_")


def rows(function: str, documents: Value) -> Rows:
    """What a function that takes documents apart returns."""
    loaded = [_loaded(document) for document in sorted(documents.texts)]
    return _ROWS[_kind(function)](loaded, documents)


def _records(documents: list[Json], given: Value) -> Rows:
    """A column a key; which place it has in its table is not known."""
    objects = [
        each for document in documents for each in _listed(document) if isinstance(each, dict)
    ]
    rows = [
        Rows((REST, *(Column(key, text(*_texts(value))) for key, value in each.items())))
        for each in objects
    ]
    return replace(any_of(rows), locked=given.locked) if rows else Rows((REST,), given.locked)


def _pairs(documents: list[Json], given: Value) -> Rows:
    rows = [
        Rows((Column("key", text(key)), Column("value", text(*_texts(value)))))
        for each in documents
        if isinstance(each, dict)
        for key, value in each.items()
    ]
    nothing = Rows((Column("key"), Column("value")))
    return replace(any_of(rows) if rows else nothing, locked=given.locked)


def _elements(documents: list[Json], given: Value) -> Rows:
    listed = (each for document in documents for each in _listed(document))
    found = text(*(element for each in listed for element in _texts(each)))
    return Rows((Column("value", found),), given.locked)


def _listed(document: Json) -> list[Json]:
    return document if isinstance(document, list) else [document]


_ROWS: Mapping[str, Callable[[list[Json], Value], Rows]] = {
    "array_elements": _elements,
    "array_elements_text": _elements,
    "each": _pairs,
    "each_text": _pairs,
    "populate_record": _records,
    "populate_recordset": _records,
    "to_record": _records,
    "to_recordset": _records,
}
