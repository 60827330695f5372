"""What a statement does: to the target of each data-modifying verb, and to routines it calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.frontends.sql.values.kinds import NONE, Tables, Value
from outbox_guard.frontends.sql.values.rows import Rows

Operation = Literal["insert", "update", "delete", "merge"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a routine, with what is known of its arguments by number or by name."""

    name: str
    arguments: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one verb does to its target, before it is known where it stands and who runs it."""

    tag: str  # of the verb's target in the tree; "" where there is no tree
    op: Operation
    table: str
    deletes: bool = False
    mutates: bool = False
    picked: Tables = NONE  # pending tables whose locked rows decide which rows it deletes
    states: frozenset[str] = NONE
    by_position: tuple[frozenset[str], ...] = ()
    # The rows, or columns, that it gives to its table.
    added: Rows = field(default_factory=lambda: Rows(()))
