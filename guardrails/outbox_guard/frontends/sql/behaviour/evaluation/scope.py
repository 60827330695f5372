"""What names mean at one spot of a statement, in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from outbox_guard.frontends.sql.behaviour.evaluation.terms import Opaque, Record, Value

Rows = list[Record]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a FROM list, with the row that it has at the moment."""

    alias: str
    record: Record
    stored: bool = False  # a row of a table, which a lock of this query locks


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables, CTEs and FROM lists that a name may mean."""

    variables: Mapping[str, Value]  # of the routine; "$1" too
    ctes: Mapping[str, Rows] = field(default_factory=dict)
    levels: tuple[tuple[Item, ...], ...] = ()  # FROM lists, the innermost first
    group: tuple[Scope, ...] | None = None  # the rows that an aggregate adds up

    def within(self, items: Sequence[Item]) -> Scope:
        return replace(self, levels=(tuple(items), *self.levels), group=None)

    def beside(self, item: Item) -> Scope:
        """With one more entry in the FROM list at hand."""
        own, *outer = self.levels
        return replace(self, levels=((*own, item), *outer))

    def bind(self, name: str, rows: Rows) -> Scope:
        return replace(self, ctes={**self.ctes, name: rows})

    @property
    def items(self) -> tuple[Item, ...]:
        return self.levels[0] if self.levels else ()

    def item(self, alias: str) -> Item | None:
        return next((i for level in self.levels for i in level if i.alias == alias), None)

    def value(self, name: str, qualifier: str = "") -> Value:
        if qualifier:
            return self._qualified(name, qualifier)
        for level in self.levels:
            for item in level:
                if item.record.knows(name):
                    return item.record.get(name)
        if name in self.variables:
            return self.variables[name]
        item_itself = self.item(name)
        if item_itself is not None:
            return _whole(item_itself.record)
        for level in self.levels:
            for item in level:
                if item.record.rest:
                    return item.record.get(name)
        return Opaque(name)

    def _qualified(self, name: str, qualifier: str) -> Value:
        item = self.item(qualifier)
        if item is not None:
            return item.record.get(name)
        if qualifier in self.variables:
            record = self.variables[qualifier]
            if isinstance(record, Record):
                return record.get(name)
            if record is None:
                return None  # a row that was never filled, or that nothing was found for
        # What is left is a variable, behind the name of its routine or block.
        return self.variables.get(name, Opaque(f"{qualifier}.{name}"))


def _whole(record: Record) -> Value:
    """`SELECT u FROM unnest(…) u` is the element, of a table it is the row."""
    if len(record.fields) == 1 and not record.rest:
        return record.values[0]
    return record
