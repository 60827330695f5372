"""Facts of a file above which lines were added or taken away."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeVar, cast

from outbox_guard.facts.basis import Place

Thing = TypeVar("Thing")
Lines = Callable[[Place], int]  # by how many a place is further down


def moved(thing: Thing, by: int) -> Thing:
    """It, with all its places so many lines further down."""
    return cast("Thing", _moved(thing, lambda _: by))


def shifted(thing: Thing, lines: Lines) -> Thing:
    """It, with each of its places as far down as is said of it."""
    return cast("Thing", _moved(thing, lines))


def _moved(thing: object, lines: Lines) -> object:
    match thing:
        case Place():
            by = lines(thing)
            if not by:
                return thing
            line, end_line = thing.line + by, thing.end_line + by
            return Place(thing.path, line, thing.column, end_line, thing.end_column, thing.zone)
        case tuple() if thing and not isinstance(thing[0], str):
            return tuple(_moved(each, lines) for each in thing)
    if not dataclasses.is_dataclass(thing) or isinstance(thing, type):
        return thing
    held = {each.name: getattr(thing, each.name) for each in dataclasses.fields(thing)}
    changed = {name: new for name, old in held.items() if (new := _moved(old, lines)) is not old}
    return dataclasses.replace(thing, **changed) if changed else thing
