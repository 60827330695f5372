"""What a value of the configuration may be, as the annotations of the dataclasses say it.

A shape names the faults of a TOML value, builds the Python value from one without faults,
and describes itself as JSON Schema. So a new key of the configuration is a new field of a
dataclass, and no code.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin, get_type_hints

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
            yield _misfit(self, value, key)
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
            yield _misfit(self, value, key)
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
            yield _misfit(self, value, key, f"write [{_spelt(value)}]" * self.member.takes(value))
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
            yield _misfit(self, value, key)
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
            yield _misfit(self, value, key)
        else:
            yield from member.faults(value, key)

    def build(self, value: Any) -> Any:
        member = self._member(value)
        assert member is not None, "only values without faults are built"
        return member.build(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [member.schema() for member in self.members]}


@dataclass(frozen=True, slots=True)
class Option:
    """A key of a table, and what it means."""

    field: str
    shape: Shape
    says: str
    default: Any


@dataclass(frozen=True, slots=True)
class Record:
    """A table with the keys that a dataclass gives it."""

    make: Callable[..., Any]  # the dataclass

    @property
    def noun(self) -> str:
        return "a table"

    @property
    def options(self) -> Mapping[str, Option]:
        return options_of(self.make)

    def takes(self, value: object) -> bool:
        return isinstance(value, dict)

    def faults(self, value: Any, key: Key) -> Iterator[Fault]:
        if not self.takes(value):
            yield _misfit(self, value, key)
            return
        options = self.options
        for name, member in value.items():
            option = options.get(name)
            if option is None:
                says = f"there is no such key; {self._instead(name)}"
                yield Fault((*key, name), says, unknown=name)
            else:
                for fault in option.shape.faults(member, (*key, name)):
                    yield self._known_here(fault, key)

    def _known_here(self, fault: Fault, key: Key) -> Fault:
        """A key of this table that was written below the head of one in it belongs to that."""
        if fault.unknown not in self.options:
            return fault
        table = ".".join(map(str, key))
        where = f"in the table [{table}]" if table else "above the first table"
        return Fault(fault.key, f"there is no such key; it belongs {where}")

    def _instead(self, name: str) -> str:
        for table, option in self.options.items():
            if isinstance(option.shape, Record) and name in option.shape.options:
                return f"it belongs in the table [{table}]"
        return did_you_mean(name, self.options)

    def build(self, value: Any) -> Any:
        return self.make(
            **{
                option.field: self._with_default(option, option.shape.build(value[name]))
                for name, option in self.options.items()
                if name in value
            }
        )

    @staticmethod
    def _with_default(option: Option, value: Any) -> Any:
        """What the user's own table does not name keeps its default."""
        return {**option.default, **value} if isinstance(option.shape, Dictionary) else value

    def schema(self) -> dict[str, Any]:
        properties = {name: _property(option) for name, option in self.options.items()}
        return {"type": "object", "additionalProperties": False, "properties": properties}


def _property(option: Option) -> dict[str, Any]:
    described = {"description": option.says, **option.shape.schema()}
    if isinstance(option.shape, Record):
        return described
    return {**described, "default": plain(option.default)}


@cache
def options_of(table: Callable[..., Any]) -> Mapping[str, Option]:
    """The keys of a table by name: the field `lease_columns` is the key `lease-columns`."""
    defaults = table()
    hints = get_type_hints(table, include_extras=True)
    return {
        field.name.replace("_", "-"): _option(field.name, hints[field.name], defaults)
        for field in dataclasses.fields(defaults)
    }


def _option(field: str, hint: Any, defaults: Any) -> Option:
    bare, says, *refusals = get_args(hint) if get_origin(hint) is Annotated else (hint, "")
    default = getattr(defaults, field)
    refusal = refusals[0] if refusals else _taken if default == "" else _empty
    return Option(field, shape_of(bare, refusal), says, default)


def _taken(_: Any) -> str:
    return ""


def _empty(value: Any) -> str:
    return "it is empty" if value == "" else ""


def shape_of(hint: Any, refusal: Refusal = _empty) -> Shape:
    """The shape that an annotation stands for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return Choice(arguments)
    if origin is tuple:
        return List(shape_of(arguments[0], refusal), is_filled=arguments[-1] is not Ellipsis)
    if origin in (Union, UnionType):
        return Either(tuple(shape_of(argument) for argument in arguments))
    if origin is not None and issubclass(origin, Mapping):
        return Dictionary(*map(shape_of, arguments))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return Record(hint)
    assert hint in (str, int), f"no shape for {hint}"
    return Scalar(hint, refusal)


def plain(value: Any) -> Any:
    """A value of the configuration as JSON and TOML know it: lists, and tables by key."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        options = options_of(type(value))
        return {name: plain(getattr(value, each.field)) for name, each in options.items()}
    match value:
        case tuple():
            return [plain(member) for member in value]
        case Mapping():
            return {name: plain(member) for name, member in value.items()}
    return value


def _misfit(shape: Shape, value: object, key: Key, remedy: str = "") -> Fault:
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
