"""Questions about sqlglot's nodes: names, parts, sources, whatever form they are written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp

from outbox_guard.frontends.sql.parsing.trees import Tree, folded


def is_null_test(condition: Tree) -> bool:
    return isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null)


def arguments_of(node: Tree) -> Iterator[tuple[str, Tree]]:
    for key, argument in node.args.items():
        for part in argument if isinstance(argument, list) else (argument,):
            if isinstance(part, exp.Expr):
                yield key, part


def sources_of(node: Tree) -> Iterator[tuple[Tree, bool]]:
    """The entries of FROM, USING and the joins, and whether a row needs a match there."""
    for key in ("from_", "using"):
        found = node.args.get(key)
        for source in found if isinstance(found, list) else (found,):
            if isinstance(source, exp.Expr):
                yield (source.this if isinstance(source, exp.From) else source), True
    for join in joins_of(node):
        yield join.this, requires_match(join)


def requires_match(join: Tree) -> bool:
    """Whether a row must have its match in the table that is joined."""
    return str(join.args.get("side") or "").upper() not in ("LEFT", "FULL")


def joins_of(node: Tree) -> list[Tree]:
    found = node.args.get("joins")
    return found if isinstance(found, list) else []


def branches_of(node: Tree) -> Iterator[tuple[type[Tree], Tree]]:
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


def are_composite(node: Tree) -> bool:
    """Whether an array may be of rows: `%s::attempt_row[]`, by a type that is none of SQL's."""
    kind = node.to if isinstance(node, exp.Cast) else None
    if kind is None or not kind.is_type(exp.DataType.Type.ARRAY):
        return False
    return any(part.this is exp.DataType.Type.USERDEFINED for part in kind.expressions)


def is_row(node: Tree) -> bool:
    return isinstance(node, exp.Tuple) or (
        isinstance(node, exp.Anonymous) and node.name.lower() == "row"
    )


def fields_of(row: Tree) -> list[Tree]:
    """The parts of `(a, b)`, of `ROW(a, b)` and of a single value."""
    if is_row(row):
        return row.expressions
    return [row.this] if isinstance(row, exp.Paren) else [row]


def first_of(node: Tree) -> Tree | None:
    """The first of its expressions, where it has any."""
    return next(iter(node.expressions), None)


class Cte(NamedTuple):
    """A common table expression; one that may refer to itself is `recursive`."""

    name: str
    columns: list[str]
    query: Tree
    recursive: bool


def ctes_of(node: Tree) -> Iterator[Cte]:
    """A statement's own WITH list, in its order."""
    clause = node.args.get("with_")
    if isinstance(clause, exp.With):
        recursive = bool(clause.args.get("recursive"))
        for cte in clause.expressions:
            yield Cte(*alias_of(cte), cte.this, recursive)


def alias_of(node: Tree) -> tuple[str, list[str]]:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        columns = [folded(c.this if isinstance(c, exp.ColumnDef) else c) for c in alias.columns]
        return folded(alias.this), columns
    return folded(alias) if isinstance(alias, exp.Identifier) else "", []


def column_name(node: Tree) -> str:
    """The name that PostgreSQL gives to a column of a SELECT list."""
    match node:
        case exp.Alias():
            return folded(node.args.get("alias"))
        case exp.Column() | exp.Dot():
            return folded(node.this if isinstance(node, exp.Column) else node.expression)
        case exp.Cast() | exp.Paren() | exp.Bracket() | exp.Collate():
            return column_name(node.this)
        case exp.Subquery() if isinstance(node.this, exp.Select) and node.this.expressions:
            return column_name(node.this.expressions[0])
        case exp.Func():
            return call_name(node)
        case _:
            return ""


def call_name(node: Tree) -> str:
    if isinstance(node, exp.Dot):
        return call_name(node.expression)
    if isinstance(node, exp.Anonymous):
        return node.name
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""
