"""What lists and dicts hold, and what their methods make of them."""

from __future__ import annotations

from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import locked_in
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Constant,
    Items,
    Mapping,
    Value,
    join,
)
from outbox_guard.frontends.python.values.pieces import Glue, Text


def element(collection: Value, index: Value) -> Value | None:
    """`collection[index]`, or None where it can't be told."""
    match collection, index:
        case (Items(), Constant(value=int(number))) if not isinstance(number, bool):
            if -len(collection.items) <= number < len(collection.items):
                return collection.items[number]
            return collection.rest
        case (Items(), _):
            return members(collection)
        case (Mapping(), Text(known=str(key))):
            found = collection.get(key)
            return collection.rest if found is None else found
        case (Mapping(), _):
            return members(collection)
    return None


def members(collection: Value) -> Value | None:
    """What an iteration over a collection gives, one with another."""
    match collection:
        case Items(items=held, rest=rest):
            found = [*held, *([] if rest is None else [rest])]
        case Mapping(items=entries, rest=rest):
            found = [value for _, value in entries] + ([] if rest is None else [rest])
        case _:
            return None
    return join(found) if found else UNKNOWN


def put(collection: Items | Mapping, key: Value, value: Value) -> Items | Mapping:
    """`collection[key] = value`"""
    if isinstance(collection, Mapping):
        return collection.put_under(key, value)
    match key:
        case Constant(value=int(at)) if -len(collection.items) <= at < len(collection.items):
            items = list(collection.items)
            items[at] = value
            return Items(tuple(items), collection.rest)
    rests = [value] if collection.rest is None else [collection.rest, value]
    return Items(collection.items, join(rests))


def listed(value: Value) -> Items | None:
    """A collection as a list; as_text's counterpart for `*value`, `list(value)`, `tuple(value)`."""
    match value:
        case Items():
            return value
        case Mapping(items=entries, keys=keys):
            names = tuple(Text((Glue(key),)) for key, _ in entries)
            return Items(names, None if value.rest is None else join(keys))
    return None


def spread(value: Value) -> Items:
    """What `*value` puts into a list, even if nothing is known of it but whose rows it is."""
    return listed(value) or Items((), value if locked_in(value) else UNKNOWN)


def key_of(mapping: Mapping) -> Value:
    """What a loop over a mapping gives each time."""
    return members(listed(mapping) or Items()) or UNKNOWN


def followed_by(left: Items, right: Items) -> Items:
    """One list behind another."""
    rests = [rest for rest in (left.rest, right.rest) if rest is not None]
    return Items(left.items + right.items, join(rests) if rests else None)


def put_part(collection: Items, value: Value, *, whole: bool) -> Items:
    """`collection[:] = value`, or in the place of a part of it: which one is not looked at."""
    given = spread(value)
    return given if whole else followed_by(collection, given)


def changed_by(collection: Items | Mapping, method: str, arguments: Arguments) -> Value | None:
    """What a collection is after a method that changes it; None for one that does not."""
    first = arguments.get(0)
    match collection, method:
        case (Items(), "append" | "add" | "appendleft") if first is not None:
            return Items((*collection.items, first), collection.rest)
        case (Items(), "extend" | "update") if first is not None:
            return followed_by(collection, spread(first))
        case (Items(), "insert") if arguments.get(1) is not None:
            return Items((arguments.positional[1], *collection.items), collection.rest)
        case (Mapping(), "update"):
            given = first if isinstance(first, Mapping) else Mapping()
            return collection.merge(given).merge(arguments.mapping())
        case (Mapping(), "setdefault"):
            return collection.put_under(first, arguments.get(1) or UNKNOWN)
    return None


def collection_method(
    collection: Items | Mapping, method: str, arguments: Arguments
) -> Value | None:
    """What a method of a collection returns; None where that is not known."""
    match collection, method:
        case (Mapping(), "values"):
            return Items(tuple(v for _, v in collection.items), collection.rest)
        case (Mapping(), "items"):
            entries = tuple(Items((Text((Glue(k),)), v)) for k, v in collection.items)
            rest = collection.rest
            return Items(entries, None if rest is None else Items((join(collection.keys), rest)))
        case (Mapping(), "keys"):
            return listed(collection)
        case (Mapping(), "get" | "pop") if arguments.positional:
            found = element(collection, arguments.positional[0])
            return arguments.get(1) or UNKNOWN if found is None else found
        case (_, "copy"):
            return collection
        case (Items(), "pop" | "popleft"):
            return members(collection)
    return None
