"""Statements one after the other: a file, an SQL body, a text that EXECUTE runs.

What a statement leaves behind, the next ones see: views and tables with what is in them, functions
and what they return, cursors, psql's variables, and the rows that the open transaction has locked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from outbox_guard.facts import Function, Trigger
from outbox_guard.frontends.sql.blocks import PlpgsqlError
from outbox_guard.frontends.sql.bodies import Body, Played, returned
from outbox_guard.frontends.sql.claims import (
    Condition,
    Moment,
    ends_transaction,
    repeated,
    settled,
)
from outbox_guard.frontends.sql.copying import with_data
from outbox_guard.frontends.sql.passages import Cutter, Passage
from outbox_guard.frontends.sql.routines import Routine, header
from outbox_guard.frontends.sql.statements import Reader, Step
from outbox_guard.frontends.sql.text import SqlText
from outbox_guard.frontends.sql.values import Returned, Rows, Scope, Value, joined, scalar

_GSET = re.compile(r"\\gset\b[ \t]*(?P<prefix>\w*)")
_SET = re.compile(r"\\set[ \t]+(?P<name>\w+)[ \t]+'?(?P<text>[^'\r\n]*)")

Steps = Generator[tuple[Passage, Step], None, "Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier statements have left behind."""

    scope: Scope = field(default_factory=Scope)
    triggers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # function -> tables
    locked_by: tuple[Condition, ...] = ()  # in the transaction that is open

    def after(self, step: Step, passage: Passage, states: frozenset[str] = frozenset()) -> Known:
        """With what a statement has done; of a table's many texts only the `states` stay."""
        triggers = dict(self.triggers)
        for fact in step.facts:
            if isinstance(fact, Trigger):
                triggers[fact.function] = triggers.get(fact.function, frozenset()) | {fact.table}
        made = {
            name: joined(self.scope.relations, {name: rows})[name].thinned(states)
            for name, rows in step.relations.items()
        }
        scope = replace(
            self.scope,
            relations={**self.scope.relations, **made} if made else self.scope.relations,
            variables={**self.scope.variables, **step.cursors},
        )
        ended = ends_transaction(passage.tokens)
        return Known(scope, triggers, () if ended else (*self.locked_by, *step.picks))

    def having(self, variables: Mapping[str, Rows]) -> Known:
        held = {**self.scope.variables, **variables}
        return replace(self, scope=replace(self.scope, variables=held))


