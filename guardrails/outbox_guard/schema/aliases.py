"""The tables of the outbox under the names that migrations have given them since."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from outbox_guard.facts import Drop, Fact, Rename, Table
from outbox_guard.matrix import TableKind
from outbox_guard.names import Names
from outbox_guard.schema.order import declarations


def names_since(facts: Iterable[Fact], names: Names) -> Names:
    """The configured names, with those of renamed tables.

    A table that is made anew under its old name takes that over: the other one is a copy then.
    """
    once: dict[str, str] = {}  # by the name of today
    for fact in declarations(facts):
        match fact:
            case Rename(kind="table", name=name, to=to) if to:
                first = once.pop(name, name)
                if names.is_guarded(first) and to != first:
                    once[to] = first
            case Table(change="create", table=name):
                once = {new: first for new, first in once.items() if first != name}
            case Drop(kind="table", name=name):
                once.pop(name, None)
    added = {new: first for new, first in once.items() if not names.is_guarded(new)}
    if not added:
        return names
    return _with(names, added)


def _with(names: Names, added: Mapping[str, str]) -> Names:
    """With further tables, each of the kind of another one."""

    def of(kind: TableKind) -> tuple[str, ...]:
        return tuple(new for new, first in added.items() if kind in names.kinds_of(first))

    outbox = dataclasses.replace(
        names.outbox,
        pending=names.outbox.pending + of("pending"),
        attempts=names.outbox.attempts + of("attempts"),
        sequences=names.outbox.sequences + of("sequences"),
    )
    return dataclasses.replace(names, outbox=outbox)
