"""The tables of the configuration, as dataclasses and their annotations say what is in them.

So a new key of the configuration is a new field of a dataclass, and no code.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from outbox_guard.config.lines import Key
from outbox_guard.config.shapes import (
    Choice,
    Dictionary,
    Either,
    Fault,
    List,
    Refusal,
    Scalar,
    Shape,
    misfit,
)
from outbox_guard.errors import did_you_mean


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
            yield misfit(self, value, key)
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
