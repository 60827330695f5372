"""Which rows a query returns and which values an expression has, on sqlglot's tree.

One evaluation for everything: rows come from rows (FROM lists, joins, sub-queries, common table
expressions, RETURNING), values from values; what a lock with SKIP LOCKED picked from a pending
table taints both. Writes, claims and variables are read off the result elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlglot import exp

from outbox_guard.frontends.sql.effects import Call
from outbox_guard.frontends.sql.parsing import Tree, folded, target_of
from outbox_guard.frontends.sql.rewriting import NotParsed
from outbox_guard.frontends.sql.values import (
    NONE,
    UNKNOWN,
    Column,
    Item,
    Rows,
    Scope,
    Tables,
    Value,
    compute,
    compute_each,
    either,
    scalar,
)
from outbox_guard.names import Names

# Of these nodes the texts of the result are the texts of these parts; other parts only decide.
_CARRIERS: dict[type[Tree], tuple[str, ...]] = {
    exp.Alias: ("this",),
    exp.AnyValue: ("this",),
    exp.Array: ("expressions",),
    exp.ArrayAgg: ("this",),
    exp.ArrayAppend: ("this", "expression"),
    exp.ArrayConcat: ("this", "expressions"),
    exp.ArrayPrepend: ("this", "expression"),
    exp.Any: ("this",),
    exp.Bracket: ("this",),
    exp.Case: ("ifs", "default"),
    exp.Cast: ("this",),
    exp.Coalesce: ("this", "expressions"),
    exp.Collate: ("this",),
    exp.Distinct: ("expressions",),
    exp.Explode: ("this",),
    exp.Filter: ("this",),
    exp.FirstValue: ("this",),
    exp.Greatest: ("this", "expressions"),
    exp.If: ("true", "false"),
    exp.IgnoreNulls: ("this",),
    exp.Lag: ("this", "default"),
    exp.LastValue: ("this",),
    exp.Lead: ("this", "default"),
    exp.Least: ("this", "expressions"),
    exp.Max: ("this",),
    exp.Min: ("this",),
    exp.NthValue: ("this",),
    exp.Nullif: ("this",),
    exp.Order: ("this",),
    exp.Paren: ("this",),
    exp.TryCast: ("this",),
    exp.Tuple: ("expressions",),
    exp.Unnest: ("expressions",),
    exp.Variadic: ("this",),
    exp.Window: ("this",),
    exp.WithinGroup: ("this",),
}
# Pure functions of texts: their arguments, and how many of these they need at least.
_FUNCTIONS: dict[type[Tree], tuple[tuple[str, ...], int, Callable[..., str]]] = {
    exp.Upper: (("this",), 1, str.upper),
    exp.Lower: (("this",), 1, str.lower),
    exp.Initcap: (("this",), 1, str.title),
    exp.Trim: (("this", "expression"), 1, str.strip),
    exp.Reverse: (("this",), 1, lambda whole: whole[::-1]),
    exp.Replace: (("this", "expression", "replacement"), 3, str.replace),
}
# What takes a text apart, and the separator of the parts, each of which may be meant.
_SPLITTERS = {exp.StringToArray: "expression", exp.SplitPart: "delimiter"}
_SPECIFIER = re.compile("%%|%[sIL]")
_MOST_COLUMNS = 1664  # of PostgreSQL
_CONCATENATIONS = (exp.DPipe, exp.Concat, exp.ConcatWs, exp.Format)
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
_MODIFIERS = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
# A comparison that holds for the rows that are *not* the others'.
_DIFFERENT = (exp.NEQ, exp.NullSafeNEQ)


def _formatted(pattern: str, *arguments: str) -> str:
    """format() with %s, %I and %L in order; what it can't say is said as it stands."""
    rest = iter(arguments)
    return _SPECIFIER.sub(lambda found: "%" if found[0] == "%%" else next(rest, ""), pattern)


