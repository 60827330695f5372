"""Which rows a query gives in one run, and which rows it locks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Rows, Scope
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value, is_number
from outbox_guard.frontends.sql.behaviour.execution.sources import Sources, renamed
from outbox_guard.frontends.sql.parsing.nodes import branches_of, column_name, ctes_of, first_of
from outbox_guard.frontends.sql.parsing.trees import MODIFIERS, QUERIES, Tree, folded

_MOST_ITERATIONS = 5  # of a recursive query


@dataclass(frozen=True, slots=True)
class Queries(Sources, ABC):
    """Rows from rows. Every table has few of them, so everything is a nested loop."""

    @abstractmethod
    def changed(self, node: Tree, scope: Scope) -> Rows:
        """What a data-modifying statement returns, once it has done its work."""

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
            case _ if isinstance(node, MODIFIERS):
                return self.changed(node, scope)
            case _:
                reason = f"{node.key.upper()} in the place of a query is not followed"
                raise CannotFollow(reason, self.at)

    def with_ctes(self, node: Tree, scope: Scope) -> Scope:
        for cte in ctes_of(node):
            if cte.recursive and isinstance(cte.query, exp.Union):
                rows = self._recursive(cte.query, cte.name, cte.columns, scope)
            else:
                rows = [renamed(row, cte.columns) for row in self.rows(cte.query, scope)]
            scope = scope.bind(cte.name, rows)
        return scope

    def _recursive(self, node: exp.Union, name: str, columns: list[str], scope: Scope) -> Rows:
        fresh = [renamed(row, columns) for row in self.rows(node.this, scope)]
        result = list(fresh)
        for _ in range(_MOST_ITERATIONS):
            if not fresh:
                break
            names = columns or [field for field, _ in fresh[0].fields]
            more = self.rows(node.expression, scope.bind(name, fresh))
            fresh = [row for row in (renamed(r, names) for r in more) if row not in result]
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

    def _grouped(self, node: exp.Select, found: list[Scope], scope: Scope) -> Iterator[Scope]:
        """One group of all rows, or those that GROUP BY makes."""
        by = node.args.get("group")
        empty = replace(scope, levels=((), *scope.levels))
        groups = self._by_keys(by, found) if isinstance(by, exp.Expr) else [tuple(found)]
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
        return rows[: int(value)] if is_number(value) else rows

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
        held = bool(row.row) and row.row == self.database.contended
        if not held or not lock.args.get("update"):
            return True  # those who share a lock do not skip each other's rows
        if lock.args.get("wait") is False:
            return False
        self.database.touch(row, self.at)
        return True

    # -- columns ---------------------------------------------------------------------------

    def _projected(self, listed: Sequence[Tree], scope: Scope) -> Iterator[Record]:
        """The row that a SELECT list gives; as many as an array has elements, where one is."""
        for node in listed:
            inner = node.this if isinstance(node, exp.Alias) else node
            if isinstance(inner, (exp.Explode, exp.Unnest)):
                array = self.value(self.part(inner.this or first_of(inner)), scope)
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
