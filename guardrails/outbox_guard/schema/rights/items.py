"""Tables and functions by name, each with who may do what on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from outbox_guard.facts import Drop, Place, Rename
from outbox_guard.schema.rights.acl import Acl

Kind = Literal["table", "function"]
Key = tuple[Kind, str, str]  # kind, schema, name


@dataclass(frozen=True, slots=True)
class Item:
    """A table or function, and who may do what on it."""

    kind: Kind
    schema: str
    name: str  # of a function with its types: "name(type, type)"
    acl: Acl
    place: Place | None = None  # of its CREATE, where there is one
    tables: tuple[str, ...] = ()  # the outbox tables that a function's body names
    procedure: bool = False
    part_of: str = ""  # the table whose rows a partition holds, or a view shows
    is_view: bool = False  # that can be written, with its owner's rights

    @property
    def key(self) -> Key:
        return self.kind, self.schema, self.name

    @property
    def rows_of(self) -> str:
        """The table that a table's rows belong to: mostly itself."""
        return self.part_of or self.name

    @property
    def shown(self) -> str:
        return f"{self.name} (a view of {self.rows_of})" if self.is_view else self.name

    @property
    def bare(self) -> str:
        return self.name.partition("(")[0]


class Items:
    """All that there are; a dump has thousands, so they change in place."""

    def __init__(self) -> None:
        self._by_key: dict[Key, Item] = {}
        self._by_name: dict[tuple[Kind, str], list[Key]] = {}  # functions without their types

    def __iter__(self) -> Iterator[Item]:
        return iter(tuple(self._by_key.values()))

    def get(self, kind: Kind, schema: str, name: str) -> Item | None:
        return self._by_key.get((kind, schema, name))

    def put(self, item: Item) -> None:
        if item.key not in self._by_key:
            self._by_name.setdefault((item.kind, item.bare), []).append(item.key)
        self._by_key[item.key] = item

    def remove(self, item: Item) -> None:
        del self._by_key[item.key]
        self._by_name[item.kind, item.bare].remove(item.key)

    def find(self, kind: Kind, schema: str, name: str, path: Sequence[str]) -> Item | None:
        """What a name means: in its schema, on the path, or anywhere if nowhere else."""
        for place in (schema,) if schema else path:
            if found := self.get(kind, place, name):
                return found
        for key in self._by_name.get((kind, name.partition("(")[0]), ()):
            item = self._by_key[key]
            if name in (item.name, item.bare) and schema in ("", item.schema):
                return item
        return None

    def within(self, kind: Kind, schemas: Sequence[str]) -> Iterator[Item]:
        """All of a kind in these schemas."""
        return (item for item in self if item.kind == kind and item.schema in schemas)

    def rename(self, fact: Rename, path: Sequence[str]) -> None:
        """RENAME TO, SET SCHEMA."""
        if fact.kind == "schema":
            for item in self._of_schema(fact.name):
                self.remove(item)
                self.put(replace(item, schema=fact.to))
        elif (found := self._named(fact, path)) is not None:
            self.remove(found)
            name = fact.to + found.name[len(found.bare) :] if fact.to else found.name
            self.put(replace(found, name=name, schema=fact.into or found.schema))

    def drop(self, fact: Drop, path: Sequence[str]) -> None:
        if fact.kind == "schema":
            for item in self._of_schema(fact.name) if fact.cascade else ():
                self.remove(item)
        elif (found := self._named(fact, path)) is not None:
            self.remove(found)

    def _of_schema(self, schema: str) -> list[Item]:
        return [item for item in self if item.schema == schema]

    def _named(self, fact: Rename | Drop, path: Sequence[str]) -> Item | None:
        match fact.kind:
            case "table" | "function" as kind:
                return self.find(kind, fact.namespace, fact.identity or fact.name, path)
            case "view":
                return self.find("table", fact.namespace, fact.name, path)
        return None


def split(name: str) -> tuple[str, str]:
    """Schema and name; a function's types may have dots of their own."""
    head, bracket, types = name.partition("(")
    schema, _, bare = head.rpartition(".")
    return schema, bare + bracket + types
