"""What a proof or a step may be carried out for each of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

from outbox_guard.live.catalog.objects import Table
from outbox_guard.live.catalog.outbox import KINDS, Outbox
from outbox_guard.live.templates import Word, Words, quoted_name
from outbox_guard.schema.rights import OF_TABLES

Domain = Literal[
    "attempts-column",
    "attempts-heir",
    "forbidden-privilege",
    "lease-column",
    "outbox-function",
    "part-of-lease",
    "role",
    "terminal-pair",
    "terminal-state",
]
Case = Words  # the names that a case adds

_WRITES = ("INSERT", "UPDATE", "DELETE")  # what can be done through a view


@dataclass(frozen=True, slots=True)
class CasesOf:
    """What a proof is carried out for, once each."""

    names: frozenset[str]  # what `each` gives a step to say
    cases: Callable[[Outbox], Iterator[Case]]


def _attempts_columns(outbox: Outbox) -> Iterator[Case]:
    """Every column that can be set at all."""
    for column in outbox.attempts_columns:
        if not column.generated:
            yield {"column": Word(column.name, "name")}


def _attempts_heirs(outbox: Outbox) -> Iterator[Case]:
    for table in outbox.heirs:
        yield {"heir": Word(table.sql, "sql")}


def _lease_columns(outbox: Outbox) -> Iterator[Case]:
    for name in outbox.config.outbox.lease_columns:
        yield {"column": Word(name, "name")}


def _parts_of_lease(outbox: Outbox) -> Iterator[Case]:
    """Every assignment that clears some lease columns and not all."""
    names = outbox.config.outbox.lease_columns
    for size in range(1, len(names)):
        for part in combinations(names, size):
            cleared = ", ".join(f"{quoted_name(name)} = NULL" for name in part)
            yield {"cleared": Word(cleared, "sql")}


def _roles(outbox: Outbox) -> Iterator[Case]:
    for name in outbox.roles:
        yield {"role": Word(name, "name")}


def _terminal_states(outbox: Outbox) -> Iterator[Case]:
    for state in outbox.config.outbox.terminal_states:
        yield {"outcome": Word(state)}


def _terminal_pairs(outbox: Outbox) -> Iterator[Case]:
    for first, second in product(outbox.config.outbox.terminal_states, repeat=2):
        yield {"first": Word(first), "second": Word(second)}


def _outbox_functions(outbox: Outbox) -> Iterator[Case]:
    for function in outbox.functions:
        if outbox.is_ours(function):
            yield {"function": Word(str(function)), "function_oid": Word(function.oid)}


def _forbidden(outbox: Outbox) -> Iterator[Case]:
    """Every cell of the matrix, for every table of its kind; an UPDATE for every column."""
    for role, forbidden in sorted(outbox.config.privileges.forbidden.items()):
        for kind in KINDS:
            asked = _spelt_out(getattr(forbidden, kind))
            through = tuple(privilege for privilege in asked if privilege in _WRITES)
            for table, privilege in (
                *product(outbox.tables[kind], asked),
                *product(outbox.views[kind], through),
            ):
                cell = {
                    "role": Word(role, "name"),
                    "privilege": Word(privilege),
                    "table": Word(table.sql, "sql"),
                }
                yield from _by_column(cell, table, outbox)


def _spelt_out(privileges: tuple[str, ...]) -> tuple[str, ...]:
    """A table has no USAGE to hold; ALL is all that it has."""
    every = (each for p in privileges for each in (OF_TABLES if p == "ALL" else (p,)))
    return tuple(dict.fromkeys(each for each in every if each != "USAGE"))


def _by_column(cell: Mapping[str, Word], table: Table, outbox: Outbox) -> Iterator[Case]:
    if cell["privilege"].text != "UPDATE":
        yield cell
        return
    of_view = any(table in views for views in outbox.views.values())
    for column in outbox.columns_of(table):
        if of_view and column.generated:
            continue
        yield {**cell, "column": Word(column.name, "name")}


DOMAINS: Mapping[Domain, CasesOf] = {
    "attempts-column": CasesOf(frozenset({"column"}), _attempts_columns),
    "attempts-heir": CasesOf(frozenset({"heir"}), _attempts_heirs),
    "forbidden-privilege": CasesOf(frozenset({"role", "privilege", "table", "column"}), _forbidden),
    "lease-column": CasesOf(frozenset({"column"}), _lease_columns),
    "outbox-function": CasesOf(frozenset({"function", "function_oid"}), _outbox_functions),
    "part-of-lease": CasesOf(frozenset({"cleared"}), _parts_of_lease),
    "role": CasesOf(frozenset({"role"}), _roles),
    "terminal-pair": CasesOf(frozenset({"first", "second"}), _terminal_pairs),
    "terminal-state": CasesOf(frozenset({"outcome"}), _terminal_states),
}


def cases_of(domain: Literal["", Domain], outbox: Outbox) -> tuple[Case, ...]:
    """The cases of a domain; without one, a single case that adds nothing."""
    return tuple(DOMAINS[domain].cases(outbox)) if domain else ({},)


def described(case: Case) -> str:
    """Which case it is, for people."""
    return ", ".join(
        f"{name} {word.text}" for name, word in case.items() if not name.endswith("_oid")
    )
