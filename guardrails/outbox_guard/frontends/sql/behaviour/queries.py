"""Which rows a query gives in one run, and which rows it locks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.expressions import QUERIES, Expressions
from outbox_guard.frontends.sql.behaviour.parsed import CannotFollow
from outbox_guard.frontends.sql.behaviour.scope import Item, Rows, Scope
from outbox_guard.frontends.sql.behaviour.terms import Record, Value, is_number
from outbox_guard.frontends.sql.nodes import (
    alias_of,
    branches_of,
    call_name,
    column_name,
    joins_of,
)
from outbox_guard.frontends.sql.parsing import Tree, folded

_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_MOST_ITERATIONS = 5  # of a recursive query


@dataclass(frozen=True, slots=True)
class Queries(Expressions):
    """Rows from rows. Every table has few of them, so everything is a nested loop."""

    def changed(self, node: Tree, scope: Scope) -> Rows:
        """What a data-modifying statement returns, once it has done its work."""
        raise NotImplementedError

    def rows(self, node: Tree, scope: Scope) -> Rows:
        scope = self.with_ctes(node, scope)
        match node:
            case exp.Select():
                return self._select(node, scope)
            case exp.SetOperation():
                return self._set_operation(node, scope)
            case exp.Values():
                return [self.record(row, scope) for row in node.expressions]
            case exp.Subquery() if not isinstance(node.this, exp.Table):
                return self.rows(node.this, scope)
            case _ if isinstance(node, _CHANGES):
                return self.changed(node, scope)
            case _:
                raise CannotFollow(f"{node.key.upper()} in the place of a query is not followed")

    def with_ctes(self, node: Tree, scope: Scope) -> Scope:
        clause = node.args.get("with_")
        if not isinstance(clause, exp.With):
            return scope
        for cte in clause.expressions:
            name, columns = alias_of(cte)
            if clause.args.get("recursive") and isinstance(cte.this, exp.Union):
                scope = scope.bind(name, self._recursive(cte.this, name, columns, scope))
            else:
                rows = self.rows(cte.this, scope)
                scope = scope.bind(name, [_renamed(row, columns) for row in rows])
        return scope

    def _recursive(self, node: exp.Union, name: str, columns: list[str], scope: Scope) -> Rows:
        fresh = [_renamed(row, columns) for row in self.rows(node.this, scope)]
        result = list(fresh)
        for _ in range(_MOST_ITERATIONS):
            if not fresh:
                break
            names = columns or [field for field, _ in fresh[0].fields]
            more = self.rows(node.expression, scope.bind(name, fresh))
            fresh = [row for row in (_renamed(r, names) for r in more) if row not in result]
            result += fresh
        return result

    def _set_operation(self, node: Tree, scope: Scope) -> Rows:
        result: Rows = []
        for number, (kind, branch) in enumerate(branches_of(node)):
            rows = self.rows(branch, scope)
            if not number:
                result = rows
            elif kind is exp.Union:
                result = result + [row for row in rows if row not in result]
            else:
                wanted = kind is exp.Intersect
                result = [row for row in result if self._among_rows(row, rows) is wanted]
        return self._limited(node, result, scope)

    def _among_rows(self, row: Record, rows: Rows) -> bool:
        return any(self.knowledge.equal(row, other) for other in rows)

    # -- SELECT ----------------------------------------------------------------------------

    def _select(self, node: exp.Select, scope: Scope) -> Rows:
        found = [s for s in self._joined(node, scope) if self._passes(node.args.get("where"), s)]
        found = list(self._locked(node, found))
        if node.args.get("group") or _adds_up(node):
            found = list(self._grouped(node, found, scope))
        rows = [row for each in found for row in self._projected(node.expressions, each)]
        if node.args.get("distinct"):
            rows = list(dict.fromkeys(rows))
        return self._limited(node, rows, scope)

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

    def _with_join(self, join: Tree, scopes: Iterable[Scope]) -> Iterator[Scope]:
        side = str(join.args.get("side") or "").upper()
        matched: set[Record] = set()
        known = [item for scope in scopes for item in scope.items]
        outer: Scope | None = None
        for scope in scopes:
            outer = scope
            pairs = [s for s in self._with_source(join.this, scope) if self._meets(join, s)]
            matched.update(pair.items[-1].record for pair in pairs)
            yield from pairs
            if not pairs and side in ("LEFT", "FULL"):
                yield scope.beside(Item(_alias(join.this), Record(missing=True)))
        if side in ("RIGHT", "FULL") and outer is not None:
            nothing = [replace(item, record=Record(missing=True)) for item in known[:1]]
            for pair in self._with_source(
                join.this, replace(outer, levels=((), *outer.levels[1:]))
            ):
                if pair.items[-1].record not in matched:
                    yield replace(outer, levels=((*nothing, *pair.items), *outer.levels[1:]))

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

    def _grouped(self, node: exp.Select, found: list[Scope], scope: Scope) -> Iterator[Scope]:
        """One group of all rows, or each row by itself: there is one row of a queue at most."""
        by = node.args.get("group")
        empty = replace(scope, levels=((), *scope.levels))
        groups = [(each,) for each in found] if isinstance(by, exp.Expr) else [tuple(found)]
        if isinstance(by, exp.Expr):
            groups = self._by_keys(by, found)
        for group in groups:
            whole = replace(group[0] if group else empty, group=group)
            if self._passes(node.args.get("having"), whole):
                yield whole

    def _by_keys(self, by: Tree, found: list[Scope]) -> list[tuple[Scope, ...]]:
        groups: dict[tuple[Value, ...], list[Scope]] = {}
        for scope in found:
            key = tuple(self.value(each, scope) for each in by.expressions)
            groups.setdefault(key, []).append(scope)
        return [tuple(group) for group in groups.values()]

    def _limited(self, node: Tree, rows: Rows, scope: Scope) -> Rows:
        limit = node.args.get("limit")
        count = limit.args.get("count") or limit.expression if isinstance(limit, exp.Expr) else None
        # A limit that is not known lets one row through at least.
        value = self.value(count, scope) if isinstance(count, exp.Expr) else None
        return rows[: int(value)] if is_number(value) else rows  # type: ignore[arg-type]  # as asked

    # -- FROM ------------------------------------------------------------------------------

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
                yield Item(alias, _renamed(row, columns))
            return
        for row in self._stored(name):
            yield Item(alias, _renamed(row, columns), stored=True)

    def _stored(self, name: str) -> Rows:
        """What a table or a view holds."""
        known = self.database.names.is_guarded(name) or name in self.database.tables
        rows = None if known else self.view(name)
        return self.database.rows(name) if rows is None else rows

    def _derived(self, node: Tree, alias: str, columns: list[str], scope: Scope) -> Iterator[Item]:
        for row in self.rows(node, scope):
            yield Item(alias, _renamed(row, columns), stored=True)

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
            yield Item(alias, _renamed(row, columns))

    def _unnested(self, node: Tree, alias: str, columns: list[str], scope: Scope) -> Iterator[Item]:
        listed = node.expressions or [node.this]
        arrays = [self.value(each, scope) for each in listed]
        names = columns or [alias]
        for items in _side_by_side([self.knowledge.elements(array) for array in arrays]):
            yield Item(alias, Record(tuple(zip(names, items, strict=False))))

    # -- locks -----------------------------------------------------------------------------

    def _locked(self, node: Tree, found: Iterable[Scope]) -> Iterator[Scope]:
        """What is left where rows that others have locked are skipped."""
        locks = node.args.get("locks") or []
        for scope in found:
            kept = True
            for lock in locks:
                named = [folded(table.this) for table in lock.expressions or ()]
                for item in scope.items:
                    if item.stored and (not named or item.alias in named):
                        kept = kept and self._takes(lock, item.record)
            if kept:
                yield scope

    def _takes(self, lock: Tree, row: Record) -> bool:
        """Whether a row is taken; one that is locked is skipped, or waited for."""
        database = self.database
        held = database.contended and any(
            row.row == each.row for each in database.tables[database.pending]
        )
        if not held or not lock.args.get("update"):
            return True  # those who share a lock do not skip each other's rows
        if lock.args.get("wait") is False:
            return False
        database.touch(row, self.at)
        return True

    # -- columns ---------------------------------------------------------------------------

    def _projected(self, listed: Sequence[Tree], scope: Scope) -> Iterator[Record]:
        """The row that a SELECT list gives; as many as an array has elements, where one is."""
        for node in listed:
            inner = node.this if isinstance(node, exp.Alias) else node
            if isinstance(inner, (exp.Explode, exp.Unnest)):
                array = self.value(inner.this or inner.expressions[0], scope)
                for element in self.knowledge.elements(array):
                    yield Record(((column_name(node), element),))
                return
        yield self.projected(listed, scope)

    def projected(self, listed: Sequence[Tree], scope: Scope) -> Record:
        fields: list[tuple[str, Value]] = []
        rest = ""
        for node in listed:
            if isinstance(node, (exp.Star, exp.Column, exp.Dot)) and (
                records := self._starred(node, scope)
            ):
                for record in records:
                    fields += record.fields
                    rest = rest or record.rest
            else:
                fields.append((column_name(node), self.value(node, scope)))
        stored = {item.record.row for item in scope.items if item.record.row}
        row = stored.pop() if len(stored) == 1 and scope.group is None else 0
        return Record(tuple(fields), rest, row)

    def _starred(self, node: Tree, scope: Scope) -> list[Record]:
        """The rows of which a star gives all columns."""
        if isinstance(node, exp.Star):
            return [item.record for item in scope.items] or [Record()]
        if isinstance(node, exp.Dot):
            if not isinstance(node.expression, exp.Star):
                return []
            record = self.value(node.this, scope)
            return [record] if isinstance(record, Record) else [Record(rest="(…)")]
        if not isinstance(node.this, exp.Star):
            return []
        alias = folded(node.args.get("table"))
        item = scope.item(alias)
        held = item.record if item is not None else scope.variables.get(alias)
        return [held] if isinstance(held, Record) else [Record(rest=alias)]


def _renamed(row: Record, columns: Sequence[str]) -> Record:
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


def _adds_up(node: exp.Select) -> bool:
    """Whether an aggregate stands in a SELECT list, and not in a query within."""
    having = node.args.get("having")
    listed = [*node.expressions, *([having] if isinstance(having, exp.Expr) else [])]
    return any(map(_has_aggregate, listed))


def _has_aggregate(node: Tree) -> bool:
    if isinstance(node, (exp.Window, *QUERIES)):
        return False
    if isinstance(node, (exp.AggFunc, exp.Filter)):
        return True
    if isinstance(node, exp.Anonymous) and node.name.lower() == "every":
        return True
    return any(_has_aggregate(part) for part in node.iter_expressions())
