"""The writes of one file: one for each, however often it is followed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from outbox_guard.facts import Place, Write
from outbox_guard.frontends.python.values import Object

Key = tuple[Place, str, str]


class Ledger:
    """Writes as they are found, and the new objects that they store.

    `insert(table)` is a write before it is known which values it gets, a statement can be run
    with several values, and a function is followed once for each way in which it is called. So
    a write is what all sightings together say of it.
    """

    def __init__(self) -> None:
        self._writes: dict[Key, Write] = {}
        self._added: dict[Object, Key] = {}
        self._stored: set[Object] = set()

    def __iter__(self) -> Iterator[Write]:
        return iter(self._writes.values())

    def enter(self, write: Write) -> None:
        key = _key(write)
        known = self._writes.get(key)
        self._writes[key] = write if known is None else _joined(known, write)

    def add(self, made: Object, write: Write) -> None:
        """A new object is to be stored; until it is, what it is given belongs to its INSERT."""
        self._added[made] = _key(write)

    def give(self, made: Object, states: Iterable[str]) -> None:
        """A new object is given a state; this counts if it is to be stored."""
        key = self._added.get(made)
        if key is not None:
            self.enter(dataclasses.replace(self._writes[key], states=tuple(states)))

    def store(self, *made: Object) -> None:
        """These, or all that were added, are in the database now: their changes are UPDATEs."""
        self._stored.update(made or self._added)

    def is_stored(self, made: Object) -> bool:
        return made in self._stored


def _key(write: Write) -> Key:
    return write.place, write.op, write.table


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