class UnknownLanguage(ValueError):
    """A routine's body that is not SQL and not PL/pgSQL."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A body that was followed: its statements, what they write, what the routine returns."""

    steps: Sequence[Step]
    moments: Sequence[Moment]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Script:
    reader: Reader
    cutter: Cutter

    def steps(self, text: SqlText, known: Known) -> Steps:
        """What each statement does; at the end, what they leave behind."""
        waiting: tuple[Passage, Step] | None = None  # a COPY's data comes after it
        rows = Rows()
        for passage in self.cutter.passages(text):
            first = passage.tokens[0] if passage.tokens else None
            if first is not None and first.kind == "data":
                if waiting is not None:
                    copied = with_data(waiting[1], first.value, self.reader.mentions.names)
                    waiting = waiting[0], copied
                continue
            if waiting is not None:
                yield waiting
                waiting = None
            if first is not None and first.kind == "meta":
                known = known.having(_psql_variables(first.value, rows))
                continue
            step = self._step(passage, known)
            known = known.after(step, passage, self.reader.mentions.states)
            rows, waiting = step.rows, (passage, step)
        if waiting is not None:
            yield waiting
        return known

    def survey(self, text: SqlText) -> Known:
        """What can be used above the place where it is made: functions, triggers, views."""
        known = Known()
        routines: dict[str, Callable[[], Rows]] = {}
        for passage in self.cutter.passages(text):
            if not passage.tokens or not passage.tokens[0].is_word("create") or passage.error:
                continue
            routine = header(passage.sql, passage.tokens)
            if routine is not None:
                routines[routine.name] = partial(self._returns, passage, routine, known)
            elif self.reader.makes_relation(passage) or self.concerns(passage):
                known = known.after(self.reader.step(passage, known.scope), passage)
        functions = Returned(routines)
        return replace(known, scope=replace(known.scope, functions=functions))

    def concerns(self, passage: Passage) -> bool:
        """Whether a statement may name a guarded table or switch the role."""
        if self.reader.mentions.concern(passage.sql, passage.start, passage.end):
            return True
        return passage.tokens[0].is_word("set", "reset", "discard")

    def _step(self, passage: Passage, known: Known) -> Step:
        if passage.error is not None:
            return self._broken(passage)
        first = passage.tokens[0]
        routine = header(passage.sql, passage.tokens) if first.is_word("create", "do") else None
        if routine is not None:
            return self._routine(passage, routine, known)
        if not self._matters(passage, known):
            return Step(verb=first.value)
        step = self.reader.step(passage, known.scope)
        return replace(step, actions=repeated(step.actions, passage.tokens, known.locked_by))

    def _matters(self, passage: Passage, known: Known) -> bool:
        """Whether following a statement can tell anything: of most files and dumps it can't."""
        if self.reader.thorough or self.concerns(passage):
            return True
        first = passage.tokens[0]
        if first.is_word("create", "alter", "drop", "declare", "commit", "rollback"):
            return True
        scope = known.scope
        made = scope.relations.keys() | scope.functions.keys()
        return bool(made) and any(t.is_identifier and t.value in made for t in passage.tokens)

    def _broken(self, passage: Passage) -> Step:
        """Where a quote or comment is never closed nothing is sure from there on."""
        assert passage.error is not None
        offset = passage.error.offset
        if not self.reader.mentions.found_in(passage.sql, passage.start):
            return Step(followed=False)
        place = passage.text.place(offset, min(offset + 1, len(passage.sql)))
        return self.reader.undetermined(place, passage.error.what)

    # -- routines --------------------------------------------------------------------------

    def _routine(self, passage: Passage, routine: Routine, known: Known) -> Step:
        """CREATE FUNCTION or PROCEDURE, DO: what its body does belongs to it."""
        step = self.reader.step(passage, known.scope)
        if routine.kind != "do":
            step = replace(step, facts=(self._created(passage, routine), *step.facts))
        inner = self._within(routine)
        text = routine.body.text(passage.text) if routine.body is not None else None
        if text is None or not inner._worth_reading(text.text, routine):
            return step
        try:
            done = inner._body(passage, routine, text, known)
        except PlpgsqlError as error:
            return step | inner._unreadable(text, error.offset, error.what)
        except UnknownLanguage as error:
            return step | inner._unreadable(text, None, str(error))
        return step | inner._summed(done)

    def _within(self, routine: Routine) -> Script:
        """The reader of a routine's body; a DO block is no function, and is where it stands."""
        reader = replace(self.reader, thorough=True)
        if routine.kind != "do":
            reader = replace(reader, routine=routine.identity, inside=routine.identity)
        return Script(reader, replace(self.cutter, psql=False))

    def _created(self, passage: Passage, routine: Routine) -> Function:
        kind = next(token for token in passage.tokens if token.is_word(routine.kind))
        return Function(
            place=passage.place(passage.tokens[0], kind),
            inside=self.reader.inside,
            name=routine.name,
            identity=routine.identity,
            language=routine.language,
            replaces=routine.replaces,
        )

    def _worth_reading(self, body: str, routine: Routine) -> bool:
        """SQL that is put together at run time may spell a guarded name in pieces."""
        mentions = self.reader.mentions
        if mentions.found_in(body) or mentions.role_in(body):
            return True
        folded = body.lower()
        return "execute" in folded or (routine.returns == "trigger" and "new" in folded)

    def _body(self, passage: Passage, routine: Routine, text: SqlText, known: Known) -> Ran:
        known = _with_parameters(passage, routine, known, self.reader)
        match routine.language:
            case "sql":
                steps = [step for _, step in self._sql_body(text, routine, known)]
                rows = steps[-1].rows if steps else Rows(())
                return Ran(steps, [Moment(step.actions) for step in steps], rows)
            case "plpgsql":
                played = self._plpgsql_body(text, routine, known)
                moments = [each.moment for each in played]
                return Ran([each.step for each in played], moments, returned(played))
            case language:
                raise UnknownLanguage(f"a body in {language} is not followed")

    def _returns(self, passage: Passage, routine: Routine, known: Known) -> Rows:
        """What a function returns, as far as that is known."""
        if routine.body is None:
            return Rows()
        text = routine.body.text(passage.text)
        try:
            return self._within(routine)._body(passage, routine, text, known).rows
        except (PlpgsqlError, UnknownLanguage):
            return Rows()  # unknown: what is wrong is told where the body itself is read

    def _summed(self, ran: Ran) -> Step:
        """A body as one step of the script around it."""
        reader = self.reader
        names = reader.mentions.names
        writes = settled(ran.moments, names, routine=reader.routine, inside=reader.inside)
        total = Step()
        for step in ran.steps:
            total |= step
        return replace(
            total,
            verb="",
            actions=(),
            facts=tuple(dict.fromkeys((*total.facts, *writes))),
            rows=Rows(()),
            cursors={},
            picks=() if reader.routine else total.picks,
        )

    def _sql_body(self, text: SqlText, routine: Routine, known: Known) -> Steps:
        if routine.body is not None and routine.body.form == "return":
            passage = self.cutter.whole(text)
            value = self.reader.value(passage, known.scope)
            switches = self.reader.step(passage, known.scope).facts
            yield passage, Step(rows=scalar(value), facts=switches)
            return known
        return (yield from self.steps(text, known))

    def _plpgsql_body(self, text: SqlText, routine: Routine, known: Known) -> list[Played]:
        def run(dynamic: SqlText, scope: Scope, filling: Value) -> Iterator[Step]:
            cutter = Cutter(pending=self.cutter.pending, filling=filling)
            inner = Script(self.reader, cutter)
            yield from (step for _, step in inner.steps(dynamic, replace(known, scope=scope)))

        tables = known.triggers.get(routine.name) if routine.returns == "trigger" else frozenset()
        return Body(self.reader, self.cutter, text, run, tables).play(known.scope)

    def _unreadable(self, text: SqlText, offset: int | None, what: str) -> Step:
        """A body that can't be followed, from an offset on or at all, if it may matter."""
        mention = self.reader.mentions.first_in(text.text)
        if mention is None:
            return Step()
        at = mention if offset is None else offset
        place = text.place(at, min(at + 1, len(text.text)))
        return self.reader.undetermined(place, what)


def _with_parameters(passage: Passage, routine: Routine, known: Known, reader: Reader) -> Known:
    """The parameters, as far as their defaults tell what they may be."""
    held: dict[str, Rows] = {}
    for number, parameter in enumerate(routine.signature.parameters, 1):
        value = Value()
        if parameter.default is not None:
            start, end = parameter.default
            tokens = [t for t in passage.tokens if start <= t.start < end]
            value = reader.value(passage.part(tokens), known.scope)
        held[f"${number}"] = scalar(value)
        if parameter.name:
            held[parameter.name] = held[f"{routine.name}.{parameter.name}"] = scalar(value)
    return known.having(held)


def _psql_variables(command: str, rows: Rows) -> dict[str, Rows]:
    r"""What \gset and \set give to psql's variables."""
    if found := _GSET.match(command):
        return {
            f":{found['prefix']}{column.name}": scalar(column.value.tainted(rows.locked))
            for column in rows.columns
            if column.name
        }
    if found := _SET.match(command):
        return {f":{found['name']}": scalar(Value(frozenset({found["text"].strip()})))}
    return {}
