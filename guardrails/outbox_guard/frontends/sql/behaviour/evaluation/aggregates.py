"""What aggregates and window functions come to: tables have few rows here, so they are added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.evaluation import operators
from outbox_guard.frontends.sql.behaviour.evaluation.conditions import Conditions
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Scope
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Array, Value
from outbox_guard.frontends.sql.parsing.nodes import first_of
from outbox_guard.frontends.sql.parsing.trees import Tree


@dataclass(frozen=True, slots=True)
class Aggregates(Conditions):
    """Over the group at hand."""

    def _windowed(self, node: Tree, scope: Scope) -> Value:
        """There is one row at most of each table, so each is a window by itself."""
        if isinstance(node.this, (exp.RowNumber, exp.Rank, exp.DenseRank)):
            return 1
        alone = Scope(scope.variables, scope.ctes, scope.levels, (scope,))
        return self.value(node.this, alone)

    def aggregate(self, node: Tree, scope: Scope) -> Value:
        group: Iterable[Scope] = scope.group or ()
        if isinstance(node, exp.Filter):
            condition = node.expression.this
            kept = tuple(row for row in group if self.truth(condition, row))
            return self.aggregate(node.this, Scope(scope.variables, scope.ctes, scope.levels, kept))
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
            return len(tuple(group))
        argument = self.part(first_of(node) if isinstance(node, exp.Anonymous) else node.this)
        while isinstance(argument, (exp.Distinct, exp.Order)):
            distinct = isinstance(argument, exp.Distinct)
            argument = self.part(first_of(argument) if distinct else argument.this)
        values = [self.value(argument, row) for row in group]
        return self._added_up(node, values)

    def _added_up(self, node: Tree, values: list[Value]) -> Value:
        if isinstance(node, exp.ArrayAgg):
            return Array(tuple(values)) if values else None
        present = [v for v in values if v is not None]
        match node:
            case exp.Count():
                return len(present)
            case exp.Max():
                return operators.largest(present)
            case exp.Min():
                return operators.smallest(present)
            case exp.LogicalOr():
                return any(map(self.knowledge.truth, present)) if present else None
            case exp.LogicalAnd() | exp.Anonymous():
                return all(map(self.knowledge.truth, present)) if present else None
            case _:
                return operators.unknown(node.key, *present) if present else None
