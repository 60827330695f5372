"""What names mean: tables, common table expressions, functions, variables and their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from outbox_guard.frontends.sql.values.kinds import NONE, Value, either
from outbox_guard.frontends.sql.values.rows import Rows


class Returned(Mapping[str, Rows]):
    """What functions return: worked out when one is called, as most never are."""

    def __init__(self, routines: Mapping[str, Callable[[], Rows]]) -> None:
        self._routines = routines
        self._rows: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self._rows:
            routine = self._routines[name]
            self._rows[name] = Rows()  # for the case that it calls itself
            self._rows[name] = routine()
        return self._rows[name]

    def over(self, others: Mapping[str, Rows]) -> Returned:
        """These before others of the same name."""
        before = {name: partial(others.__getitem__, name) for name in others}
        return Returned({**before, **self._routines})

    def __contains__(self, name: object) -> bool:
        return name in self._routines

    def __iter__(self) -> Iterator[str]:
        return iter(self._routines)

    def __len__(self) -> int:
        return len(self._routines)


@dataclass(frozen=True, slots=True, eq=False)
class Layer(Mapping[str, Rows]):
    """Some names before others, which are asked only for what these do not say."""

    above: Mapping[str, Rows]
    below: Mapping[str, Rows]

    def __getitem__(self, name: str) -> Rows:
        return self.above[name] if name in self.above else self.below[name]

    def __contains__(self, name: object) -> bool:
        return name in self.above or name in self.below

    def __iter__(self) -> Iterator[str]:
        return iter({**self.below, **self.above})

    def __len__(self) -> int:
        return len({**self.below, **self.above})


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a FROM list, under the name that the query calls it by."""

    alias: str
    rows: Rows
    table: str = ""  # of a base table, its name
    restricts: bool = True  # false for the side of an outer join that may be missing

    def called(self, name: str) -> bool:
        return name in (self.alias, self.table) if not self.alias else name == self.alias


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at one spot of a statement."""

    ctes: Mapping[str, Rows] = field(default_factory=dict)  # they hide tables
    relations: Mapping[str, Rows] = field(default_factory=dict)  # that the file makes
    functions: Mapping[str, Rows] = field(default_factory=dict)  # what they return
    # Of the routine around it: its cursors and its parameters too.
    variables: Mapping[str, Rows] = field(default_factory=dict)
    levels: tuple[tuple[Item, ...], ...] = ()  # FROM lists, the innermost first

    def knows(self, name: str) -> bool:
        """Whether this name means more here than it says."""
        return any(
            name in known for known in (self.ctes, self.relations, self.functions, self.variables)
        )

    def base_of(self, table: str) -> str:
        """The table whose rows are meant: of a view, or of a part, the one that it is of."""
        shown = self.relations.get(table)
        return (shown.base if shown is not None else "") or table

    def column_of(self, table: str, column: str) -> str:
        """What a view of a table calls its column."""
        shown = self.relations.get(table)
        columns = shown.columns if shown is not None and shown.base else ()
        return next((each.name for each in columns if each.source == column), column)

    def bind(self, name: str, rows: Rows) -> Scope:
        return replace(self, ctes={**self.ctes, name: rows})

    def within(self, items: Sequence[Item]) -> Scope:
        return replace(self, levels=(tuple(items), *self.levels))

    def column(self, name: str, qualifier: str = "") -> Value:
        """What a reference means: the innermost item that has it, else a variable."""
        for items in self.levels:
            found = [
                value
                for item in items
                if not qualifier or item.called(qualifier)
                if (value := _of_item(item, name, qualified=bool(qualifier))) is not None
            ]
            if found:
                return either(found)
        return self._variable(name, qualifier)

    def item(self, name: str) -> Item | None:
        found = (item for items in self.levels for item in items if item.called(name))
        return next(found, None)

    def _variable(self, name: str, qualifier: str) -> Value:
        if qualifier and (record := self.variables.get(qualifier)) is not None:
            return record.named(name) or record.unnamed
        if (scalar := self.variables.get(name)) is not None:
            return scalar.first
        # A column that is not known belongs to one of the innermost items; it may be a locked one.
        items = self.levels[0] if self.levels and not qualifier else ()
        return Value(NONE, NONE.union(*(item.rows.locked for item in items if item.rows.open)))


def _of_item(item: Item, name: str, *, qualified: bool) -> Value | None:
    value = item.rows.named(name)
    if value is None and qualified:
        return Value(NONE, item.rows.locked)
    if value is None and item.called(name):
        return item.rows.first  # `SELECT u FROM unnest(…) u`
    return value
