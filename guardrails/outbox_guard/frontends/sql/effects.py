"""What one data-modifying verb does to its target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.frontends.sql.values import NONE, Rows, Tables

Operation = Literal["insert", "update", "delete", "merge"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one verb does to its target, before it is known where it stands and who runs it."""

    tag: str  # of the verb's target in the tree
    op: Operation
    table: str
    deletes: bool = False
    mutates: bool = False
    picked: Tables = NONE  # pending tables whose locked rows decide which rows it deletes
    states: frozenset[str] = NONE
    by_position: tuple[frozenset[str], ...] = ()
    added: Rows = field(default_factory=lambda: Rows(()))  # what an INSERT adds
