"""The states that a payment can be in when a function is called, and what became of it then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from outbox_guard.frontends.sql.behaviour.evaluation.choices import Choices, explore
from outbox_guard.frontends.sql.behaviour.evaluation.errors import Raised
from outbox_guard.frontends.sql.behaviour.evaluation.knowledge import PAYMENTS, Knowledge
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow
from outbox_guard.frontends.sql.behaviour.evaluation.state import Database, Deed, Event
from outbox_guard.frontends.sql.behaviour.evaluation.terms import (
    Count,
    Moment,
    Opaque,
    Record,
    Value,
)
from outbox_guard.frontends.sql.behaviour.execution.running import RUNNERS
from outbox_guard.frontends.sql.behaviour.execution.session import Definition, Library, Session
from outbox_guard.names import Names

LONG_AGO = Moment(-1e9, -1e9, judged=True)
JUST_BEFORE = Moment(-1, -1, judged=True)
JUST_AFTER = Moment(1, 1, judged=True)
FAR_AHEAD = Moment(1e9, 1e9, judged=True)
_ROW, _NEIGHBOUR = sorted(PAYMENTS)
_MOST_ATTEMPTS = 30  # that a history is made of


@dataclass(frozen=True, slots=True)
class Lease:
    """Which of the lease columns is which; the configuration lists them without saying."""

    token: str
    expiry: str

    @classmethod
    def of(cls, names: Names) -> Lease:
        columns = names.outbox.lease_columns
        expiry = _called(columns, ("expire", "expiry", "until", "deadline")) or columns[-1]
        others = [column for column in columns if column != expiry] or [expiry]
        return cls(_called(others, ("token", "nonce", "fence")) or others[-1], expiry)


def _called(columns: tuple[str, ...] | list[str], words: tuple[str, ...]) -> str:
    return next((column for column in columns for word in words if word in column), "")


@dataclass(frozen=True, slots=True)
class World:
    """A queue with one payment in it, or none; and perhaps another one beside it."""

    due: Moment = LONG_AGO
    expires: Moment | None = None  # of its lease; None where it has none
    count: int = 0
    contended: bool = False  # another transaction holds a lock on the row
    empty: bool = False
    beside: World | None = None  # the state of another payment, which is not judged


def _own(column: str, number: int = _ROW) -> Opaque:
    """What a row has in a column, and no other row."""
    return Opaque(f"the {column} of payment {number}", fixed=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended."""

    database: Database
    knowledge: Knowledge
    sqlstate: str = ""  # of the error that it ended with
    at: int = 0

    @property
    def doubts(self) -> tuple[str, ...]:
        return tuple(self.knowledge.choices.doubts)

    @property
    def acted(self) -> bool:
        """Whether the payment, or what is written of it, is another than before."""
        return not self.sqlstate and bool(self.events("changes", "removes", "appends"))

    @property
    def stood_by(self) -> bool:
        """Whether it looked, did nothing and said nothing."""
        return not self.sqlstate and not self.acted and self.database.looked

    def events(self, *deeds: Deed) -> list[Event]:
        """What was done to the payment, and not to the one beside it."""
        return [e for e in self.database.events if e.deed in deeds and self._is_judged(e.row)]

    def _is_judged(self, row: Record) -> bool:
        other = _own(self.database.names.outbox.key_column, _NEIGHBOUR)
        key = row.get(self.database.names.outbox.key_column)
        return row.row != _NEIGHBOUR and self.knowledge.meant(key) != other

    def place_of(self, *deeds: Deed) -> int:
        """Where the body did such a thing."""
        return next((event.at for event in self.events(*deeds)), self.at)

    @property
    def row(self) -> Record | None:
        """The payment in the queue, if it is still there."""
        key = self.database.names.outbox.key_column
        wanted = _own(key)
        rows = self.database.tables[self.database.pending]
        return next((r for r in rows if self.knowledge.meant(r.get(key)) == wanted), None)

    def kept(self) -> tuple[str, ...]:
        """The lease columns that are set."""
        row = self.row
        columns = self.database.names.outbox.lease_columns
        return tuple(c for c in columns if row is not None and not self._is_null(row.get(c)))

    def states(self) -> list[Value]:
        """The states of the attempts that were appended."""
        return [self._state(event.row) for event in self.events("appends")]

    def _state(self, row: Record) -> Value:
        outbox = self.database.names.outbox
        if row.knows(outbox.state_column):
            return self.knowledge.meant(row.get(outbox.state_column))
        # Without a list of columns, the state is the word among the values.
        values = [self.knowledge.meant(v) for v in row.values]
        known = [v for v in values if v in (*outbox.terminal_states, outbox.requeue_state)]
        words = known or [v for v in values if isinstance(v, str)]
        return words[0] if len(words) == 1 else Opaque("the state", doubtful=True)

    def _is_null(self, value: Value) -> bool:
        return self.knowledge.meant(value) is None


