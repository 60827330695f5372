"""Columns and rows of values: what a query, a table, a cursor or a variable holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from outbox_guard.frontends.sql.values.choices import (
    EVERYWHERE,
    MOST,
    ROW,
    Choice,
    Pick,
    Picks,
    Reach,
    free,
    opened,
)
from outbox_guard.frontends.sql.values.kinds import NONE, UNKNOWN, Tables, Value, either, of_cases

_MOST_ROWS = 64  # that are told apart where they come one by one
_ALONE = 2  # columns that are known, where each of two rows has one


@dataclass(frozen=True, slots=True)
class Column:
    """A column of rows: what it is called, and what it may hold."""

    name: str
    value: Value = UNKNOWN
    many: bool = False  # stands for any number of columns whose names are not known
    source: str = ""  # the column that it is, where a query gives that another name


REST = Column("", many=True)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query, a table, a cursor or a variable holds, and where its rows are from."""

    columns: tuple[Column, ...] = (REST,)
    locked: Tables = NONE  # pending tables whose locked rows decide which rows these are
    origins: Tables = NONE  # pending tables whose own rows these are: a lock on these locks those
    base: str = ""  # the one guarded table that a view shows, and that is written through it

    def named(self, name: str) -> Value | None:
        """The column of this name; None where there is none that is known."""
        found = [column.value for column in self.columns if column.name == name]
        if not found:
            loose = either(column.value for column in self.columns if column.many)
            found = [loose] if loose != UNKNOWN else []
        return either(found).tainted(self.locked) if found else None

    @property
    def open(self) -> bool:
        return any(column.many for column in self.columns)

    @property
    def first(self) -> Value:
        """As a scalar: a query in an expression, a variable."""
        value = self.columns[0].value if self.columns else UNKNOWN
        return value.settled.tainted(self.everything)

    @property
    def whichever(self) -> Value:
        """Whichever column: what a field of an unknown name may be."""
        return either(column.value for column in self.columns).tainted(self.locked)

    @property
    def unnamed(self) -> Value:
        """A field of a record that has it under no name: of `ROW(…)` it may be any."""
        by_position = any(not column.name and not column.many for column in self.columns)
        return self.whichever if by_position else Value(NONE, self.everything)

    @property
    def everything(self) -> Tables:
        """Every pending table whose locked rows had a part in these, as rows or as values."""
        return self.locked.union(*(column.value.locked for column in self.columns))

    @property
    def stored(self) -> Rows:
        """As rows of a table of their own, which are nobody else's any more."""
        return replace(self.opened(0), origins=NONE, base="")

    @property
    def emptied(self) -> Rows:
        """The same table without its rows: what a column is by default, stays."""
        columns = (replace(each, value=Value(each.value.texts)) for each in self.columns)
        return replace(self, columns=tuple(columns), locked=NONE)

    def _with(self, change: Callable[[Column], Value]) -> Rows:
        """With other values in the columns that are known."""
        if not any(column.value.texts for column in self.columns):
            return self
        columns = (
            replace(column, value=change(column)) if column.value.texts else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))

    def under(self, reach: Reach) -> Rows:
        """What is left of them on these ways."""
        if reach == EVERYWHERE:
            return self
        return self._with(lambda column: column.value.under(reach))

    def taken(self, choice: Choice) -> Rows:
        """One of them: a row of a FROM list, what a variable is given."""
        return self._with(
            # Of many columns in one nobody knows which: two that are asked for may differ.
            lambda c: c.value.free if c.many else c.value.taken(choice, c.name)
        )

    def by(self, change: Callable[[Picks], Picks]) -> Rows:
        """With other picks."""
        return self._with(lambda column: column.value.by(change))

    def opened(self, depth: int) -> Rows:
        """As the rows that a query of this depth returns, of which one may be taken."""
        return self.by(lambda picks: opened(picks, depth))

    def _numbered(self, start: int) -> Rows:
        """With a number for each of the rows that can be told apart, from `start` on."""
        if self._last_row < 0:
            return self.under((frozenset({(ROW, start)}),))
        return self.by(lambda picks: _shifted(picks, start))

    @property
    def _last_row(self) -> int:
        rows = (pick for c in self.columns for _, picks in c.value.bound for pick in picks)
        return max(
            (row for choice, row in rows if choice == ROW and isinstance(row, int)), default=-1
        )

    def __or__(self, other: Rows) -> Rows:
        """Rows of either: columns meet by position, names are the first one's."""
        left, right = _told_apart(self, other)
        return Rows(
            tuple(_merged(left.columns, right.columns)),
            self.locked | other.locked,
            self.origins | other.origins,
            self.base if self.base == other.base else "",
        )

    def renamed(self, names: Sequence[str]) -> Rows:
        """Under the column names of an alias, `AS v(id, state)`: as many as there are."""
        if not names:
            return self
        if self.open:
            values = zip(names, self.fit(len(names)), strict=True)
            columns = tuple(Column(name, value) for name, value in values)
            return replace(self, columns=(*columns, REST))
        columns = tuple(
            replace(column, name=names[index] if index < len(names) else column.name)
            for index, column in enumerate(self.columns)
        )
        return replace(self, columns=columns)

    def fit(self, width: int) -> tuple[Value, ...]:
        """The values of `width` columns by position.

        What stands before the first run of unknown columns counts from the left, what stands after
        the only one from the right; between two such runs a value may be in any column there.
        """
        values = [column.value for column in self.columns]
        runs = [index for index, column in enumerate(self.columns) if column.many]
        if not runs:
            return tuple((values + [UNKNOWN] * width)[:width])
        before, after = values[: runs[0]][:width], values[runs[-1] + 1 :]
        after = after[max(0, len(before) + len(after) - width) :]
        between = either(values[runs[0] : runs[-1] + 1])
        return (*before, *[between] * (width - len(before) - len(after)), *after)

    def with_texts(self, meant: Callable[[frozenset[str]], frozenset[str]]) -> Rows:
        """The same rows with other texts in their columns."""

        def changed(value: Value) -> Value:
            if not value.bound:
                return Value(meant(value.texts), value.locked)
            each = ((new, p) for old, p in value.bound for new in meant(frozenset((old,))))
            return of_cases(each, value.locked)

        return self._with(lambda column: changed(column.value))

    def thinned(self, keep: frozenset[str]) -> Rows:
        """Of columns with more texts than anyone writes by hand, only the texts to keep."""
        if all(len(column.value.texts) <= MOST for column in self.columns):
            return self
        columns = (
            replace(column, value=column.value.only(keep))
            if len(column.value.texts) > MOST
            else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))

    def assigned(self, name: str, value: Value) -> Rows:
        """With one field assigned, as `r.state := …`."""
        if any(column.name == name for column in self.columns):
            columns = tuple(
                replace(column, value=value) if column.name == name else column
                for column in self.columns
            )
        else:
            columns = (*self.columns, Column(name, value))
        return replace(self, columns=columns)


