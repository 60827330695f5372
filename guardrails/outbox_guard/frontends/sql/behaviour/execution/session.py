"""One run of a function: its statements, and the routines of the project that they call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from outbox_guard.facts import Place
from outbox_guard.frontends.sql.behaviour.evaluation.context import Argument
from outbox_guard.frontends.sql.behaviour.evaluation.errors import UNKNOWN, Raised
from outbox_guard.frontends.sql.behaviour.evaluation.knowledge import Knowledge
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import (
    CannotFollow,
    Parsed,
    expression,
    statement,
    tokens_of,
)
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Rows, Scope
from outbox_guard.frontends.sql.behaviour.evaluation.state import Database
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value
from outbox_guard.frontends.sql.behaviour.execution.changes import Statements
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.passages import Cutter
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.parsing.wrappers import unwrap
from outbox_guard.frontends.sql.routines.headers import Routine

_DEEPEST = 8
_OWN = ("set_config", "setval", "nextval", "count", "max", "min")  # of PostgreSQL
_QUERIES = ("select", "with", "values", "table", "insert", "update", "delete", "merge")


@dataclass(frozen=True, slots=True)
class Definition:
    """A routine with its body, as it stands in some file of the project."""

    routine: Routine
    text: SqlText
    header: str  # the text that it stands in, for the defaults of its parameters
    place: Place  # of CREATE … FUNCTION


class Library(Protocol):
    """The routines and views of the project."""

    def find(self, name: str) -> Definition | None: ...

    def view(self, name: str) -> str | None: ...


class Runner(Protocol):
    """Runs a body with its variables, and gives the rows that it returns."""

    def __call__(
        self, session: Session, definition: Definition, variables: dict[str, Value]
    ) -> Rows: ...


@dataclass(slots=True)
class Session:
    """What the statements of a run work on, and how they are run."""

    database: Database
    knowledge: Knowledge
    library: Library
    runners: Mapping[str, Runner]  # by language
    depth: int = 0

    def rows(self, text: str, at: int, variables: Mapping[str, Value]) -> Rows:
        """What one statement returns; a row of nothing for each that it writes."""
        tokens = tokens_of(text)
        if not tokens:
            return []
        first = tokens[0]
        if first.is_word(*_QUERIES) or first.is_mark("("):
            return self._evaluated(statement(text), at, variables)
        if first.is_word("call"):
            return self.performed(text[first.end :], at, variables)
        self._utility(tokens, text, at, variables)
        return []

    def performed(self, text: str, at: int, variables: Mapping[str, Value]) -> Rows:
        """PERFORM and CALL, whose only purpose is what a routine does."""
        tokens = tokens_of(text)
        name = next((t.value for t, after in pairwise(tokens) if after.is_mark("(")), "")
        known = name.startswith("pg_") or name in _OWN or self.library.find(name) is not None
        if name and not known and tokens[0].is_identifier and not tokens[1].is_mark("."):
            doubt = f"what {name}() does"
            if self.knowledge.choices.choose(2, doubt):
                raise Raised(UNKNOWN, at)
        return self._evaluated(expression(text), at, variables)

    def value(self, text: str, at: int, variables: Mapping[str, Value]) -> Value:
        """What an expression of PL/pgSQL comes to."""
        rows = self._evaluated(expression(text), at, variables)
        if not rows:
            return None
        return self.knowledge.meant(rows[0].values[0] if rows[0].fields else rows[0])

    def values(self, text: str, at: int, variables: Mapping[str, Value]) -> tuple[Value, ...]:
        rows = self._evaluated(expression(text), at, variables)
        return rows[0].values if rows else ()

    def script(self, text: str, at: int | None, variables: Mapping[str, Value]) -> Rows:
        """Statements one after the other; what the last returns."""
        rows: Rows = []
        for passage in Cutter().passages(SqlText(text, _nowhere)):
            where = passage.start if at is None else at
            if passage.error is not None:
                raise CannotFollow(passage.error.what, where)
            rows = self.rows(text[passage.start : passage.end], where, variables)
        return rows

    def _evaluated(self, parsed: Parsed, at: int, variables: Mapping[str, Value]) -> Rows:
        outside = _Outside(self, at)
        run = Statements(self.database, self.knowledge, outside.call, outside.view, parsed, at)
        with self.database.statement():
            try:
                return run.rows(parsed.tree, Scope(variables))
            except RecursionError:
                raise CannotFollow("nested too deeply to follow", at) from None

    def _utility(
        self, tokens: Sequence[Token], text: str, at: int, variables: Mapping[str, Value]
    ) -> None:
        names = self.database.names
        for inner in unwrap(tokens):
            if inner.makes in ("view", "table") and inner.tokens:
                start, end = inner.tokens[0].start, inner.tokens[-1].end
                self.database.make(inner.name, self.rows(text[start:end], at, variables))
                return
        guarded = any(t.is_identifier and names.is_guarded(t.value) for t in tokens)
        if guarded and tokens[0].is_word("truncate", "copy", "alter", "drop"):
            raise CannotFollow(f"{tokens[0].value.upper()} of an outbox table in a body", at)

    # -- routines --------------------------------------------------------------------------

    def view(self, name: str, at: int) -> Rows | None:
        """The rows that a view of the project shows."""
        query = self.library.view(name)
        if query is None or self.depth >= _DEEPEST:
            return None
        self.depth += 1
        try:
            return self.rows(query, at, {})
        finally:
            self.depth -= 1

    def call(self, name: str, arguments: Sequence[Argument], at: int) -> Rows | None:
        """The rows of a routine of the project; None for what is none, or only computes."""
        definition = self.library.find(name)
        runner = self.runners.get(definition.routine.language) if definition else None
        if definition is None:
            return None
        matters = self._matters(definition.text.text)
        if runner is None or self.depth >= _DEEPEST:
            if matters:
                raise CannotFollow(f"what {name}() does could not be followed", at)
            return None
        mark, events = self.database.mark(), len(self.database.events)
        try:
            return self._run(runner, definition, arguments)
        except CannotFollow as failure:
            if matters:
                raise CannotFollow(f"in {name}(): {failure.reason}", at) from failure
            self.database.roll_back(mark)
            return None
        finally:
            done = self.database.events
            done[events:] = [replace(event, at=at) for event in done[events:]]

    def _matters(self, body: str) -> bool:
        names = self.database.names
        return any(t.is_identifier and names.is_guarded(t.value) for t in lex(body))

    def _run(self, runner: Runner, definition: Definition, arguments: Sequence[Argument]) -> Rows:
        self.depth += 1
        try:
            return runner(self, definition, dict(self._given(definition, arguments)))
        finally:
            self.depth -= 1

    def _given(
        self, definition: Definition, arguments: Sequence[Argument]
    ) -> Iterator[tuple[str, Value]]:
        """The parameters of a call, with the defaults of those that it leaves out."""
        named = {name: value for name, value in arguments if name}
        positional = [value for name, value in arguments if not name]
        number = 0
        for parameter in definition.routine.signature.parameters:
            if not parameter.is_given:
                yield parameter.name, None
                continue
            number += 1
            value: Value = None
            if number <= len(positional):
                value = positional[number - 1]
            elif parameter.name in named:
                value = named[parameter.name]
            elif parameter.default is not None:
                start, end = parameter.default
                value = self.value(definition.header[start:end], 0, {})
            yield f"${number}", value
            if parameter.name:
                yield parameter.name, value


@dataclass(frozen=True, slots=True)
class _Outside:
    """What a statement reaches of the project, from where it stands."""

    session: Session
    at: int

    def call(self, name: str, arguments: Sequence[Argument]) -> Rows | None:
        return self.session.call(name, arguments, self.at)

    def view(self, name: str) -> Rows | None:
        return self.session.view(name, self.at)


def row_of(variables: Mapping[str, Value], names: Sequence[str]) -> Record:
    return Record(tuple((name, variables.get(name)) for name in names))


def _nowhere(start: int, end: int) -> Place:
    raise AssertionError((start, end))
