"""The writes of one file: one for each, however often it is followed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from itertools import zip_longest

from outbox_guard.facts import Place, Write
from outbox_guard.frontends.python.values.kinds import Object

Key = tuple[Place, str, str]


class Ledger:
    """Writes as they are found, and the new objects that they store.

    `insert(table)` is a write before it is known which values it gets, a statement can be run
    with several values, and a function is followed once for each way in which it is called. So
    a write is what all sightings together say of it.
    """

    def __init__(self, page: dict[Key, Write]) -> None:
        self.page = page  # where writes are entered
        self._added: dict[Object, Write] = {}
        self._stored: set[Object] = set()
        self._offered: set[Object] = set()

    def enter(self, write: Write) -> None:
        enter(self.page, write)

    def add(self, made: Object, write: Write) -> None:
        """A new object is to be stored; until it is, what it is given belongs to its INSERT."""
        self._added[made] = write

    def give(self, made: Object, states: Iterable[str]) -> None:
        """A new object is given a state; this counts if it is to be stored."""
        write = self._added.get(made)
        if write is not None:
            self.enter(dataclasses.replace(write, states=tuple(states)))

    def store(self, *made: Object) -> None:
        """These, or all that were added, are in the database now: their changes are UPDATEs."""
        self._stored.update(made or self._added)

    def offer(self, row: Object) -> None:
        """An ORM hands a row over that it is about to store."""
        self._offered.add(row)

    def is_offered(self, row: Object) -> bool:
        return row in self._offered

    def is_stored(self, made: Object) -> bool:
        return made in self._stored


def enter(page: dict[Key, Write], write: Write) -> None:
    """A sighting of a write joins what is known of it."""
    key = write.place, write.op, write.table
    known = page.get(key)
    page[key] = write if known is None else _joined(known, write)


def _joined(one: Write, other: Write) -> Write:
    return dataclasses.replace(
        one,
        claims_locked_rows=one.claims_locked_rows or other.claims_locked_rows,
        mutates=one.mutates or other.mutates,
        states=_both(one.states, other.states),
        by_position=tuple(
            _both(*columns)
            for columns in zip_longest(one.by_position, other.by_position, fillvalue=())
        ),
    )


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one + other))
