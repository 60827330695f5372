"""What a statement came to, as far as it could be followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outbox_guard.facts import Fact
from outbox_guard.frontends.sql.routines.claims import Action, Condition
from outbox_guard.frontends.sql.statements.copies import CopyIn
from outbox_guard.frontends.sql.values.effects import Call
from outbox_guard.frontends.sql.values.rows import Rows, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a statement does, as far as it could be followed."""

    verb: str = ""
    actions: tuple[Action, ...] = ()
    facts: tuple[Fact, ...] = ()
    rows: Rows = field(default_factory=lambda: Rows(()))  # that it returns
    relations: Mapping[str, Rows] = field(default_factory=dict)  # that it makes, or adds rows to
    cursors: Mapping[str, Rows] = field(default_factory=dict)
    picks: tuple[Condition, ...] = ()  # by which it locks rows of a pending table
    copies: CopyIn | None = None  # whose data may follow
    calls: tuple[Call, ...] = ()  # of routines that are known here
    followed: bool = True

    def __or__(self, other: Step) -> Step:
        """Of two statements in one: the rows are the last one's."""
        return Step(
            verb=other.verb or self.verb,
            actions=self.actions + other.actions,
            facts=self.facts + other.facts,
            rows=other.rows,
            relations=joined(self.relations, other.relations),
            cursors={**self.cursors, **other.cursors},
            picks=self.picks + other.picks,
            copies=other.copies or self.copies,
            calls=self.calls + other.calls,
            followed=self.followed and other.followed,
        )
