"""Which values an expression has, on sqlglot's tree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlglot import exp

from outbox_guard.frontends.sql.dataflow.functions import CARRIERS, arguments, number, result
from outbox_guard.frontends.sql.parsing.nodes import (
    arguments_of,
    call_name,
    column_name,
    fields_of,
    is_row,
)
from outbox_guard.frontends.sql.parsing.trees import MODIFIERS, QUERIES, Tree, folded
from outbox_guard.frontends.sql.values.choices import EVERYWHERE, Reach, elements, split
from outbox_guard.frontends.sql.values.effects import Call
from outbox_guard.frontends.sql.values.kinds import (
    NONE,
    UNKNOWN,
    Value,
    array,
    either,
)
from outbox_guard.frontends.sql.values.rows import Column, Rows
from outbox_guard.frontends.sql.values.scopes import Item, Scope
from outbox_guard.names import Names

_MOST_COLUMNS = 1664  # of PostgreSQL


@dataclass(frozen=True, slots=True)
class Expressions(ABC):
    """`stand_ins` are what the literals and placeholders of the rewritten text mean."""

    names: Names
    stand_ins: Mapping[str, Value]
    heard: list[Call] = field(default_factory=list)  # calls of known routines, as they are met

    @abstractmethod
    def rows(self, node: Tree, scope: Scope) -> Rows:
        """What a query, or the RETURNING of a data-modifying statement, gives."""

    def value(self, node: Tree, scope: Scope) -> Value:
        match node:
            case exp.Literal():
                return self.stand_ins.get(node.this, UNKNOWN) if node.is_string else UNKNOWN
            case exp.Column():
                return self._column(node, scope)
            case exp.Dot():
                return self._field(node, scope)
            case exp.Identifier() | exp.Var():
                return self.stand_ins.get(node.name, UNKNOWN)
            case exp.Exists():
                rows = self.rows(node.this, scope)
                return Value(NONE, rows.everything)
            case exp.In() if isinstance(node.args.get("query"), exp.Expr):
                query = self.rows(node.args["query"], scope)
                return Value(NONE, query.everything | self.value(node.this, scope).locked)
            case _ if isinstance(node, (*QUERIES, *MODIFIERS)):
                return self.rows(node, scope).first
            case _ if (parts := arguments(node)) is not None:
                made = result(node, [number(part) or self.value(part, scope) for part in parts])
                return made.listed if isinstance(node, exp.StringToArray | exp.Cast) else made
            case exp.Array():
                return self._array(node, scope)
            case exp.Bracket():
                return self._element(node, scope)
            case exp.Case():
                return self._case(node, scope)
            case _:
                return self._carried(node, scope)

    def _column(self, node: exp.Column, scope: Scope) -> Value:
        if isinstance(node.this, exp.Star):
            rows = Rows(self._row_of(folded(node.args.get("table")), scope))
            return Value(NONE, rows.everything)
        name = folded(node.this)
        if name in self.stand_ins:
            return self.stand_ins[name]
        return scope.column(name, folded(node.args.get("table")))

    def _field(self, node: exp.Dot, scope: Scope) -> Value:
        """(record).field"""
        if isinstance(node.expression, exp.Func):  # schema.function(…)
            return self.value(node.expression, scope)
        record = self._record(node.this, scope)
        return record.named(folded(node.expression)) or Value(NONE, record.everything)

    def _record(self, node: Tree, scope: Scope) -> Rows:
        while isinstance(node, (exp.Paren, exp.Cast)):
            node = node.this
        if is_row(node):
            return Rows(tuple(self._row(node, scope)))
        if isinstance(node, exp.Column):
            name = folded(node.this)
            item = scope.item(name)
            if item is not None:
                return item.rows
            return scope.variables.get(name, Rows())
        if isinstance(node, QUERIES):
            return self.rows(node, scope)
        return Rows(locked=self.value(node, scope).locked)

    def _carried(self, node: Tree, scope: Scope) -> Value:
        """Texts of the parts that carry them, locked rows of every part."""
        name = call_name(node)
        known = scope.functions.get(name) if isinstance(node, exp.Func) else None
        whole = UNKNOWN
        if known is not None:
            whole = known.first
            self.heard.append(Call(name, tuple(self._arguments(node, scope))))
        carriers = CARRIERS.get(type(node), ())
        for key, part in arguments_of(node):
            value = self.value(part, scope)
            whole |= value if key in carriers else Value(NONE, value.locked)
        match node:
            case exp.ArrayAgg():
                return whole.free.listed
            case exp.AggFunc():  # nobody knows which row it is from
                return whole.free
            case exp.Explode():
                return whole.by(elements)
            case _:
                return whole

    def _array(self, node: exp.Array, scope: Scope) -> Value:
        parts = [self.value(part, scope) for part in node.expressions]
        if len(parts) == 1 and isinstance(node.expressions[0], QUERIES):
            return parts[0].free.listed
        return array(parts)

    def _element(self, node: exp.Bracket, scope: Scope) -> Value:
        whole = self.value(node.this, scope)
        for subscript in node.expressions:
            if isinstance(subscript, exp.Slice):
                continue  # an array again
            digits = subscript.name if isinstance(subscript, exp.Literal) else ""
            index = int(digits) if digits.isdecimal() else subscript.name
            whole = whole.subscripted(index).tainted(self.value(subscript, scope).locked)
        return whole

    def _case(self, node: exp.Case, scope: Scope) -> Value:
        """Any of the results, where that is come to; conditions only tell of locked rows."""
        subject = self.value(node.this, scope) if node.this else None
        whole = Value(NONE, subject.locked if subject else NONE)
        before = EVERYWHERE
        for arm in node.args["ifs"]:
            here = before
            said = arm.this if subject is None else None
            if subject is not None:
                wanted = self.value(arm.this, scope)
                here, before = compared(subject, wanted, before)
            elif isinstance(said, exp.EQ):
                left, wanted = self.value(said.this, scope), self.value(said.expression, scope)
                here, before = compared(left, wanted, before)
                wanted = wanted.tainted(left.locked)
            else:
                wanted = self.value(arm.this, scope)
            result = self.value(arm.args["true"], scope)
            whole |= result.under(here).tainted(wanted.locked)
        default = node.args.get("default")
        return whole | self.value(default, scope).under(before) if default else whole

    def _columns(self, listed: Iterable[Tree], scope: Scope, items: list[Item]) -> Iterator[Column]:
        listed = list(listed)
        if len(listed) == 1 and is_row(listed[0]):
            listed = fields_of(listed[0])  # a record, as a whole
        for node in listed:
            if isinstance(node, exp.Star):
                yield from bounded(c for item in items for c in columns_of(item.rows))
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                yield from self._row_of(folded(node.args.get("table")), scope)
            elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Star):
                yield from columns_of(self._record(node.this, scope))
            else:
                value = self.value(node, scope)
                yield Column(column_name(node), value, source=_source(node, items))

    def _row_of(self, name: str, scope: Scope) -> tuple[Column, ...]:
        item = scope.item(name)
        rows = item.rows if item is not None else scope.variables.get(name)
        return columns_of(rows) if rows is not None else columns_of(Rows())

    def _row(self, row: Tree, scope: Scope) -> Iterator[Column]:
        """The columns of one row of VALUES, of ROW(…)."""
        fields = fields_of(row)
        columns = list(self._columns(fields, scope, []))
        # Of a record, `r.*`, maybe not all fields are known: then only their names tell which.
        spread = any(isinstance(f, exp.Column) and isinstance(f.this, exp.Star) for f in fields)
        known = not spread and not any(column.many for column in columns)
        for index, column in enumerate(columns, 1):
            yield replace(column, name=f"column{index}") if known else column

    def _arguments(self, call: Tree, scope: Scope) -> Iterator[tuple[str, Value]]:
        for position, argument in enumerate(call.expressions, 1):
            if isinstance(argument, exp.Kwarg):
                yield folded(argument.this), self.value(argument.expression, scope)
            else:
                yield str(position), self.value(argument, scope)


def compared(subject: Value, wanted: Value, reach: Reach) -> tuple[Reach, Reach]:
    """The ways in which two values are one text, and those in which they are not."""
    if len(wanted.texts) != 1 or not subject.bound:
        return reach, reach
    return split(subject.bound, wanted.texts, reach)


def _source(node: Tree, items: Iterable[Item]) -> str:
    """The column that a column of a query is, "" where it is computed."""
    plain = node.this if isinstance(node, exp.Alias) else node
    if not isinstance(plain, exp.Column):
        return ""
    name = folded(plain.this)
    known = (column for item in items for column in item.rows.columns if column.name == name)
    return next((column.source for column in known if column.source), name)


def columns_of(rows: Rows) -> tuple[Column, ...]:
    return tuple(
        replace(column, value=column.value.tainted(rows.locked)) for column in rows.columns
    )


def bounded(columns: Iterable[Column]) -> list[Column]:
    """At most as many columns as PostgreSQL takes; of more nothing is known."""
    listed = list(islice(columns, _MOST_COLUMNS + 1))
    if len(listed) > _MOST_COLUMNS:
        return [Column("", either(column.value for column in listed), many=True)]
    return listed
