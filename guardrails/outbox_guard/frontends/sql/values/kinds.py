"""What flows through SQL: texts and locked rows, in columns and rows.

The domain of a small abstract interpreter. A value is the set of texts that it may be, as far as
they are known, with the pending tables whose SKIP LOCKED rows had a part in it. What is not known
adds nothing: a column of a table, a parameter, the result of an unknown function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

Tables = frozenset[str]
NONE: frozenset[str] = frozenset()

# Alternatives of one value; a state that has more than these is not picked by hand.
MOST = 256
_LONGEST = 1_000_000  # characters of a text that is reckoned


@dataclass(frozen=True, slots=True)
class Value:
    """The texts that it may be; none are known where it has none."""

    texts: frozenset[str] = NONE
    locked: Tables = NONE  # pending tables whose locked rows it derives from
    clock: bool = False  # the clock and nothing else
    source: str = field(default="", compare=False)  # of a placeholder: see Bind

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
