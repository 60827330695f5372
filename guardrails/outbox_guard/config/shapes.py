"""What a value of the configuration may be.

A shape names the faults of a TOML value, builds the Python value from one without faults,
and describes itself as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from outbox_guard.config.lines import Key
from outbox_guard.errors import did_you_mean

Refusal = Callable[[Any], str]  # why a value of the right type is refused, "" when it is taken


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value at a key."""

    key: Key
    says: str
    unknown: str = ""  # the last part of a key that its table does not know


class Shape(Protocol):
    """What values an option takes, what it says of others, and how it reads them."""

    @property
    def noun(self) -> str:
        """With its article: "a text"."""

    def takes(self, value: object) -> bool:
        """Is this a value of the right TOML type, whatever is in it?"""

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        """All that is wrong with a value."""

    def build(self, value: Any) -> Any:
        """The Python value of a TOML value without faults."""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the TOML value."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text or a number."""

    type: type[str] | type[int]
    refusal: Refusal

    @property
    def noun(self) -> str:
        return "a text" if self.type is str else "a whole number"

    def takes(self, value: object) -> bool:
        return type(value) is self.type  # True is an int, but no number

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        if not self.takes(value):
            yield misfit(self, value, key)
        elif reason := self.refusal(value):
            yield Fault(key, f"{_spelt(value)}: {reason}")

    def build(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string" if self.type is str else "integer"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    @property
    def noun(self) -> str:
        return "one of " + ", ".join(map(repr, self.words))

    def takes(self, value: object) -> bool:
        return isinstance(value, str)

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        if not self.takes(value):
            yield misfit(self, value, key)
        elif value not in self.words:
            yield Fault(key, f"cannot be {value!r}; {did_you_mean(value, self.words)}")

    def build(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class List:
    """A list of which each member has one shape."""

    member: Shape
    is_filled: bool = False  # it has at least one member

    @property
    def noun(self) -> str:
        return f"a list of which each is {self.member.noun}"

    def takes(self, value: object) -> bool:
        return isinstance(value, list)

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        if not self.takes(value):
            yield misfit(self, value, key, f"write [{_spelt(value)}]" * self.member.takes(value))
            return
        if self.is_filled and not value:
            yield Fault(key, "it is empty; name at least one")
        for position, member in enumerate(value):
            yield from self.member.faults(member, (*key, position))

    def build(self, value: Any) -> Any:
        return tuple(map(self.member.build, value))

    def schema(self) -> dict[str, Any]:
        least = {"minItems": 1} if self.is_filled else {}
        return {"type": "array", "items": self.member.schema(), **least}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A table whose keys the user chooses: roles, rules, zones."""

    names: Shape
    values: Shape

    @property
    def noun(self) -> str:
        return "a table"

    def takes(self, value: object) -> bool:
        return isinstance(value, dict)

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        if not self.takes(value):
            yield misfit(self, value, key)
            return
        for name, member in value.items():
            yield from self.names.faults(name, (*key, name))
            yield from self.values.faults(member, (*key, name))

    def build(self, value: Any) -> Any:
        return {name: self.values.build(member) for name, member in value.items()}

    def schema(self) -> dict[str, Any]:
        values = self.values.schema()
        if isinstance(self.names, Choice):
            properties = dict.fromkeys(self.names.words, values)
            return {"type": "object", "additionalProperties": False, "properties": properties}
        return {"type": "object", "additionalProperties": values}


@dataclass(frozen=True, slots=True)
class Either:
    """A value of one shape or of another."""

    members: tuple[Shape, ...]

    @property
    def noun(self) -> str:
        return ", or ".join(member.noun for member in self.members)

    def takes(self, value: object) -> bool:
        return any(member.takes(value) for member in self.members)

    def _member(self, value: object) -> Shape | None:
        return next((member for member in self.members if member.takes(value)), None)

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        member = self._member(value)
        if member is None:
            yield misfit(self, value, key)
        else:
            yield from member.faults(value, key)

    def build(self, value: Any) -> Any:
        member = self._member(value)
        assert member is not None, "only values without faults are built"
        return member.build(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [member.schema() for member in self.members]}


def misfit(shape: Shape, value: object, key: Key, remedy: str = "") -> Fault:
    """A value of another type than the shape takes."""
    return Fault(key, f"{_spelt(value)} is not {shape.noun}" + (f"; {remedy}" if remedy else ""))


def _spelt(value: object) -> str:
    """A TOML value, near enough, for a message of one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) < 60 else "a long text"  # noqa: PLR2004 — a line
        case list():
            return "a list"
        case dict():
            return "a table"
    return str(value)