def _elements(array: str) -> list[str]:
    """The elements of an array's literal, {a,"b"}; a text that is none is its own element."""
    if not (array.startswith("{") and array.endswith("}")):
        return [array]
    return [element.strip().strip('"') for element in array[1:-1].split(",")]


def computes(tree: Tree) -> bool:
    """Whether a text in it may become another one, and not only pass through."""
    kinds = (*_FUNCTIONS, *_CONCATENATIONS, *_SPLITTERS)
    return tree.find(*kinds) is not None or any(
        cast.to.is_type(exp.DataType.Type.ARRAY) for cast in tree.find_all(exp.Cast)
    )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`stand_ins` are what the literals and placeholders of the rewritten text mean."""

    names: Names
    stand_ins: Mapping[str, Value]
    heard: list[Call] = field(default_factory=list)  # calls of known routines, as they are met

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
            case exp.Insert() | exp.Update() | exp.Delete() | exp.Merge():
                return self._returning(node, scope)
            case exp.Table():
                return _joined(self._from_item(node, scope))
            case _:
                return scalar(self.value(node, scope))

    def with_ctes(self, node: Tree, scope: Scope) -> Scope:
        """The scope in which a statement's own WITH list is known."""
        clause = node.args.get("with_")
        if not isinstance(clause, exp.With):
            return scope
        for cte in clause.expressions:
            name, columns = _alias(cte)
            if clause.args.get("recursive"):
                # The first turn finds the rows that it starts from, the second what they become.
                scope = scope.bind(name, Rows((), NONE))
                scope = scope.bind(name, self._cte(cte, columns, scope))
            scope = scope.bind(name, self._cte(cte, columns, scope))
        return scope

    def _cte(self, cte: Tree, columns: list[str], scope: Scope) -> Rows:
        # A lock outside does not reach into a common table expression.
        return replace(self.rows(cte.this, scope).renamed(columns), origins=NONE)

    def _select(self, node: exp.Select, scope: Scope) -> Rows:
        items = list(self.items(node, scope))
        inner = scope.within(items)
        locked = self._locks(node, items) | self.selected(node, items, inner)
        if locked:
            items = [replace(i, rows=_locked(i.rows, locked)) for i in items]
            inner = scope.within(items)
        columns = tuple(self._columns(node.expressions, inner, items))
        origins = NONE.union(*(item.rows.origins for item in items))
        plain = len(items) == 1 and not node.args.get("group") and not node.args.get("distinct")
        return Rows(columns, locked, origins, items[0].rows.base if plain else "")

    def selected(self, node: Tree, items: Iterable[Item], inner: Scope) -> Tables:
        """The pending tables whose locked rows decide which rows come out of a FROM and WHERE."""
        locked = NONE.union(*(item.rows.locked for item in items if item.restricts))
        for clause in ("where", "having", "qualify"):
            condition = node.args.get(clause)
            if isinstance(condition, exp.Expr):
                locked |= self.decided_by(condition.this, inner)
        for join in _joins(node):
            condition = join.args.get("on")
            if isinstance(condition, exp.Expr) and _restricts(join):
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
                shuts_out = isinstance(condition, _DIFFERENT) or _is_null(condition)
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

    def _columns(self, listed: Iterable[Tree], scope: Scope, items: list[Item]) -> Iterator[Column]:
        listed = list(listed)
        if len(listed) == 1 and _is_row(listed[0]):
            listed = _fields(listed[0])  # a record, as a whole
        for node in listed:
            if isinstance(node, exp.Star):
                yield from _bounded(c for item in items for c in _everything(item.rows))
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                yield from self._row_of(folded(node.args.get("table")), scope)
            elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Star):
                yield from _everything(self._record(node.this, scope))
            else:
                yield Column(_column_name(node), self.value(node, scope))

    def _row_of(self, name: str, scope: Scope) -> tuple[Column, ...]:
        item = scope.item(name)
        rows = item.rows if item is not None else scope.variables.get(name)
        return _everything(rows) if rows is not None else _everything(Rows())

    def _set_operation(self, node: Tree, scope: Scope) -> Rows:
        result: Rows | None = None
        for kind, branch in _branches(node):
            rows = self.rows(branch, scope)
            if result is None:
                result = rows
            elif kind is exp.Union:
                result |= rows
            elif kind is exp.Intersect:
                result = replace(result, locked=result.locked | rows.everything)
        return result or Rows()

    def _values(self, node: Tree, scope: Scope) -> Rows:
        rows: Rows | None = None
        for row in node.expressions:
            more = Rows(tuple(self._row(row, scope)))
            rows = more if rows is None else rows | more
        return (rows or Rows(())).renamed(_alias(node)[1])

    def _row(self, row: Tree, scope: Scope) -> Iterator[Column]:
        """The columns of one row of VALUES, of ROW(…)."""
        columns = list(self._columns(_fields(row), scope, []))
        known = not any(column.many for column in columns)
        for index, column in enumerate(columns, 1):
            yield replace(column, name=f"column{index}") if known else column

    def _subquery(self, node: Tree, scope: Scope) -> Rows:
        if isinstance(node.this, exp.Table):  # a join in parentheses
            items = list(self._from_item(node.this, scope))
            return _joined(items).renamed(_alias(node)[1])
        rows = self.rows(node.this, scope)
        locked = self._locks(node, [Item("", rows)])
        return (_locked(rows, locked) if locked else rows).renamed(_alias(node)[1])

    # -- FROM ------------------------------------------------------------------------------

    def items(self, node: Tree, scope: Scope) -> Iterator[Item]:
        """The entries of a FROM list with its joins; a later one may look at the earlier ones."""
        seen: list[Item] = []
        for source, restricts in _sources(node):
            for item in self._from_item(source, scope.within(seen)):
                seen.append(item if restricts else replace(item, restricts=False))
                yield seen[-1]

    def _from_item(self, node: Tree, scope: Scope) -> Iterator[Item]:
        alias, columns = _alias(node)
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                yield self._table(node, alias, columns, scope)
            case exp.Table() | exp.Unnest():
                call = node.this if isinstance(node.this, exp.Expr) else node
                yield Item(alias or _call_name(call), self._called(call, columns, scope))
            case exp.Lateral():
                inner = node.this
                rows = (
                    self.rows(inner, scope)
                    if isinstance(inner, _QUERIES)
                    else self._called(inner, columns, scope)
                )
                yield Item(alias or _call_name(inner), rows.renamed(columns))
            case exp.Subquery() if isinstance(node.this, exp.Table) and not alias:
                yield from self._from_item(node.this, scope)
            case _:
                yield Item(alias, self.rows(node, scope).renamed(columns))
        for join in _joins(node):
            for item in self._from_item(join.this, scope):
                yield replace(item, restricts=item.restricts and _restricts(join))

    def _table(self, node: exp.Table, alias: str, columns: list[str], scope: Scope) -> Item:
        name = folded(node.this)
        known = None if node.args.get("db") else scope.ctes.get(name)
        known = scope.relations.get(name) if known is None else known
        if known is not None:
            return Item(alias, known.renamed(columns), name)
        origins = frozenset({name}) if self.names.is_pending(name) else NONE
        base = name if self.names.is_guarded(name) else ""
        return Item(alias, replace(Rows().renamed(columns), origins=origins, base=base), name)

    def _arguments(self, call: Tree, scope: Scope) -> Iterator[tuple[str, Value]]:
        for number, argument in enumerate(call.expressions, 1):
            if isinstance(argument, exp.Kwarg):
                yield folded(argument.this), self.value(argument.expression, scope)
            else:
                yield str(number), self.value(argument, scope)

    def _called(self, call: Tree, columns: list[str], scope: Scope) -> Rows:
        """A function in FROM: what it is known to return, else something made of its arguments."""
        value = self.value(call, scope)
        if isinstance(call, exp.Unnest):
            listed = [self.value(part, scope) for part in call.expressions]
            rows = Rows(tuple(Column(_call_name(call), part) for part in listed), value.locked)
            return rows.renamed(columns)
        known = scope.functions.get(_call_name(call))
        if known is not None:
            return _locked(known, value.locked).renamed(columns)
        name = columns[0] if columns else _call_name(call)
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
        items = [replace(i, rows=_locked(i.rows, locked)) for i in items]
        columns = tuple(self._columns(clause.expressions, inner, items))
        return Rows(columns, locked)

    def write_items(self, node: Tree, scope: Scope) -> Iterator[Item]:
        """What SET, WHERE and RETURNING of a data-modifying statement can name: target first."""
        target = target_of(node)
        if target is not None:
            rows = Rows(self._assigned(node, scope) + Rows().columns)
            yield Item(_alias(target)[0], rows, folded(target.this))
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
        own = [Item(_alias(target)[0], Rows(), folded(target.this))] if target is not None else []
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
        fields = _fields(row) if isinstance(row, exp.Expr) else []
        values = [self.value(part, scope) for part in fields]
        if not isinstance(listed, exp.Tuple):
            return Rows(tuple(Column("", value) for value in values))
        names = [_column_name(part) for part in listed.expressions]
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
                yield _column_name(left), self.value(right, scope)
                continue
            names = [_column_name(part) for part in left.expressions]
            if isinstance(right, (exp.Subquery, exp.Select)):
                values: Iterable[Value] = self.rows(right, scope).fit(len(names))
            else:
                values = (self.value(part, scope) for part in _fields(right))
            yield from zip(names, values, strict=False)

    # -- values ----------------------------------------------------------------------------

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
            case _ if isinstance(node, (*_QUERIES, *_MODIFIERS)):
                return self.rows(node, scope).first
            case _ if isinstance(node, _CONCATENATIONS):
                return self._concatenation(node, scope)
            case _ if type(node) in _FUNCTIONS:
                return self._function(node, scope)
            case exp.Cast() if node.to.is_type(exp.DataType.Type.ARRAY):
                return compute_each(_elements, [self.value(node.this, scope)])
            case exp.StringToArray() | exp.SplitPart():
                separator = node.args.get(_SPLITTERS[type(node)])
                known = [self.value(part, scope) for part in (node.this, separator) if part]
                return compute_each(str.split, known)
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
        if _is_row(node):
            return Rows(tuple(self._row(node, scope)))
        if isinstance(node, exp.Column):
            name = folded(node.this)
            item = scope.item(name)
            if item is not None:
                return item.rows
            return scope.variables.get(name, Rows())
        if isinstance(node, _QUERIES):
            return self.rows(node, scope)
        return Rows(locked=self.value(node, scope).locked)

    def _concatenation(self, node: Tree, scope: Scope) -> Value:
        parts = node.flatten() if isinstance(node, exp.DPipe) else node.expressions
        values = [self.value(part, scope) for part in parts]
        match node:
            case exp.ConcatWs():
                return compute(lambda glue, *texts: glue.join(texts), values)
            case exp.Format():
                return compute(_formatted, [self.value(node.this, scope), *values])
            case _:
                return compute(lambda *texts: "".join(texts), values)

    def _function(self, node: Tree, scope: Scope) -> Value:
        keys, required, function = _FUNCTIONS[type(node)]
        arguments = [node.args.get(key) for key in keys]
        known = [self.value(part, scope) for part in arguments if isinstance(part, exp.Expr)]
        return compute(function, known) if len(known) >= required else self._carried(node, scope)

    def _carried(self, node: Tree, scope: Scope) -> Value:
        """Texts of the parts that carry them, locked rows of every part."""
        name = _call_name(node)
        known = scope.functions.get(name) if isinstance(node, exp.Func) else None
        result = UNKNOWN
        if known is not None:
            result = known.first
            self.heard.append(Call(name, tuple(self._arguments(node, scope))))
        carriers = _CARRIERS.get(type(node), ())
        for key, part in _parts(node):
            value = self.value(part, scope)
            result |= value if key in carriers else Value(NONE, value.locked)
        return result


