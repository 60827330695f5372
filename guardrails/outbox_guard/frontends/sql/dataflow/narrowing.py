"""What a WHERE says of the rows that it lets through: `a = 'x'`, `a IN (…)`, `a LIKE '…'`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from outbox_guard.frontends.sql.parsing.trees import Tree, folded
from outbox_guard.frontends.sql.values.kinds import Value, either
from outbox_guard.frontends.sql.values.rows import Column, Rows
from outbox_guard.frontends.sql.values.scopes import Item

# The columns of the catalog that hold the names of tables. Of a row of history that has a
# forbidden state nobody says that it is written: of others, a condition only takes texts away.
_TABLE_NAMES = frozenset(("tablename", "table_name", "relname"))
ValueOf = Callable[[Tree], Value]


@dataclass(frozen=True, slots=True)
class _Said:
    """A column has one of these texts in every row, or none of them in any."""

    column: exp.Column
    texts: frozenset[str]
    has: bool = True

    def about(self, item: Item) -> bool:
        qualifier = folded(self.column.args.get("table"))
        return not qualifier or item.called(qualifier)

    def among(self, known: frozenset[str]) -> frozenset[str]:
        """What is left of the texts that the column was known to have."""
        if not self.has:
            return known - self.texts
        return known & self.texts or known


def narrowed(
    condition: Tree, items: Iterable[Item], value: ValueOf, tables: Iterable[str]
) -> list[Item]:
    """The entries of a FROM list, where the condition tells what their columns hold."""
    found = list(items)
    for said in _said(condition, value, tables):
        found = [
            replace(item, rows=_holding(item.rows, said)) if said.about(item) else item
            for item in found
        ]
    return found


def _said(condition: Tree, value: ValueOf, tables: Iterable[str]) -> Iterator[_Said]:
    parts = condition.flatten() if isinstance(condition, exp.And) else (condition,)
    for part in parts:
        match part:
            case exp.Paren():
                yield from _said(part.this, value, tables)
            case exp.Not(this=exp.In() | exp.EQ() as denied):
                yield from (replace(each, has=False) for each in _said(denied, value, tables))
            case exp.EQ(this=exp.Column() as column, expression=other):
                yield _Said(column, value(other).texts)
            case exp.EQ(this=other, expression=exp.Column() as column):
                yield _Said(column, value(other).texts)
            case exp.NEQ(this=exp.Column() as column, expression=other):
                yield _Said(column, value(other).texts, has=False)
            case exp.In(this=exp.Column() as column, expressions=[*members]) if members:
                yield _Said(column, either(map(value, members)).texts)
            case exp.Like(this=exp.Column() as column) | exp.ILike(this=exp.Column() as column):
                if folded(column.this) in _TABLE_NAMES:
                    patterns = value(part.expression).texts
                    names = frozenset(name for name in tables if _is_like(name, patterns))
                    yield _Said(column, names)


def _is_like(name: str, patterns: Iterable[str]) -> bool:
    return any(re.fullmatch(_expression(pattern), name, re.IGNORECASE) for pattern in patterns)


def _expression(pattern: str) -> str:
    r"""A pattern of LIKE as a regular expression: % any text, _ a character, \ for itself."""
    meanings = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join(meanings.get(piece) or re.escape(piece[-1]) for piece in pieces)


def _holding(rows: Rows, said: _Said) -> Rows:
    """Rows of which a condition tells something."""
    name = folded(said.column.this)
    if name in _TABLE_NAMES and said.has and said.texts and rows.open:
        return replace(rows, columns=(*rows.columns, Column(name, Value(said.texts))))
    left = next((column.value for column in rows.columns if column.name == name), None)
    if left is None:
        return rows
    left = left.only(said.among(left.texts))
    columns = (
        replace(c, value=left if c.name == name else c.value.beside(left)) for c in rows.columns
    )
    return replace(rows, columns=tuple(columns))
