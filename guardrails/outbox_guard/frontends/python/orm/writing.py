"""The facts of writes that an ORM makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import libcst

from outbox_guard.facts import Write
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm.states import texts_of
from outbox_guard.frontends.python.parsing.spelling import name_place
from outbox_guard.frontends.python.values.kinds import Value

Operation = Literal["insert", "update", "delete", "merge", "copy", "default"]
CHANGES = ("update", "delete", "merge")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a call does to a table, before it is known whether anybody asks."""

    op: Operation
    table: str
    states: Iterable[Value] = ()
    mutates: bool = False
    locked: tuple[str, ...] = ()  # the pending tables whose locked rows decide which rows it is
    via: Literal["orm", "copy"] = "orm"
    by_position: tuple[tuple[str, ...], ...] = ()


def enter(
    machine: Machine, scope: Scope, words: libcst.BaseExpression, draft: Draft
) -> Write | None:
    """Put a write of an outbox table into the ledger, found at these words; None for any other."""
    names = machine.judge.names
    if machine.judge.muted or not names.is_guarded(draft.table):
        return None
    claims = draft.op == "delete" and bool(draft.locked) and names.is_pending(draft.table)
    found = Write(
        place=name_place(scope.syntax, words),
        inside=scope.name,
        op=draft.op,
        table=draft.table,
        claims_locked_rows=claims,
        mutates=draft.mutates or draft.op in CHANGES,
        states=tuple(dict.fromkeys(text for value in draft.states for text in texts_of(value))),
        by_position=draft.by_position,
        via=draft.via,
    )
    machine.judge.ledger.enter(found)
    return found
