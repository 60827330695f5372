"""What a statement's tree does to rows: one effect for each data-modifying verb in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from outbox_guard.frontends.sql.dataflow.queries import Evaluation
from outbox_guard.frontends.sql.parsing.nodes import ctes_of
from outbox_guard.frontends.sql.parsing.trees import (
    MODIFIERS,
    QUERIES,
    Tree,
    folded,
    tag_of,
    target_of,
)
from outbox_guard.frontends.sql.values.effects import Effect
from outbox_guard.frontends.sql.values.kinds import NONE, Value, either
from outbox_guard.frontends.sql.values.rows import Column, Rows
from outbox_guard.frontends.sql.values.scopes import Item, Scope


def effects(tree: Tree, scope: Scope, run: Evaluation, state: str) -> Iterator[Effect]:
    """Every write of a statement, those in its common table expressions first."""
    scope = run.with_ctes(tree, scope)
    for part in _parts_that_write(tree):
        yield from effects(part, scope, run, state)
    match tree:
        case exp.Insert():
            yield _insert(tree, scope, run, state)
        case exp.Update():
            yield _update(tree, scope, run, state)
        case exp.Delete():
            yield _delete(tree, scope, run)
        case exp.Merge():
            yield _merge(tree, scope, run, state)


def _parts_that_write(tree: Tree) -> Iterator[Tree]:
    """Where a statement can hold another one that writes: its WITH list, and the query in it."""
    yield from (cte.query for cte in ctes_of(tree))
    inner = (tree.args.get(key) for key in ("this", "expression"))
    yield from (part for part in inner if isinstance(part, QUERIES) and part.find(*MODIFIERS))


def _table(node: Tree) -> str:
    target = target_of(node)
    return folded(target.this) if target is not None else ""


def _insert(node: exp.Insert, scope: Scope, run: Evaluation, column: str) -> Effect:
    rows = run.inserted(node, scope)
    state = scope.column_of(_table(node), column)
    states = _texts_of(rows, state)
    by_position: tuple[frozenset[str], ...] = ()
    if not isinstance(node.this, exp.Schema):
        by_position, loose = _positions(rows)
        states |= loose
        rows = replace(rows, columns=tuple(replace(column, name="") for column in rows.columns))
    elif any(folded(column) in run.stand_ins for column in node.this.expressions):
        states |= either(column.value for column in rows.columns).texts  # any may be the state
    conflict = node.args.get("conflict")
    updates = conflict.expressions if isinstance(conflict, exp.OnConflict) else []
    if updates:
        items = [*run.write_items(node, scope), Item("excluded", rows)]
        states |= _assigned(updates, scope.within(items), run, state)
    return Effect(
        tag_of(node),
        "insert",
        _table(node),
        mutates=bool(updates),
        states=states,
        by_position=by_position,
        added=rows,
    )


def _texts_of(rows: Rows, state: str) -> frozenset[str]:
    named = rows.named(state)
    return named.texts if named is not None else NONE


def _positions(rows: Rows) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    """Values by position as far as positions are known, and those that may stand anywhere."""
    known = next((i for i, column in enumerate(rows.columns) if column.many), len(rows.columns))
    texts = [column.value.texts for column in rows.columns]
    return tuple(texts[:known]), NONE.union(*texts[known:])


def _update(node: exp.Update, scope: Scope, run: Evaluation, column: str) -> Effect:
    state = scope.column_of(_table(node), column)
    inner = scope.within(list(run.write_items(node, scope)))
    pairs = list(run.assignments(node.expressions, inner))
    return Effect(
        tag_of(node),
        "update",
        _table(node),
        mutates=True,
        states=_state_among(pairs, run, state),
        added=Rows(tuple(Column(name, value) for name, value in pairs)),
    )


def _assigned(listed: list[Tree], scope: Scope, run: Evaluation, state: str) -> frozenset[str]:
    """The texts that a SET clause gives to the state."""
    return _state_among(list(run.assignments(listed, scope)), run, state)


def _state_among(pairs: list[tuple[str, Value]], run: Evaluation, state: str) -> frozenset[str]:
    """The texts given to the state; a column that is not known may be it."""
    return NONE.union(*(v.texts for name, v in pairs if name == state or name in run.stand_ins))


def _delete(node: exp.Delete, scope: Scope, run: Evaluation) -> Effect:
    picked = run.picked(node, scope)
    return Effect(tag_of(node), "delete", _table(node), deletes=True, mutates=True, picked=picked)


def _merge(node: exp.Merge, scope: Scope, run: Evaluation, column: str) -> Effect:
    state = scope.column_of(_table(node), column)
    inner = scope.within(list(run.write_items(node, scope)))
    branches = [branch for when in node.find_all(exp.When) if (branch := when.args.get("then"))]
    states = NONE
    by_position: tuple[frozenset[str], ...] = ()
    for branch in branches:
        if isinstance(branch, exp.Update):
            states |= _assigned(branch.expressions, inner, run, state)
        elif isinstance(branch, exp.Insert):
            rows = run.inserted_by_branch(branch, inner)
            states |= _texts_of(rows, state)
            if not isinstance(branch.args.get("this"), exp.Expr):
                by_position = _positions(rows)[0]
    deletes = any(
        isinstance(branch, exp.Var) and branch.name.upper() == "DELETE" for branch in branches
    )
    return Effect(
        tag_of(node),
        "merge",
        _table(node),
        deletes=deletes,
        mutates=deletes or any(isinstance(branch, exp.Update) for branch in branches),
        picked=run.picked(node, scope) if deletes else NONE,
        states=states,
        by_position=by_position,
    )
