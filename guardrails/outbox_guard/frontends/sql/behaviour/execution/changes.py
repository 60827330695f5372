"""What INSERT, UPDATE, DELETE and MERGE do in one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.evaluation.operators import unknown
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Item, Rows, Scope
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value
from outbox_guard.frontends.sql.behaviour.execution.queries import Queries
from outbox_guard.frontends.sql.parsing.nodes import alias_of, column_name, fields_of
from outbox_guard.frontends.sql.parsing.trees import Tree, folded, tag_of, target_of


@dataclass(frozen=True, slots=True)
class _Target:
    name: str
    alias: str
    at: int  # where the verb stands

    def item(self, row: Record) -> Item:
        return Item(self.alias, row, stored=True)


@dataclass(frozen=True, slots=True)
class Statements(Queries):
    """Queries, and the statements that modify data, wherever they stand."""

    def changed(self, node: Tree, scope: Scope) -> Rows:
        target = self._target(node)
        match node:
            case exp.Insert():
                done: Iterable[Scope] = self._insert(node, target, scope)
            case exp.Update():
                done = self._update(node, target, scope)
            case exp.Delete():
                done = self._delete(node, target, scope)
            case _:
                done = self._merge(node, target, scope)
        returning = node.args.get("returning")
        rows = list(done)
        if not isinstance(returning, exp.Expr):
            return [Record() for _ in rows]
        return [self.projected(returning.expressions, each) for each in rows]

    def _target(self, node: Tree) -> _Target:
        table = target_of(node)
        if table is None:
            raise CannotFollow("the table of this statement is not known", self.at)
        name = folded(table.this)
        if name in self.parsed.constants or name in self.parsed.parameters:
            raise CannotFollow("the table of this statement is not known", self.at)
        verb = self.parsed.verbs.get(tag_of(node), 0)
        return _Target(name, alias_of(table)[0] or name, self.at + verb)

    # -- UPDATE and DELETE -----------------------------------------------------------------

    def _matches(self, node: Tree, target: _Target, scope: Scope) -> Iterator[tuple[Record, Scope]]:
        """The rows of the target, each with the first row of the FROM list that meets it."""
        condition = node.args.get("where")
        for row in self.database.rows(target.name):
            for found in self._joined(node, scope.within((target.item(row),))):
                here = replace(found, levels=((target.item(row), *found.items), *scope.levels))
                if self._is_current(condition, row, here):
                    yield row, here
                    break

    def _is_current(self, clause: object, row: Record, scope: Scope) -> bool:
        if isinstance(clause, exp.Expr) and isinstance(clause.this, exp.Column):
            cursor = self.value(clause.this, scope)
            if isinstance(cursor, Record):  # WHERE CURRENT OF
                return cursor.row == row.row
        return self._passes(clause, scope)

    def _update(self, node: Tree, target: _Target, scope: Scope) -> Iterator[Scope]:
        for row, found in list(self._matches(node, target, scope)):
            new = self._with(row, node.expressions, found)
            self.database.replace(target.name, row, new, target.at)
            yield replace(found, levels=((target.item(new), *found.items[1:]), *scope.levels))

    def _delete(self, node: Tree, target: _Target, scope: Scope) -> Iterator[Scope]:
        for row, found in list(self._matches(node, target, scope)):
            self.database.remove(target.name, row, target.at)
            yield found

    def _with(self, row: Record, listed: Iterable[Tree], scope: Scope) -> Record:
        """A row with what SET gives it."""
        for name, value in list(self._assignments(listed, scope)):
            row = row.having(name, value)
            if name in self.database.names.outbox.lease_columns:
                self.knowledge.take_for_present(value)  # half a lease breaks the table's CHECK
        return row

    def _assignments(self, listed: Iterable[Tree], scope: Scope) -> Iterator[tuple[str, Value]]:
        for node in listed:
            left, right = node.this, node.expression
            if not isinstance(left, exp.Tuple):
                name = column_name(left)
                yield name, self._given(name, right, scope)
                continue
            names = [column_name(part) for part in left.expressions]
            yield from zip(names, self._several(names, right, scope), strict=False)

    def _several(self, names: Sequence[str], node: Tree, scope: Scope) -> Iterable[Value]:
        if isinstance(node, (exp.Subquery, exp.Select)):
            rows = self.rows(node, scope)
            return rows[0].values if rows else [None] * len(names)
        parts = fields_of(node)
        return [self._given(n, part, scope) for n, part in zip(names, parts, strict=False)]

    def _given(self, column: str, node: Tree, scope: Scope) -> Value:
        """The value for a column; DEFAULT is the column's own."""
        word = node.this if isinstance(node, exp.Column) else node
        if isinstance(word, (exp.Identifier, exp.Var)) and word.name.lower() == "default":
            return self.database.default(column)
        return self.value(node, scope)

    # -- INSERT ----------------------------------------------------------------------------

    def _insert(self, node: Tree, target: _Target, scope: Scope) -> Iterator[Scope]:
        conflict = node.args.get("conflict")
        updates = isinstance(conflict, exp.Expr) and conflict.expressions
        if updates and target.name == self.database.pending:
            raise CannotFollow("ON CONFLICT DO UPDATE of the queue is not followed", target.at)
        for row in self._added(node, scope):
            stored = self.database.append(target.name, row, target.at)
            yield scope.within((target.item(replace(stored, rest=stored.rest or target.name)),))

    def _added(self, node: Tree, scope: Scope) -> Rows:
        query = node.args.get("expression")
        if not isinstance(query, exp.Expr):
            return [Record()]
        schema = node.this
        names = (
            [folded(column) for column in schema.expressions]
            if isinstance(schema, exp.Schema)
            else []
        )
        if isinstance(query, exp.Values):
            return [self._listed(row, names, scope) for row in query.expressions]
        return [_fitted(row, names) for row in self.rows(query, scope)]

    def _listed(self, row: Tree, names: Sequence[str], scope: Scope) -> Record:
        fields = fields_of(row)
        padded = [*names, *[""] * (len(fields) - len(names))]
        pairs = zip(padded, fields, strict=False)
        return Record(tuple((name, self._given(name, part, scope)) for name, part in pairs))

    # -- MERGE -----------------------------------------------------------------------------

    def _merge(self, node: Tree, target: _Target, scope: Scope) -> Iterator[Scope]:
        using = node.args["using"]
        branches = node.args["whens"].expressions
        for source in list(self._with_source(using, scope.within(()))):
            matched = False
            for row in self.database.rows(target.name):
                here = replace(source, levels=((target.item(row), *source.items), *scope.levels))
                if self.truth(node.args["on"], here):
                    matched = True
                    yield from self._branch(branches, target, here, row)
            if not matched:
                yield from self._branch(branches, target, source, None)

    def _branch(
        self, branches: Iterable[Tree], target: _Target, scope: Scope, row: Record | None
    ) -> Iterator[Scope]:
        """The first WHEN that fits."""
        for when in branches:
            condition = when.args.get("condition")
            if bool(when.args.get("matched")) != (row is not None) or (
                isinstance(condition, exp.Expr) and not self.truth(condition, scope)
            ):
                continue
            then = when.args["then"]
            if isinstance(then, exp.Update) and row is not None:
                new = self._with(row, then.expressions, scope)
                self.database.replace(target.name, row, new, target.at)
                yield scope
            elif isinstance(then, exp.Insert):
                names = [column_name(part) for part in getattr(then.this, "expressions", ())]
                added = self._listed(then.args["expression"], names, scope)
                self.database.append(target.name, added, target.at)
                yield scope
            elif then.name.lower() == "delete" and row is not None:
                self.database.remove(target.name, row, target.at)
                yield scope
            return


def _fitted(row: Record, names: Sequence[str]) -> Record:
    """A row under the names of the column list; what a star leaves open is not known."""
    if not names:
        return row
    values = list(row.values)
    if row.rest:
        values = [row.get(name) if row.knows(name) else None for name in names]
        values = [unknown("a column of", row.rest) if v is None else v for v in values]
    values += [None] * (len(names) - len(values))
    return Record(tuple(zip(names, values, strict=False)))
