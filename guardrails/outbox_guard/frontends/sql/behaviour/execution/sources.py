"""The rows that a FROM list gives, joined; and which of them a condition lets through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.evaluation.expressions import Expressions
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Item, Rows, Scope
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value
from outbox_guard.frontends.sql.parsing.nodes import alias_of, call_name, joins_of
from outbox_guard.frontends.sql.parsing.trees import QUERIES, Tree, folded


@dataclass(frozen=True, slots=True)
class Sources(Expressions):
    """Rows side by side."""

    def _joined(self, node: Tree, scope: Scope) -> list[Scope]:
        """Each combination of rows of the FROM list."""
        found = [scope.within(())]
        for key in ("from_", "using"):
            listed = node.args.get(key)
            for source in listed if isinstance(listed, list) else [listed]:
                if isinstance(source, exp.Expr):
                    inner = source.this if isinstance(source, exp.From) else source
                    found = [more for each in found for more in self._with_source(inner, each)]
        for join in joins_of(node):
            found = list(self._with_join(join, found))
        return found

    def _with_source(self, source: Tree, scope: Scope) -> Iterator[Scope]:
        if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Table):
            found = list(self._with_source(source.this, scope))  # a join in parentheses
        else:
            found = [scope.beside(item) for item in self._from_item(source, scope)]
        for join in joins_of(source):
            found = list(self._with_join(join, found))
        yield from found

    def _with_join(self, join: Tree, scopes: Sequence[Scope]) -> Iterator[Scope]:
        side = str(join.args.get("side") or "").upper()
        matched: set[Record] = set()
        for scope in scopes:
            pairs = [s for s in self._with_source(join.this, scope) if self._meets(join, s)]
            matched.update(pair.items[-1].record for pair in pairs)
            yield from pairs
            if not pairs and side in ("LEFT", "FULL"):
                yield scope.beside(Item(_alias(join.this), Record(missing=True)))
        for scope in scopes[:1] if side in ("RIGHT", "FULL") else ():
            nothing = [replace(item, record=Record(missing=True)) for item in scope.items]
            alone = replace(scope, levels=((), *scope.levels[1:]))
            for pair in self._with_source(join.this, alone):
                if pair.items[-1].record not in matched:
                    yield replace(scope, levels=((*nothing, *pair.items), *scope.levels[1:]))

    def _meets(self, join: Tree, scope: Scope) -> bool:
        condition = join.args.get("on")
        if isinstance(condition, exp.Expr):
            return bool(self.truth(condition, scope))
        right = scope.items[-1]
        left = replace(scope, levels=(scope.items[:-1],))
        names = [folded(name) for name in join.args.get("using") or ()]
        if str(join.args.get("method") or "").upper() == "NATURAL":
            names = [
                n for n, _ in right.record.fields if any(i.record.knows(n) for i in left.items)
            ]
        return all(self.knowledge.equal(left.value(n), right.record.get(n)) for n in names)

    def _passes(self, clause: object, scope: Scope) -> bool:
        return not isinstance(clause, exp.Expr) or bool(self.truth(clause.this, scope))

    def _from_item(self, node: Tree, scope: Scope) -> Iterator[Item]:
        alias, columns = alias_of(node)
        alias = alias or _alias(node)
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                yield from self._table(node, alias, columns, scope)
            case exp.Table() if node.args.get("rows_from"):
                yield from self._function(node.args["rows_from"][0].this, alias, columns, scope)
            case exp.Table():
                yield from self._function(node.this, alias, columns, scope)
            case exp.Unnest():
                yield from self._unnested(node, alias, columns, scope)
            case exp.Lateral() if not isinstance(node.this, QUERIES):
                yield from self._function(node.this, alias, columns, scope)
            case exp.Lateral():
                yield from self._derived(node.this, alias, columns, scope)
            case _:
                yield from self._derived(node, alias, columns, scope)

    def _table(self, node: Tree, alias: str, columns: list[str], scope: Scope) -> Iterator[Item]:
        name = folded(node.this)
        if name in scope.ctes and not node.args.get("db"):
            for row in scope.ctes[name]:
                yield Item(alias, renamed(row, columns))
            return
        for row in self._stored(name):
            yield Item(alias, renamed(row, columns), stored=True)

    def _stored(self, name: str) -> Rows:
        """What a table or a view holds."""
        known = self.database.names.is_guarded(name) or name in self.database.tables
        rows = None if known else self.view(name)
        return self.database.rows(name) if rows is None else rows

    def _derived(self, node: Tree, alias: str, columns: list[str], scope: Scope) -> Iterator[Item]:
        for row in self.rows(node, scope):
            yield Item(alias, renamed(row, columns), stored=True)

    def _function(self, call: Tree, alias: str, columns: list[str], scope: Scope) -> Iterator[Item]:
        function = call.expression if isinstance(call, exp.Dot) else call
        if isinstance(function, (exp.Explode, exp.Unnest)):
            yield from self._unnested(function, alias, columns, scope)
            return
        rows = self.call(call_name(function), list(self.arguments(function, scope)))
        if rows is None:
            self.database.strangers.add(call_name(function))
            value = self.value(call, scope)
            plain = Record(((columns[0] if columns else alias, value),))
            rows = [Record(rest=alias) if isinstance(value, Record) else plain]
        for row in rows:
            yield Item(alias, renamed(row, columns))

    def _unnested(self, node: Tree, alias: str, columns: list[str], scope: Scope) -> Iterator[Item]:
        listed = node.expressions or [node.this]
        arrays = [self.value(each, scope) for each in listed]
        names = columns or [alias]
        for items in _side_by_side([self.knowledge.elements(array) for array in arrays]):
            yield Item(alias, Record(tuple(zip(names, items, strict=False))))


def renamed(row: Record, columns: Sequence[str]) -> Record:
    if not columns:
        return row
    rest = row.fields[len(columns) :]
    fields = tuple((name, value) for name, (_, value) in zip(columns, row.fields, strict=False))
    if row.rest and not row.fields:
        fields = tuple((name, row.get(name)) for name in columns)
    return replace(row, fields=(*fields, *rest))


def _alias(node: Tree) -> str:
    """What a FROM item is called by."""
    alias, _ = alias_of(node)
    if alias:
        return alias
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        return folded(node.this)
    inner = node.this
    return call_name(inner) if isinstance(inner, exp.Expr) else ""


def _side_by_side(columns: Sequence[Sequence[Value]]) -> Iterator[tuple[Value, ...]]:
    for index in range(max((len(column) for column in columns), default=0)):
        yield tuple(column[index] if index < len(column) else None for column in columns)
