"""Is there a row that conditions let pass?

A row passes a CHECK unless it comes to FALSE. The search begins with all that is known of the row
and settles one column after the other: first whether it is NULL, then which value it has; a
condition that can no longer be FALSE, or anything else, ends it early.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.truth.domains import Domain, domains, variables_of
from outbox_guard.truth.evaluation import Row, before, is_settled, truths
from outbox_guard.truth.formulas import Formula, column
from outbox_guard.truth.values import ANY, EITHER, FRESH, NOTHING, SOMETHING, Value, Values

Kind = Literal["", "boolean", "uuid", "time"]  # of a column, as far as that matters
Verdict = Literal["yes", "no", "unknown"]

_MOST_STEPS = 4000
_UUID = re.compile(r"\{?(?:[0-9a-fA-F]{4}-?){8}\}?")


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a column."""

    nullable: bool = True
    kind: Kind = ""
    values: tuple[str, ...] = ()  # all that its type has, of an enum

    @property
    def possible(self) -> Values:
        values = EITHER if self.kind == "boolean" else SOMETHING
        return values | NOTHING if self.nullable else values

    def fits(self, value: Value) -> bool:
        """Whether its type has this value: a literal may be no UUID and no time."""
        if not isinstance(value, str) or value.endswith(FRESH):
            return True
        match self.kind:
            case "uuid":
                return _UUID.fullmatch(value) is not None
            case "time":
                return bool(value.strip())
            case _:
                return True


@dataclass(frozen=True, slots=True)
class Found:
    """Whether some row passes, and what is known of one that does."""

    verdict: Verdict
    row: Mapping[Formula, Values] = field(default_factory=dict)


def passing_row(
    conditions: Sequence[Formula],
    fixed: Mapping[str, Values],
    columns: Mapping[str, Column] | None = None,
) -> Found:
    """A row with these values in these columns that all conditions let pass."""
    known = columns or {}
    row = {column(name): each.possible for name, each in known.items()}
    row |= {column(name): values for name, values in fixed.items()}
    tried = dict(domains(conditions, row))
    for name, each in known.items():
        variable = column(name)
        domain = Domain(each.values) if each.values else tried[variable]
        fitting = tuple(value for value in domain.values if each.fits(value))
        tried[variable] = Domain(fitting, domain.complete)
    return _Search(tuple(conditions), tried).run(row)


@dataclass(slots=True)
class _Search:
    conditions: tuple[Formula, ...]
    domains: Mapping[Formula, Domain]
    steps: int = 0

    def run(self, row: Row) -> Found:
        self.steps += 1
        undecided = []
        for condition in self.conditions:
            truth = truths(condition, row)
            if truth <= {False}:  # or nothing at all, where what is tried contradicts itself
                return Found("no")
            if False in truth:
                undecided.append(condition)
        if not undecided:
            return Found("yes", row)
        if self.steps > _MOST_STEPS:
            return Found("unknown")
        return self._settled(undecided, row)

    def _settled(self, undecided: Iterable[Formula], row: Row) -> Found:
        chosen = next(self._choices(undecided, row), None)
        if chosen is None:
            return Found("unknown")
        variable, options, complete = chosen
        verdict: Verdict = "no" if complete else "unknown"
        for values in options:
            found = self.run({**row, variable: values})
            if found.verdict == "yes":
                return found
            if found.verdict == "unknown":
                verdict = "unknown"
        return Found(verdict)

    def _choices(
        self, undecided: Iterable[Formula], row: Row
    ) -> Iterator[tuple[Formula, list[Values], bool]]:
        """The variables that are open, what they may be, and whether that is all.

        What a function makes of values that are known is not open, even if nobody can say it.
        """
        found = [
            variable
            for condition in undecided
            for variable in variables_of(condition)
            if not (variable.parts and is_settled(variable, row))
        ]
        # Columns first: what a function makes of them may be known then.
        variables = sorted(found, key=lambda variable: variable.op != "column")
        held = {variable: row.get(variable, before(variable)) for variable in variables}
        for variable, values in held.items():
            if None in values and len(values) > 1:
                yield variable, [NOTHING, values - NOTHING], True
        for variable, values in held.items():
            if ANY not in values and len(values) > 1:
                yield variable, [frozenset((value,)) for value in values], True
        for variable, values in held.items():
            domain = self.domains.get(variable)
            if ANY in values and domain is not None:
                yield variable, [frozenset((v,)) for v in domain.values], domain.complete
