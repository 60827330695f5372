"""What CHECKs, generated columns and indexes say of the rows of a table, as formulas."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from outbox_guard.facts import Check, Index
from outbox_guard.facts import Column as DeclaredColumn
from outbox_guard.names import Names
from outbox_guard.schema.identifiers import last_name
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.truth import Column, Formula, Kind, column, formula_of, negated
from outbox_guard.truth.evaluation import truths

_KINDS: Mapping[str, Kind] = {
    "boolean": "boolean",
    "bool": "boolean",
    "uuid": "uuid",
    "timestamptz": "time",
    "timestamp": "time",
    "date": "time",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A CHECK whose expression was followed, or what a generated column is computed by."""

    check: Check | DeclaredColumn
    formula: Formula

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(node.value for node in self.formula.walk() if node.op == "column")

    @property
    def is_certain(self) -> bool:
        """Whether all that it computes is known."""
        return all(node.op != "unknown" for node in self.formula.walk())


def checks_of(table: StandingTable) -> list[Check]:
    """The CHECKs that every new row has to pass; of NOT VALID only the old rows are exempt."""
    return [c for c in table.constraints if isinstance(c, Check) and c.enforced]


def conditions_of(table: StandingTable) -> list[Condition]:
    checks = [Condition(c, formula_of(c.formula)) for c in checks_of(table) if c.formula]
    return [*checks, *map(_computed, (c for c in table.columns.values() if c.formula))]


def _computed(declared: DeclaredColumn) -> Condition:
    """A generated column is what its expression is, NULL where that is NULL."""
    sides = (column(declared.column), formula_of(declared.formula))
    return Condition(declared, negated(Formula("distinct", sides)))


def concerning(conditions: Sequence[Condition], columns: Collection[str]) -> list[Condition]:
    """Those about these columns, and about what these are about in turn; the rest is for itself."""
    about, found = set(columns), list[Condition]()
    while more := [c for c in conditions if c not in found and not about.isdisjoint(c.columns)]:
        found += more
        about |= frozenset().union(*(condition.columns for condition in more))
    return found


def known_columns(table: StandingTable, schema: Schema) -> Mapping[str, Column]:
    """Which columns may be NULL, are boolean, or have only the values of an enum."""
    filled = frozenset(_never_null(table))
    known: dict[str, Column] = {}
    for name, declared in table.columns.items():
        kind = last_name(declared.type).lower()
        known[name] = Column(
            nullable=name not in filled,
            kind=_KINDS.get(kind.partition(" ")[0], ""),
            values=tuple(value.value for value in schema.values.get(kind, ())),
        )
    return known


def _never_null(table: StandingTable) -> Iterator[str]:
    yield from (name for name, declared in table.columns.items() if declared.not_null)
    for constraint in table.constraints:
        if constraint.kind in ("primary key", "not null"):
            yield from constraint.columns


def covers(index: Index, state: str, names: Names) -> bool:
    """Whether every row with this state is in a partial index, whatever else is in the row."""
    return not index.predicate or _in_state(index, state, names) == {True}


def may_hold(index: Index, state: str, names: Names) -> bool:
    """Whether some row with this state may be in it."""
    return not index.predicate or True in _in_state(index, state, names)


def _in_state(index: Index, state: str, names: Names) -> frozenset[object]:
    if not index.formula:
        return frozenset((True, False))
    row = {column(names.outbox.state_column): frozenset((state,))}
    return frozenset(truths(formula_of(index.formula), row))