def _is_null(condition: Tree) -> bool:
    return isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null)


def _bounded(columns: Iterable[Column]) -> list[Column]:
    """At most as many columns as PostgreSQL takes; of more nothing is known."""
    listed = list(islice(columns, _MOST_COLUMNS + 1))
    if len(listed) > _MOST_COLUMNS:
        return [Column("", either(column.value for column in listed), many=True)]
    return listed


def _parts(node: Tree) -> Iterator[tuple[str, Tree]]:
    for key, argument in node.args.items():
        for part in argument if isinstance(argument, list) else (argument,):
            if isinstance(part, exp.Expr):
                yield key, part


def _sources(node: Tree) -> Iterator[tuple[Tree, bool]]:
    """The entries of FROM, USING and the joins, and whether a row needs a match there."""
    for key in ("from_", "using"):
        found = node.args.get(key)
        for source in found if isinstance(found, list) else (found,):
            if isinstance(source, exp.Expr):
                yield (source.this if isinstance(source, exp.From) else source), True
    for join in _joins(node):
        yield join.this, _restricts(join)


def _restricts(join: Tree) -> bool:
    """Whether a row must have its match in the table that is joined."""
    return str(join.args.get("side") or "").upper() not in ("LEFT", "FULL")


def _joins(node: Tree) -> list[Tree]:
    found = node.args.get("joins")
    return found if isinstance(found, list) else []


