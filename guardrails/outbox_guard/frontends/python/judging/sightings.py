"""What the judge has seen while some code was followed; all of it together makes the facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from outbox_guard.facts import Fact, Place, Write
from outbox_guard.frontends.python.judging.ledger import enter
from outbox_guard.frontends.python.values.pieces import Literal, Text, WholeFile

Anchor = Literal | WholeFile


@dataclass(slots=True)
class Sightings:
    """Of one function that is followed by itself, or of the top level of a file."""

    facts: dict[Fact, None] = field(default_factory=dict)
    writes: dict[tuple[Place, str, str], Write] = field(default_factory=dict)  # see Ledger
    run: set[Anchor] = field(default_factory=set)
    explained: dict[Anchor, None] = field(default_factory=dict)
    used: set[Anchor] = field(default_factory=set)
    held: dict[Text, str] = field(default_factory=dict)  # and inside what
    names_a_table: bool = False  # whether a guarded one was met, however its name is made up
    left_out: bool = False  # whether a statement has more alternatives than are followed

    def take(self, other: Sightings) -> None:
        """What was seen later."""
        self.facts.update(other.facts)
        for write in other.writes.values():
            enter(self.writes, write)
        self.run |= other.run
        self.explained.update(other.explained)
        self.used |= other.used
        for text, inside in other.held.items():
            self.held.setdefault(text, inside)  # what held it first
        self.names_a_table = self.names_a_table or other.names_a_table
        self.left_out = self.left_out or other.left_out


def together(seen: Iterable[Sightings]) -> Sightings:
    """All of these, in order."""
    found = Sightings()
    for each in seen:
        found.take(each)
    return found
