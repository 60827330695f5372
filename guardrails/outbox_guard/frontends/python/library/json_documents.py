"""What a JSON document holds that is written in the code."""

from __future__ import annotations

import json

from outbox_guard.frontends.python.values.kinds import UNKNOWN, Constant, Items, Mapping, Value
from outbox_guard.frontends.python.values.pieces import Glue, Text


def document_of(text: Value | None) -> Value | None:
    """The value of a document, if all of its text is known."""
    if not isinstance(text, Text) or text.known is None:
        return None
    try:
        return _value(json.loads(text.known))
    except (ValueError, RecursionError):
        return None  # no document: Python would raise here, and run nothing


def _value(plain: object) -> Value:
    """What a part of it is worth; its texts stand nowhere by themselves."""
    match plain:
        case str():
            return Text((Glue(plain),))
        case bool() | int() | float() | None:
            return Constant(plain)
        case list():
            return Items(tuple(map(_value, plain)))
        case dict():
            return Mapping(tuple((str(key), _value(value)) for key, value in plain.items()))
    return UNKNOWN
