"""The facts of writes that an ORM makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import libcst

from outbox_guard.facts import Write
from outbox_guard.frontends.python.boundary import name_place
from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.orm.states import texts_of
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.syntax import Syntax
from outbox_guard.frontends.python.values import Value

Operation = Literal["insert", "update", "delete", "merge", "copy", "default"]
CHANGES = ("update", "delete", "merge")


def write(
    machine: Machine,
    syntax: Syntax,
    words: libcst.BaseExpression,
    op: Operation,
    table: str,
    *,
    inside: str = "",
    states: Iterable[Value] = (),
    mutates: bool = False,
    locked: Sequence[str] = (),
    via: Literal["orm", "copy"] = "orm",
    by_position: tuple[tuple[str, ...], ...] = (),
) -> Write | None:
    """A write that a call makes, found at these words; None where nobody watches."""
    names = machine.judge.names
    if machine.judge.muted or not names.is_guarded(table):
        return None
    return Write(
        place=name_place(syntax, words),
        inside=inside,
        op=op,
        table=table,
        claims_locked_rows=op == "delete" and bool(locked) and names.is_pending(table),
        mutates=mutates or op in CHANGES,
        states=tuple(dict.fromkeys(text for value in states for text in texts_of(value))),
        by_position=by_position,
        via=via,
    )


def enter(
    machine: Machine,
    scope: Scope,
    words: libcst.BaseExpression,
    op: Operation,
    table: str,
    *,
    states: Iterable[Value] = (),
    mutates: bool = False,
    locked: Sequence[str] = (),
) -> Write | None:
    """Put a write into the ledger."""
    found = write(
        machine,
        scope.syntax,
        words,
        op,
        table,
        inside=scope.name,
        states=states,
        mutates=mutates,
        locked=locked,
    )
    if found is not None:
        machine.judge.ledger.enter(found)
    return found