@dataclass(frozen=True, slots=True)
class Trial:
    """A function, tried in every world, with all that its callers may give it."""

    definition: Definition
    library: Library
    names: Names
    pending: str

    def outcomes(self, world: World) -> list[Outcome]:
        """How the function may end; CannotFollow where it leaves all work to a stranger."""
        found = list(explore(self._run_in(world)))
        strangers = set[str]().union(*(outcome.database.strangers for outcome in found))
        if strangers and not any(outcome.database.looked for outcome in found):
            raise CannotFollow(f"what {min(strangers)}() does is not known")
        return found

    def _run_in(self, world: World) -> Callable[[Choices], Outcome]:
        def run(choices: Choices) -> Outcome:
            knowledge = Knowledge(choices)
            database = self._database(world)
            session = Session(database, knowledge, self.library, RUNNERS)
            variables = dict(self._parameters())
            runner = RUNNERS[self.definition.routine.language]
            try:
                runner(session, self.definition, variables)
            except Raised as error:
                return Outcome(database, knowledge, error.sqlstate, error.at)
            return Outcome(database, knowledge)

        return run

    def _parameters(self) -> Iterator[tuple[str, Value]]:
        number = 0
        for parameter in self.definition.routine.signature.parameters:
            given: Value = None
            if parameter.is_given:
                number += 1
                given = Opaque(parameter.name or f"${number}")
                yield f"${number}", given
            if parameter.name:
                yield parameter.name, given

    def _database(self, world: World) -> Database:
        rows = [] if world.empty else [self._row(world, _ROW)]
        if world.beside is not None:
            rows.append(self._row(world.beside, _NEIGHBOUR))
        history = tuple(self._history(world.count))
        contended = _ROW if world.contended else 0
        return Database(self.names, self.pending, {self.pending: rows}, history, contended)

    def _row(self, world: World, number: int) -> Record:
        outbox, lease = self.names.outbox, Lease.of(self.names)
        held: dict[str, Value] = {outbox.key_column: _own(outbox.key_column, number)}
        for column in outbox.lease_columns:
            held[column] = _own(column, number) if world.expires is not None else None
        held |= {lease.expiry: world.expires, outbox.due_column: world.due}
        held[outbox.count_column] = Count(world.count)
        return Record(tuple(held.items()), f"payment {number}", number)

    def _history(self, count: int) -> Iterator[Record]:
        outbox = self.names.outbox
        for number in range(max(0, count - _MOST_ATTEMPTS), count):
            fields: tuple[tuple[str, Value], ...] = (
                (outbox.key_column, _own(outbox.key_column)),
                ("attempt_no", Count(number + 1)),
                (outbox.state_column, outbox.requeue_state),
            )
            yield Record(fields, "an attempt", _NEIGHBOUR + 1 + number)

    def token(self) -> Opaque:
        """The token of the lease in question."""
        return _own(Lease.of(self.names).token)

    def held_token(self, outcome: Outcome) -> bool:
        """Whether the caller was found to have the token of the lease."""
        known = outcome.knowledge
        return any(known.meant(value) == self.token() for value in known.same.values())
