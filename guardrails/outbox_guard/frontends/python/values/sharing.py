"""Values made of values, of which the same part may stand in many places.

A list that holds another one twice, which holds a third one twice, is a handful of objects, and a
tree of millions. So what is worked out of all that a value holds is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar, cast, dataclass_transform

Asked = TypeVar("Asked")
Found = TypeVar("Found")

Made = TypeVar("Made", bound="Shared")


class Shared:
    """A value that works out its hash once, and remembers what it was found equal to."""

    __slots__ = ("_found", "_hash", "_like")
    _found: dict[Callable[..., object], object]  # by what found it
    _hash: int
    _like: object  # the same one for values that were found equal

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", self._hashed())
            return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        like = getattr(self, "_like", self)
        if like is not getattr(other, "_like", other):
            if not self._equals(other):
                return False
            object.__setattr__(other, "_like", like)
        return True

    def _hashed(self) -> int:
        """Of the fields, each of which knows its own."""
        raise NotImplementedError

    def _equals(self, other: object) -> bool:
        """Field by field."""
        raise NotImplementedError


@dataclass_transform(frozen_default=True)
def shared(cls: type[Made]) -> type[Made]:
    """A frozen dataclass of which equal parts are compared once."""
    made = dataclass(frozen=True, slots=True)(cls)
    by_fields = {"_hashed": made.__hash__, "_equals": made.__eq__}
    for name, method in (
        *by_fields.items(),
        ("__hash__", Shared.__hash__),
        ("__eq__", Shared.__eq__),
    ):
        setattr(made, name, method)
    return made


def once(find: Callable[[Asked], Found]) -> Callable[[Asked], Found]:
    """Work out something of a value, but of the same shared value only once."""

    @wraps(find)
    def finding(value: Asked) -> Found:
        if not isinstance(value, Shared):
            return find(value)
        try:
            return cast("Found", value._found[find])
        except AttributeError:
            object.__setattr__(value, "_found", {})
        except KeyError:
            pass
        found = value._found[find] = find(value)
        return found

    return finding
