"""What an expression comes to in one run, on sqlglot's tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.evaluation import operators
from outbox_guard.frontends.sql.behaviour.evaluation.aggregates import Aggregates
from outbox_guard.frontends.sql.behaviour.evaluation.calls import CLOCKS, FUNCTIONS, chained, joined
from outbox_guard.frontends.sql.behaviour.evaluation.conditions import only
from outbox_guard.frontends.sql.behaviour.evaluation.context import Argument
from outbox_guard.frontends.sql.behaviour.evaluation.errors import UNKNOWN, Raised
from outbox_guard.frontends.sql.behaviour.evaluation.knowledge import both, either, negated
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Scope
from outbox_guard.frontends.sql.behaviour.evaluation.terms import (
    NOW,
    Array,
    Moment,
    Period,
    Record,
    Value,
)
from outbox_guard.frontends.sql.parsing.nodes import (
    arguments_of,
    call_name,
    fields_of,
    first_of,
    is_row,
)
from outbox_guard.frontends.sql.parsing.trees import QUERIES, Tree, folded

_WRAPPERS = (exp.Paren, exp.Alias, exp.Collate, exp.AtTimeZone)
_OPERATORS: Mapping[type[Tree], Callable[[Value, Value], Value]] = {
    exp.Add: operators.add,
    exp.Sub: operators.subtract,
    exp.Mul: operators.multiply,
    exp.Div: operators.divide,
}
# As sqlglot calls them, and as PostgreSQL does.
_CALLED = {
    "array_concat": "array_cat",
    "array_size": "array_length",
    "timestamp_trunc": "date_trunc",
    "safe_concat": "concat",
}
_PARTS_OF_INTERVAL = ("year", "month", "week", "day", "hour", "min", "sec")


@dataclass(frozen=True, slots=True)
class Expressions(Aggregates):
    """Everything that has one value."""

    def _value(self, node: Tree, scope: Scope) -> Value:
        match node:
            case exp.Literal():
                return self.parsed.constants.get(node.this, node.this) if node.is_string else 1
            case exp.Boolean():
                return bool(node.this)
            case exp.Null():
                return None
            case exp.Column() | exp.Identifier() | exp.Var():
                return self._named(node, scope)
            case exp.Dot():
                return self._field(node, scope)
            case exp.And():
                left = self.truth(node.this, scope)
                return False if left is False else both(left, self.truth(node.expression, scope))
            case exp.Or():
                left = self.truth(node.this, scope)
                return True if left else either(left, self.truth(node.expression, scope))
            case exp.Not():
                return negated(self.truth(node.this, scope))
            case exp.Case():
                return self._case(node, scope)
            case _:
                return self._reckoned(node, scope)

    def _reckoned(self, node: Tree, scope: Scope) -> Value:
        match node:
            case exp.Interval():
                return self._interval(node, scope)
            case exp.Neg():
                return operators.negate(self.value(node.this, scope))
            case exp.Cast() | exp.TryCast():
                return operators.cast(self.value(node.this, scope), _type_name(node))
            case _ if isinstance(node, _WRAPPERS):
                return self.value(node.this, scope)
            case _ if type(node) in _OPERATORS:
                sides = self.value(node.this, scope), self.value(node.expression, scope)
                return _OPERATORS[type(node)](*sides)
            case exp.DPipe():
                return self._concatenated(node, scope)
            case _:
                return self._asked(node, scope)

    # -- names -----------------------------------------------------------------------------

    def _named(self, node: Tree, scope: Scope) -> Value:
        name = folded(node.this if isinstance(node, exp.Column) else node)
        if name in self.parsed.constants:
            return self.parsed.constants[name]
        if name in self.parsed.parameters:
            name = self.parsed.parameters[name]
        return scope.value(name, folded(node.args.get("table")))

    def _field(self, node: Tree, scope: Scope) -> Value:
        if isinstance(node.expression, exp.Func):  # schema.function(…)
            return self._called(node.expression, scope, schema=folded(node.this))
        record = self.value(node.this, scope)
        name = folded(node.expression)
        if isinstance(record, Record):
            return record.get(name)
        if record is None:
            return None
        if isinstance(node.this, exp.Identifier):  # schema.table.column
            return scope.value(name)
        return operators.unknown(f"field {name} of", record)

    # -- what is made of other values ------------------------------------------------------

    def _made(self, node: Tree, scope: Scope) -> Value:
        match node:
            case exp.Tuple():
                return self.record(node, scope)
            case exp.Anonymous() if is_row(node):
                return self.record(node, scope)
            case exp.Array():
                return self._array(node, scope)
            case exp.Bracket():
                return self._element(node, scope)
            case _ if isinstance(node, QUERIES):
                rows = self.rows(node, scope)
                return only(rows[0]) if rows else None
            case exp.Window():
                return self._windowed(node, scope)
            case exp.AggFunc() | exp.Filter():
                return self.aggregate(node, scope)
            case exp.Extract():
                return self._extracted(node, scope)
            case exp.MakeInterval():
                return self._make_interval(node, scope)
            case exp.Func():
                return self._called(node, scope)
            case _:
                name = "an operator" if isinstance(node, exp.Binary) else node.key
                return operators.unknown(name, *self._parts(node, scope))

    def record(self, node: Tree, scope: Scope) -> Record:
        fields = [self.value(part, scope) for part in fields_of(node)]
        return Record(tuple((f"column{n}", value) for n, value in enumerate(fields, 1)))

    def _array(self, node: Tree, scope: Scope) -> Array:
        if len(node.expressions) == 1 and isinstance(node.expressions[0], QUERIES):
            return Array(tuple(only(row) for row in self.rows(node.expressions[0], scope)))
        return Array(tuple(self.value(each, scope) for each in node.expressions))

    def _element(self, node: Tree, scope: Scope) -> Value:
        array = self.value(node.this, scope)
        index = self.value(self.part(first_of(node)), scope)
        if isinstance(array, Array) and isinstance(index, int):
            return array.items[index - 1] if 0 < index <= len(array.items) else None
        return None if array is None else operators.unknown("an element of", array, index)

    def _concatenated(self, node: Tree, scope: Scope) -> Value:
        values = [self.value(part, scope) for part in node.flatten()]
        if any(isinstance(value, Array) for value in values):
            return chained(self.knowledge, values)
        return None if None in values else joined(self.knowledge, values)

    def _interval(self, node: Tree, scope: Scope) -> Value:
        value = self.value(node.this, scope)
        unit = node.args.get("unit")
        if isinstance(value, str) and isinstance(unit, exp.Expr) and value.strip().isdigit():
            value = f"{value} {unit.name}"
        return operators.cast(value, "interval")

    def _make_interval(self, node: Tree, scope: Scope) -> Value:
        parts: list[Value] = [0] * len(_PARTS_OF_INTERVAL)
        for key, part in arguments_of(node):
            named = isinstance(part, exp.Kwarg)
            name = folded(part.this) if named else key
            value = self.value(part.expression if named else part, scope)
            for position, unit in enumerate(_PARTS_OF_INTERVAL):
                if name.startswith(unit):
                    parts[position] = value
        return FUNCTIONS["make_interval"](self.knowledge, parts)

    def _extracted(self, node: Tree, scope: Scope) -> Value:
        unit = str(self.parsed.constants.get(node.name.lower(), node.name)).lower()
        value = self.value(node.expression, scope)
        if unit == "epoch" and isinstance(value, (Moment, Period)) and value.low == value.high:
            return value.low
        return None if value is None else operators.unknown(unit, value)

    def _called(self, node: Tree, scope: Scope, *, schema: str = "") -> Value:
        name = call_name(node)
        name = _CALLED.get(name, name)
        if name in CLOCKS:
            return NOW
        if name == "current_date":
            return operators.cast(NOW, "date")
        arguments = list(self.arguments(node, scope))
        known = FUNCTIONS.get(name)
        if known is not None and arguments:
            return known(self.knowledge, [value for _, value in arguments])
        if scope.group is not None and name == "every":
            return self.aggregate(node, scope)
        rows = self.call(name, arguments)
        if rows is not None:
            return _result(rows[0]) if rows else None
        if isinstance(node, exp.Anonymous) and arguments:
            self.ask_stranger(name, schema)
        return operators.unknown(name, *(value for _, value in arguments))

    def ask_stranger(self, name: str, schema: str) -> None:
        """A routine of nobody in the project is asked: it may refuse what it is given.

        Of names without a schema most are PostgreSQL's own, which know nothing of an outbox.
        """
        self.database.strangers.add(name)
        ours = schema not in ("", "pg_catalog")
        if ours and self.knowledge.choices.choose(2, f"what {schema}.{name}() does"):
            raise Raised(UNKNOWN, self.at)

    def arguments(self, node: Tree, scope: Scope) -> Iterator[Argument]:
        for _, part in arguments_of(node):
            if isinstance(part, exp.Kwarg):
                yield folded(part.this), self.value(part.expression, scope)
            elif not isinstance(part, (exp.DataType, exp.Var)):
                yield "", self.value(part, scope)

    def _parts(self, node: Tree, scope: Scope) -> Iterator[Value]:
        for _, part in arguments_of(node):
            if not isinstance(part, (exp.DataType, exp.Order)):
                yield self.value(part, scope)


def _result(row: Record) -> Value:
    """What a function gives where a value stands: a row, if it has several columns."""
    return row.values[0] if len(row.fields) == 1 and not row.rest else row


def _type_name(node: Tree) -> str:
    kind = node.args["to"]
    if kind.is_type(exp.DataType.Type.ARRAY):
        return "text[]"
    return str(kind.this.value).lower() if hasattr(kind.this, "value") else str(kind.this).lower()