def _merged(left: tuple[Column, ...], right: tuple[Column, ...]) -> Iterator[Column]:
    if any(column.many for column in (*left, *right)):
        # Where widths are not known, names are all that columns can meet by.
        names = dict.fromkeys(column.name for column in (*left, *right) if not column.many)
        loose = either(column.value for column in (*left, *right) if column.many)
        yield Column("", loose, many=True)
        for name in names:
            yield Column(name, either(c.value for c in (*left, *right) if c.name == name))
        return
    for index in range(max(len(left), len(right))):
        pair = [columns[index] for columns in (left, right) if index < len(columns)]
        yield Column(pair[0].name, either(column.value for column in pair))


def _told_apart(left: Rows, right: Rows) -> tuple[Rows, Rows]:
    """Two lists of rows, each row with a number, where there is more than one column to a row."""
    known = [c.value for rows in (left, right) for c in rows.columns if c.value.texts]
    if len(known) <= _ALONE or any(len(value.texts) > _MOST_ROWS for value in known):
        return left, right
    first = left._numbered(0)
    start = first._last_row + 1
    second = right._numbered(start)
    return (left.by(free), right.by(free)) if second._last_row >= _MOST_ROWS else (first, second)


def _shifted(picks: Picks, start: int) -> Picks:
    return frozenset(
        (choice, row + start) if choice == ROW and isinstance(row, int) else (choice, row)
        for choice, row in picks
    )


def any_of(several: Sequence[Rows]) -> Rows:
    """All of these one after the other, as VALUES lists them."""
    widths = {len(rows.columns) for rows in several}
    if len(widths) != 1 or any(rows.open for rows in several):
        return reduce(or_, several) if several else Rows(())
    apart = 1 < len(several) <= MOST and widths != {1}
    reaches: list[Reach] = [EVERYWHERE] * len(several)
    if apart:
        reaches = [(frozenset[Pick]({(ROW, number)}),) for number in range(len(several))]
    columns = (
        Column(
            same[0].name,
            of_cases(
                (
                    case
                    for c, reach in zip(same, reaches, strict=True)
                    for case in c.value.under(reach).cases
                ),
                NONE.union(*(column.value.locked for column in same)),
            ),
        )
        for same in zip(*(rows.columns for rows in several), strict=True)
    )
    return Rows(tuple(columns), NONE.union(*(rows.locked for rows in several)))


def scalar(value: Value, name: str = "") -> Rows:
    return Rows((Column(name, value),), value.locked)


def joined(left: Mapping[str, Rows], right: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """What either knows of a name, and both together where both know it."""
    if not right:
        return left
    common = left.keys() & right.keys()
    return {**left, **right, **{name: left[name] | right[name] for name in common}}
