"""Facts of single files to what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.facts import (
    Allow,
    Comparison,
    Declaration,
    Explained,
    Fact,
    Followed,
    RoleSwitch,
    Undetermined,
    Use,
    Write,
)
from outbox_guard.folding.current import current, unjudged
from outbox_guard.folding.gates import gates
from outbox_guard.folding.writes import assigned, merged, positioned
from outbox_guard.names import Names
from outbox_guard.schema.invariants.completions import within_checks
from outbox_guard.schema.objects import Schema
from outbox_guard.schema.rights import Estate, estate, privileges
from outbox_guard.schema.standing import lacking, standing_schema

# What statements do, and what is said of them: no schema is laid out by it.
_PASSING = (Allow, Comparison, Followed, RoleSwitch, Undetermined, Write)


def fold(facts: Iterable[Fact], names: Names) -> tuple[Fact, ...]:
    """The facts as they stand when the whole project is known.

    Statements that are only logged are gone, functions and defaults that a later migration
    replaced are gone, and what is said of one verb from several sides is one fact.
    """
    return Folding(names).fold(facts)


@dataclass(slots=True)
class Folding:
    """Folds the facts of one project again and again.

    The schema is laid out anew only when a fact that has a part in it is another one.
    """

    names: Names
    _standing: tuple[tuple[Fact, ...], Schema] | None = None
    _told: tuple[tuple[Fact, ...], tuple[Fact, ...]] | None = None

    def fold(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        names, kept = self.names, list(_executed(facts))
        declared = tuple(fact for fact in kept if not isinstance(fact, _PASSING))
        schema = self._schema(declared)
        said = positioned(merged(current(assigned(kept), schema, names)), kept, names)
        told = list(within_checks(said, schema, names))
        told += unjudged(kept, told, schema, names)
        told = [*_outside(told), *schema.facts(), *self._of_schema(declared, schema)]
        return tuple(gates(told, names.gate))

    def _schema(self, declared: tuple[Fact, ...]) -> Schema:
        if self._standing is None or self._standing[0] != declared:
            self._standing = declared, standing_schema(declared, self.names)
        return self._standing[1]

    def _of_schema(self, declared: tuple[Fact, ...], schema: Schema) -> tuple[Fact, ...]:
        """What the schema lacks, and who may do what: what only uses it has no part in that."""
        made = tuple(fact for fact in declared if not isinstance(fact, Use))
        if self._told is None or self._told[0] != made:
            rights = privileges(
                estate(list(current(made, schema, self.names)), self.names), self.names
            )
            self._told = made, (*lacking(schema, self.names), *rights)
        return self._told[1]


def what_stands(facts: Iterable[Fact], names: Names) -> tuple[Schema, Estate]:
    """The schema after its last file, and who may do what there."""
    kept = list(_executed(facts))
    schema = standing_schema(kept, names)
    return schema, estate(list(current(assigned(kept), schema, names)), names)


def _outside(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Without the declarations of `schema/`: what stands of them is told by the schema."""
    for fact in facts:
        if not (isinstance(fact, Declaration) and fact.place.zone == "schema"):
            yield fact


def _executed(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Without the statements in constants that are only explained, in whatever file."""
    known = list(dict.fromkeys(facts))
    explained = {fact.place for fact in known if isinstance(fact, Explained)}
    for fact in known:
        text = getattr(fact, "text", None)
        if not (getattr(fact, "standing", False) and text in explained):
            yield fact
