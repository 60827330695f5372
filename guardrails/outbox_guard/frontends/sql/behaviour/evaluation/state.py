"""The tables that a run sees and changes, and what it did to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.frontends.sql.behaviour.evaluation.terms import NOW, Opaque, Record, Value
from outbox_guard.names import Names

Deed = Literal["waits", "changes", "removes", "appends"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done to the outbox, and where in the body."""

    deed: Deed
    at: int
    row: Record


@dataclass(slots=True)
class Database:
    """Tables by name; the pending table that is looked at is `pending`."""

    names: Names
    pending: str
    tables: dict[str, list[Record]]
    history: tuple[Record, ...] = ()  # the attempts that there are already
    contended: int = 0  # the row of the pending table that another transaction has locked
    events: list[Event] = field(default_factory=list)
    looked: bool = False  # whether the pending table was read at all
    strangers: set[str] = field(default_factory=set)  # routines that nobody in view defines
    _rows: int = 1000  # the last number that a row was given
    _seen: dict[str, list[Record]] = field(default_factory=dict)

    @contextmanager
    def statement(self) -> Iterator[None]:
        """All parts of a statement see the tables as they are when it begins."""
        around = self._seen
        self._seen = {name: list(rows) for name, rows in self.tables.items()}
        try:
            yield
        finally:
            self._seen = around

    def rows(self, table: str) -> list[Record]:
        """What a table holds now; of a table that is not known, some row."""
        if self.names.is_pending(table):
            self.looked |= table == self.pending
            return self._seen.get(table, [])
        if self.names.is_attempts(table):
            return self._seen.get(table, list(self.history))
        if table in self.tables:
            return self._seen.get(table, [])
        return [Record(rest=table)]

    def touch(self, row: Record, at: int) -> None:
        """A lock that does not skip, or a write: it waits for the lock that somebody holds."""
        if row.row and row.row == self.contended:
            self.events.append(Event("waits", at, row))

    def replace(self, table: str, old: Record, new: Record, at: int) -> None:
        """An UPDATE of one row."""
        held = self.tables.get(table)
        if held is None:
            return
        index = next((i for i, each in enumerate(held) if each.row == old.row), None)
        if index is None:
            return  # another part of the same statement has it already
        if table == self.pending:
            self.touch(held[index], at)
            self.events.append(Event("changes", at, new))
        held[index] = new

    def remove(self, table: str, old: Record, at: int) -> None:
        held = self.tables.get(table)
        if held is None or old.row not in {each.row for each in held}:
            return
        if table == self.pending:
            self.touch(old, at)
            self.events.append(Event("removes", at, old))
        held[:] = [each for each in held if each.row != old.row]

    def append(self, table: str, new: Record, at: int) -> Record:
        """An INSERT of one row, as it is stored."""
        self._rows += 1
        stored = Record(new.fields, new.rest, self._rows)
        if self.names.is_attempts(table):
            self.events.append(Event("appends", at, stored))
            self.tables.setdefault(table, list(self.history))
        elif table == self.pending:
            stored = self._with_defaults(stored)
            self.events.append(Event("changes", at, stored))
        elif table not in self.tables:
            return stored
        self.tables.setdefault(table, []).append(stored)
        return stored

    def make(self, table: str, rows: Iterable[Record]) -> None:
        """CREATE TABLE … AS."""
        self.tables[table] = []
        for row in rows:
            self.append(table, row, 0)

    def default(self, column: str) -> Value:
        """What a pending row has in a column that an INSERT does not name."""
        outbox = self.names.outbox
        if column in outbox.lease_columns:
            return None
        if column == outbox.due_column:
            return NOW
        return 0 if column == outbox.count_column else Opaque(f"the default of {column}")

    def _with_defaults(self, row: Record) -> Record:
        outbox = self.names.outbox
        for column in (*outbox.lease_columns, outbox.due_column, outbox.count_column):
            if not row.knows(column):
                row = row.having(column, self.default(column))
        return row

    def mark(self) -> tuple[dict[str, list[Record]], int]:
        """What a block with EXCEPTION goes back to."""
        return {name: list(rows) for name, rows in self.tables.items()}, len(self.events)

    def roll_back(self, mark: tuple[dict[str, list[Record]], int]) -> None:
        tables, events = mark
        self.tables = {name: list(rows) for name, rows in tables.items()}
        undone = self.events[events:]
        self.events[events:] = [event for event in undone if event.deed == "waits"]