def _branches(node: Tree) -> Iterator[tuple[type[Tree], Tree]]:
    """The branches of a chain of set operations from left to right; a thousand do not recurse."""
    chain: list[tuple[type[Tree], Tree]] = []
    while isinstance(node, exp.SetOperation):
        chain.append((type(node), node.expression))
        left = node.this
        if isinstance(left, exp.SetOperation) and left.args.get("with_"):
            break
        node = left
    chain.append((exp.Union, node))
    return reversed(chain)


def _joined(items: Iterable[Item]) -> Rows:
    result = Rows(())
    for item in items:
        result = Rows(
            result.columns + item.rows.columns,
            result.locked | (item.rows.locked if item.restricts else NONE),
            result.origins | item.rows.origins,
        )
    return result


def _locked(rows: Rows, locked: Tables) -> Rows:
    return replace(rows, locked=rows.locked | locked) if locked else rows


def _everything(rows: Rows) -> tuple[Column, ...]:
    return tuple(
        replace(column, value=column.value.tainted(rows.locked)) for column in rows.columns
    )


def _is_row(node: Tree) -> bool:
    return isinstance(node, exp.Tuple) or (
        isinstance(node, exp.Anonymous) and node.name.lower() == "row"
    )


def _fields(row: Tree) -> list[Tree]:
    """The parts of `(a, b)`, of `ROW(a, b)` and of a single value."""
    if _is_row(row):
        return row.expressions
    return [row.this] if isinstance(row, exp.Paren) else [row]


def _alias(node: Tree) -> tuple[str, list[str]]:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        columns = [folded(c.this if isinstance(c, exp.ColumnDef) else c) for c in alias.columns]
        return folded(alias.this), columns
    return folded(alias) if isinstance(alias, exp.Identifier) else "", []


def _column_name(node: Tree) -> str:
    """The name that PostgreSQL gives to a column of a SELECT list."""
    match node:
        case exp.Alias():
            return folded(node.args.get("alias"))
        case exp.Column() | exp.Dot():
            return folded(node.this if isinstance(node, exp.Column) else node.expression)
        case exp.Cast() | exp.Paren() | exp.Bracket() | exp.Collate():
            return _column_name(node.this)
        case exp.Subquery() if isinstance(node.this, exp.Select) and node.this.expressions:
            return _column_name(node.this.expressions[0])
        case exp.Func():
            return _call_name(node)
        case _:
            return ""


def _call_name(node: Tree) -> str:
    if isinstance(node, exp.Dot):
        return _call_name(node.expression)
    if isinstance(node, exp.Anonymous):
        return node.name
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""
