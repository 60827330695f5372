"""What a condition comes to in one run: comparisons, IN, ANY, IS, CASE."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.evaluation import operators
from outbox_guard.frontends.sql.behaviour.evaluation.context import Evaluation
from outbox_guard.frontends.sql.behaviour.evaluation.knowledge import Truth, both, either, negated
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Scope
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value
from outbox_guard.frontends.sql.parsing.nodes import first_of
from outbox_guard.frontends.sql.parsing.trees import QUERIES, Tree

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


@dataclass(frozen=True, slots=True)
class Conditions(Evaluation):
    """Three-valued logic; every other expression is `_made`."""

    @abstractmethod
    def _made(self, node: Tree, scope: Scope) -> Value:
        """What an expression that asks nothing comes to."""

    def _asked(self, node: Tree, scope: Scope) -> Value:
        match node:
            case _ if isinstance(node, _COMPARISONS):
                return self._compared(node, scope)
            case exp.NullSafeEQ():
                return self._same(node, scope)
            case exp.NullSafeNEQ():
                return not self._same(node, scope)
            case exp.Between():
                value = self.value(node.this, scope)
                low, high = (self.value(node.args[key], scope) for key in ("low", "high"))
                least = self.knowledge.less(low, value, or_equal=True)
                return both(least, self.knowledge.less(value, high, or_equal=True))
            case exp.Is():
                return self._is(node, scope)
            case exp.In():
                return self._among(node, scope)
            case exp.Exists():
                return bool(self.rows(node.this, scope))
            case _:
                return self._made(node, scope)

    def _compared(self, node: Tree, scope: Scope) -> Truth:
        left = self.value(node.this, scope)
        listed = self._quantified(node.expression, scope)
        if listed is None:
            return self._holds(node, left, self.value(node.expression, scope))
        join, items = listed
        result: Truth = join is both
        for item in items:
            result = join(result, self._holds(node, left, item))
        return result

    def _quantified(
        self, node: Tree, scope: Scope
    ) -> tuple[Callable[[Truth, Truth], Truth], Sequence[Value]] | None:
        """What ANY or ALL stands before."""
        everyone = isinstance(node, exp.All) or (
            isinstance(node, exp.Anonymous) and node.name.lower() == "all"
        )
        if not everyone and not isinstance(node, exp.Any):
            return None
        inner = self.part(first_of(node) if isinstance(node, exp.Anonymous) else node.this)
        return (both if everyone else either), self._elements(inner, scope)

    def _elements(self, node: Tree, scope: Scope) -> Sequence[Value]:
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, QUERIES):
            return [only(row) for row in self.rows(node, scope)]
        value = self.value(node, scope)
        if isinstance(value, str):
            value = operators.cast(value, "text[]")
        return self.knowledge.elements(value)

    def _holds(self, node: Tree, left: Value, right: Value) -> Truth:
        match node:
            case exp.EQ():
                return self.knowledge.equal(left, right)
            case exp.NEQ():
                return negated(self.knowledge.equal(left, right))
            case exp.LT():
                return self.knowledge.less(left, right)
            case exp.LTE():
                return self.knowledge.less(left, right, or_equal=True)
            case exp.GT():
                return self.knowledge.less(right, left)
            case _:
                return self.knowledge.less(right, left, or_equal=True)

    def _same(self, node: Tree, scope: Scope) -> bool:
        """IS NOT DISTINCT FROM."""
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        if isinstance(left, Record) and isinstance(right, Record):
            pairs = zip(left.values, right.values, strict=False)
            return all(self._not_distinct(*pair) for pair in pairs)
        return self._not_distinct(left, right)

    def _not_distinct(self, left: Value, right: Value) -> bool:
        left, right = self.knowledge.meant(left), self.knowledge.meant(right)
        if left is None or right is None:
            return left is right  # what a caller gives to be compared is not NULL
        return bool(self.knowledge.equal(left, right))

    def _is(self, node: Tree, scope: Scope) -> Truth:
        negate = bool(node.args.get("negate"))
        value = self.value(node.this, scope)
        if not isinstance(node.expression, exp.Null):
            return (self.knowledge.truth(value) is bool(node.expression.this)) != negate
        if isinstance(value, Record) and negate:
            return not value.missing and not any(map(self.knowledge.is_null, value.values))
        return self.knowledge.is_null(value) != negate

    def _among(self, node: Tree, scope: Scope) -> Truth:
        left = self.value(node.this, scope)
        query = node.args.get("query")
        if isinstance(query, exp.Expr):
            wide = isinstance(left, Record)
            found: Iterable[Value] = (r if wide else only(r) for r in self.rows(query, scope))
        else:
            found = (self.value(each, scope) for each in node.expressions)
        result: Truth = False
        for value in found:
            result = either(result, self.knowledge.equal(left, value))
            if result:
                return True
        return result

    def _case(self, node: Tree, scope: Scope) -> Value:
        subject = self.value(node.this, scope) if isinstance(node.this, exp.Expr) else None
        for arm in node.args.get("ifs") or ():
            if isinstance(node.this, exp.Expr):
                holds = self.knowledge.equal(subject, self.value(arm.this, scope))
            else:
                holds = self.truth(arm.this, scope)
            if holds:
                return self.value(arm.args["true"], scope)
        default = node.args.get("default")
        return self.value(default, scope) if isinstance(default, exp.Expr) else None


def only(row: Record) -> Value:
    """The value of a row that has one column."""
    return row.values[0] if row.fields else row
