"""Which rows a query returns, on sqlglot's tree.

One evaluation for everything: rows come from rows (FROM lists, joins, sub-queries, common table
expressions, RETURNING), values from values; what a lock with SKIP LOCKED picked from a pending
table taints both. Writes, claims and variables are read off the result elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from outbox_guard.frontends.sql.dataflow.expressions import Expressions
from outbox_guard.frontends.sql.dataflow.narrowing import narrowed
from outbox_guard.frontends.sql.parsing.nodes import (
    Cte,
    alias_of,
    are_composite,
    branches_of,
    call_name,
    column_name,
    ctes_of,
    fields_of,
    is_null_test,
    joins_of,
    requires_match,
    sources_of,
)
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed
from outbox_guard.frontends.sql.parsing.trees import MODIFIERS, QUERIES, Tree, folded, target_of
from outbox_guard.frontends.sql.values import documents
from outbox_guard.frontends.sql.values.choices import elements
from outbox_guard.frontends.sql.values.kinds import NONE, Tables, Value, either
from outbox_guard.frontends.sql.values.rows import Column, Rows, any_of, scalar
from outbox_guard.frontends.sql.values.scopes import Item, Scope

# A comparison that holds for the rows that are *not* the others'.
_DIFFERENT = (exp.NEQ, exp.NullSafeNEQ)


@dataclass(frozen=True, slots=True)
class Evaluation(Expressions):
    """Rows from rows: FROM lists, joins, WITH, set operations, RETURNING."""

    # -- rows ------------------------------------------------------------------------------

    def rows(self, node: Tree, scope: Scope) -> Rows:
        """What this query, or the RETURNING of this data-modifying statement, gives."""
        scope = self.with_ctes(node, scope)
        match node:
            case exp.Select():
                return self._select(node, scope)
            case exp.SetOperation():
                return self._set_operation(node, scope)
            case exp.Values():
                return self._values(node, scope)
            case exp.Subquery():
                return self._subquery(node, scope)
            case _ if isinstance(node, MODIFIERS):
                return self._returning(node, scope)
            case exp.Table():
                return self._beside(node, scope)
            case _:
                return scalar(self.value(node, scope))

    def with_ctes(self, node: Tree, scope: Scope) -> Scope:
        """The scope in which a statement's own WITH list is known."""
        for cte in ctes_of(node):
            if cte.recursive:
                # The first turn finds the rows that it starts from, the second what they become.
                scope = scope.bind(cte.name, Rows((), NONE))
                scope = scope.bind(cte.name, self._cte(cte, scope))
            scope = scope.bind(cte.name, self._cte(cte, scope))
        return scope

    def _cte(self, cte: Cte, scope: Scope) -> Rows:
        # A lock outside does not reach into a common table expression.
        return replace(self.rows(cte.query, scope).renamed(cte.columns), origins=NONE)

    def _select(self, node: exp.Select, scope: Scope) -> Rows:
        items = list(self.items(node, scope))
        inner = scope.within(items)
        locked = self._locks(node, items) | self.selected(node, items, inner)
        if locked:
            items = [replace(i, rows=locked_too(i.rows, locked)) for i in items]
            inner = scope.within(items)
        where = node.args.get("where")
        if isinstance(where, exp.Where):
            tables = (*self.names.outbox.pending, *self.names.outbox.attempts)
            items = narrowed(where.this, items, partial(self.value, scope=inner), tables)
            inner = scope.within(items)
        columns = tuple(self._columns(node.expressions, inner, items))
        origins = NONE.union(*(item.rows.origins for item in items))
        plain = len(items) == 1 and not node.args.get("group") and not node.args.get("distinct")
        returned = Rows(columns, locked, origins, items[0].rows.base if plain else "")
        return returned.opened(_depth(inner))

    def selected(self, node: Tree, items: Iterable[Item], inner: Scope) -> Tables:
        """The pending tables whose locked rows decide which rows come out of a FROM and WHERE."""
        locked = NONE.union(*(item.rows.locked for item in items if item.restricts))
        for clause in ("where", "having", "qualify"):
            condition = node.args.get(clause)
            if isinstance(condition, exp.Expr):
                locked |= self.decided_by(condition.this, inner)
        for join in joins_of(node):
            condition = join.args.get("on")
            if isinstance(condition, exp.Expr) and requires_match(join):
                locked |= self.decided_by(condition, inner)
        return locked

    def decided_by(self, condition: Tree, scope: Scope, *, holds: bool = True) -> Tables:
        """The locked rows by which a condition picks; those that it only shuts out do not count."""
        match condition:
            case exp.And() | exp.Or():
                parts = condition.flatten()
                return NONE.union(*(self.decided_by(part, scope, holds=holds) for part in parts))
            case exp.Paren():
                return self.decided_by(condition.this, scope, holds=holds)
            case exp.Not():
                return self.decided_by(condition.this, scope, holds=not holds)
            case _:
                shuts_out = isinstance(condition, _DIFFERENT) or is_null_test(condition)
                picks = holds != (shuts_out != bool(condition.args.get("negate")))
                return self.value(condition, scope).locked if picks else NONE

    def _locks(self, node: Tree, items: Iterable[Item]) -> Tables:
        """The pending tables of which a FOR UPDATE … SKIP LOCKED locks rows."""
        locked = NONE
        for lock in node.args.get("locks") or ():
            if not lock.args.get("update") or lock.args.get("wait") is not False:
                continue
            named = [folded(table.this) for table in lock.expressions or ()]
            for item in items:
                if not named or any(item.called(name) for name in named):
                    locked |= item.rows.origins
        return locked

    def _set_operation(self, node: Tree, scope: Scope) -> Rows:
        result: Rows | None = None
        for kind, branch in branches_of(node):
            rows = self.rows(branch, scope)
            if result is None:
                result = rows
            elif kind is exp.Union:
                result |= rows
            elif kind is exp.Intersect:
                result = replace(result, locked=result.locked | rows.everything)
        return result or Rows()

    def _values(self, node: Tree, scope: Scope) -> Rows:
        rows = any_of([Rows(tuple(self._row(row, scope))) for row in node.expressions])
        return rows.renamed(alias_of(node)[1])

    def _subquery(self, node: Tree, scope: Scope) -> Rows:
        if isinstance(node.this, exp.Table):  # a join in parentheses
            return self._beside(node.this, scope).renamed(alias_of(node)[1])
        rows = self.rows(node.this, scope)
        locked = self._locks(node, [Item("", rows)])
        return (locked_too(rows, locked) if locked else rows).renamed(alias_of(node)[1])

    def _beside(self, node: Tree, scope: Scope) -> Rows:
        """The rows of a table, or of a join, that stands by itself."""
        inner = scope.within(())
        return side_by_side(self._from_item(node, inner)).opened(_depth(inner))

    # -- FROM ------------------------------------------------------------------------------

    def items(self, node: Tree, scope: Scope) -> Iterator[Item]:
        """The entries of a FROM list with its joins; a later one may look at the earlier ones."""
        seen: list[Item] = []
        for source, restricts in sources_of(node):
            for item in self._from_item(source, scope.within(seen)):
                seen.append(item if restricts else replace(item, restricts=False))
                yield seen[-1]

    def _from_item(self, node: Tree, scope: Scope) -> Iterator[Item]:
        alias, columns = alias_of(node)
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                yield _taken(self._table(node, alias, columns, scope), scope)
            case exp.Table() | exp.Unnest():
                call = node.this if isinstance(node.this, exp.Expr) else node
                name = alias or call_name(call)
                yield _taken(Item(name, self._called(call, columns, scope)), scope)
            case exp.Lateral():
                inner = node.this
                rows = (
                    self.rows(inner, scope)
                    if isinstance(inner, QUERIES)
                    else self._called(inner, columns, scope)
                )
                yield _taken(Item(alias or call_name(inner), rows.renamed(columns)), scope)
            case exp.Subquery() if isinstance(node.this, exp.Table) and not alias:
                yield from self._from_item(node.this, scope)
            case _:
                yield _taken(Item(alias, self.rows(node, scope).renamed(columns)), scope)
        for join in joins_of(node):
            for item in self._from_item(join.this, scope):
                yield replace(item, restricts=item.restricts and requires_match(join))

    def _table(self, node: exp.Table, alias: str, columns: list[str], scope: Scope) -> Item:
        name = folded(node.this)
        known = None if node.args.get("db") else scope.ctes.get(name)
        known = scope.relations.get(name) if known is None else known
        if known is not None:
            return Item(alias, known.renamed(columns), name)
        origins = frozenset({name}) if self.names.is_pending(name) else NONE
        base = name if self.names.is_guarded(name) else ""
        return Item(alias, replace(Rows().renamed(columns), origins=origins, base=base), name)

    def _called(self, call: Tree, columns: list[str], scope: Scope) -> Rows:
        """A function in FROM: what it is known to return, else something made of its arguments."""
        value = self.value(call, scope)
        if isinstance(call, exp.Unnest):
            listed = [self.value(part, scope).by(elements) for part in call.expressions]
            if not columns and len(listed) == 1 and are_composite(call.expressions[0]):
                # Which of the fields a text is given to, only the type tells.
                return Rows((Column("", listed[0], many=True),), value.locked)
            rows = Rows(tuple(Column(call_name(call), part) for part in listed), value.locked)
            return rows.renamed(columns)
        known = scope.functions.get(call_name(call))
        if known is not None:
            return locked_too(known, value.locked).renamed(columns)
        if documents.takes_apart(call_name(call)):
            given = either(self.value(part, scope) for part in call.expressions)
            return documents.rows(call_name(call), given).renamed(columns)
        name = columns[0] if columns else call_name(call)
        if value.texts:
            return Rows((Column(name, value),), value.locked).renamed(columns)
        return Rows(locked=value.locked).renamed(columns)

    # -- RETURNING -------------------------------------------------------------------------

    def _returning(self, node: Tree, scope: Scope) -> Rows:
        items = list(self.write_items(node, scope))
        inner = scope.within(items)
        locked = self.picked(node, scope)
        clause = node.args.get("returning")
        if not isinstance(clause, exp.Expr):
            return Rows((), locked)
        items = [replace(i, rows=locked_too(i.rows, locked)) for i in items]
        columns = tuple(self._columns(clause.expressions, inner, items))
        return Rows(columns, locked).opened(_depth(inner))

    def write_items(self, node: Tree, scope: Scope) -> Iterator[Item]:
        """What SET, WHERE and RETURNING of a data-modifying statement can name: target first."""
        target = target_of(node)
        if target is not None:
            rows = Rows(self._assigned(node, scope) + Rows().columns)
            yield Item(alias_of(target)[0], rows, folded(target.this))
        yield from self.items(node, scope)

    def _assigned(self, node: Tree, scope: Scope) -> tuple[Column, ...]:
        if isinstance(node, exp.Insert):
            return tuple(self.inserted(node, scope).columns)
        if isinstance(node, exp.Update):
            inner = scope.within(list(self.items(node, scope)))
            pairs = self.assignments(node.expressions, inner)
            return tuple(Column(name, value) for name, value in pairs)
        return ()

    def picked(self, node: Tree, scope: Scope) -> Tables:
        """The pending tables whose locked rows decide which rows a statement writes."""
        if isinstance(node, exp.Insert):
            query = node.args.get("expression")
            return self.rows(query, scope).everything if isinstance(query, exp.Expr) else NONE
        target = target_of(node)
        items = list(self.items(node, scope))
        own = [Item(alias_of(target)[0], Rows(), folded(target.this))] if target is not None else []
        inner = scope.within([*own, *items])
        picked = self.selected(node, items, inner)
        condition = node.args.get("on")
        if isinstance(condition, exp.Expr):
            picked |= self.decided_by(condition, inner)
        return picked

    def inserted(self, node: Tree, scope: Scope) -> Rows:
        """The rows that an INSERT adds, under the names of its column list if it has one."""
        query = node.args.get("expression")
        rows = self.rows(query, scope) if isinstance(query, exp.Expr) else Rows(())
        schema = node.this
        if not isinstance(schema, exp.Schema):
            return rows
        names = [folded(column) for column in schema.expressions]
        columns = zip(names, rows.fit(len(names)), strict=True)
        return replace(rows, columns=tuple(Column(name, value) for name, value in columns))

    def inserted_by_branch(self, node: Tree, scope: Scope) -> Rows:
        """The row that WHEN NOT MATCHED THEN INSERT adds."""
        row, listed = node.args.get("expression"), node.args.get("this")
        fields = fields_of(row) if isinstance(row, exp.Expr) else []
        values = [self.value(part, scope) for part in fields]
        if not isinstance(listed, exp.Tuple):
            return Rows(tuple(Column("", value) for value in values))
        names = [column_name(part) for part in listed.expressions]
        return Rows(
            tuple(map(Column, names, Rows(tuple(Column("", v) for v in values)).fit(len(names))))
        )

    def assignments(self, listed: Iterable[Tree], scope: Scope) -> Iterator[tuple[str, Value]]:
        """Column and value of each assignment of a SET clause, `(a, b) = (…)` included."""
        for node in listed:
            if not isinstance(node, exp.EQ):
                raise NotParsed("no assignment in a SET clause")
            left, right = node.this, node.expression
            if not isinstance(left, exp.Tuple):
                yield column_name(left), self.value(right, scope)
                continue
            names = [column_name(part) for part in left.expressions]
            if isinstance(right, (exp.Subquery, exp.Select)):
                values: Iterable[Value] = self.rows(right, scope).fit(len(names))
            else:
                values = (self.value(part, scope) for part in fields_of(right))
            yield from zip(names, values, strict=False)


def _depth(scope: Scope) -> int:
    """How deep within queries a FROM list is whose entries are the scope's innermost."""
    return len(scope.levels)


def _taken(item: Item, scope: Scope) -> Item:
    """An entry of a FROM list, of which an expression sees one row."""
    return replace(item, rows=item.rows.taken((_depth(scope), item.alias or item.table)))


def side_by_side(items: Iterable[Item]) -> Rows:
    result = Rows(())
    for item in items:
        result = Rows(
            result.columns + item.rows.columns,
            result.locked | (item.rows.locked if item.restricts else NONE),
            result.origins | item.rows.origins,
        )
    return result


def locked_too(rows: Rows, locked: Tables) -> Rows:
    return replace(rows, locked=rows.locked | locked) if locked else rows
