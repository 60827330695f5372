"""Values made of values, of which the same part may stand in many places.

A list that holds another one twice, which holds a third one twice, is a handful of objects, and a
tree of millions. So what is worked out of all that a value holds is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Made = TypeVar("Made")


class Shared:
    """A value that works out its hash once; `shared` makes the class."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", self._hashed())
            return self._hash

    def _hashed(self) -> int:
        """Of the fields, each of which knows its own."""
        raise NotImplementedError


@dataclass_transform(frozen_default=True)
def shared(cls: type[Made]) -> type[Made]:
    """A frozen dataclass that compares by its fields, but looks at its hash first."""
    made = dataclass(frozen=True, slots=True)(cls)
    hashed, equal = made.__hash__, made.__eq__

    def same(self: Made, other: object) -> bool:
        return self is other or (
            type(self) is type(other) and hash(self) == hash(other) and equal(self, other)
        )

    for name, method in (("_hashed", hashed), ("__hash__", Shared.__hash__), ("__eq__", same)):
        setattr(made, name, method)
    return made
