"""What flows through SQL: texts and locked rows, through columns, rows and variables.

The domain of a small abstract interpreter. A value is the set of texts that it may be, as far as
they are known, with the pending tables whose SKIP LOCKED rows had a part in it. What is not known
adds nothing: a column of a table, a parameter, the result of an unknown function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product

Tables = frozenset[str]
NONE: frozenset[str] = frozenset()

# Alternatives of one value; a state that has more than these is not picked by hand.
MOST = 256
_LONGEST = 1_000_000  # characters of a text that is reckoned


@dataclass(frozen=True, slots=True)
class Value:
    texts: frozenset[str] = NONE
    locked: Tables = NONE  # pending tables whose locked rows it derives from
    clock: bool = False  # the clock and nothing else

    def __or__(self, other: Value) -> Value:
        return Value(self.texts | other.texts, self.locked | other.locked)

    def tainted(self, locked: Tables) -> Value:
        return Value(self.texts, self.locked | locked) if locked - self.locked else self


UNKNOWN = Value()


def text(*texts: str) -> Value:
    return Value(frozenset(texts))


def either(values: Iterable[Value]) -> Value:
    """What is one of these."""
    result = UNKNOWN
    for value in values:
        result |= value
    return result


def compute(function: Callable[..., str], arguments: Sequence[Value]) -> Value:
    """What a pure function of texts gives; nothing where an argument is not known."""
    return compute_each(lambda *texts: (function(*texts),), arguments)


def compute_each(function: Callable[..., Iterable[str]], arguments: Sequence[Value]) -> Value:
    """What a pure function of texts gives that has several results."""
    choices = islice(product(*(sorted(argument.texts) for argument in arguments)), MOST)
    locked = NONE.union(*(argument.locked for argument in arguments))
    results = NONE.union(*(function(*choice) for choice in choices))
    # One that a loop has doubled too often is not known.
    return Value(frozenset(text for text in results if len(text) <= _LONGEST), locked)


@dataclass(frozen=True, slots=True)
class Column:
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
        return (self.columns[0].value if self.columns else UNKNOWN).tainted(self.everything)

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
        return replace(self, origins=NONE, base="")

    @property
    def emptied(self) -> Rows:
        """The same table without its rows: what a column is by default, stays."""
        columns = (replace(each, value=Value(each.value.texts)) for each in self.columns)
        return replace(self, columns=tuple(columns), locked=NONE)

    def __or__(self, other: Rows) -> Rows:
        """Rows of either: columns meet by position, names are the first one's."""
        return Rows(
            tuple(_merged(self.columns, other.columns)),
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
        columns = (
            replace(column, value=Value(meant(column.value.texts), column.value.locked))
            if column.value.texts
            else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))

    def thinned(self, keep: frozenset[str]) -> Rows:
        """Of columns with more texts than anyone writes by hand, only the texts to keep."""
        if all(len(column.value.texts) <= MOST for column in self.columns):
            return self
        columns = (
            replace(column, value=Value(column.value.texts & keep, column.value.locked))
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


def scalar(value: Value, name: str = "") -> Rows:
    return Rows((Column(name, value),), value.locked)


def joined(left: Mapping[str, Rows], right: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """What either knows of a name, and both together where both know it."""
    if not right:
        return left
    common = left.keys() & right.keys()
    return {**left, **right, **{name: left[name] | right[name] for name in common}}


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

    ctes: Mapping[str, Rows] = field(
        default_factory=dict
    )  # common table expressions: they hide tables
    relations: Mapping[str, Rows] = field(
        default_factory=dict
    )  # views and tables that the file makes
    functions: Mapping[str, Rows] = field(default_factory=dict)  # what they return
    variables: Mapping[str, Rows] = field(
        default_factory=dict
    )  # of the routine around it, cursors and parameters too
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
