"""Statements one after the other: a file, an SQL body, a text that EXECUTE runs.

What a statement leaves behind, the next ones see: views and tables with what is in them, functions
and what they return, cursors, psql's variables, and the rows that the open transaction has locked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from outbox_guard.frontends.sql.declarations.functions import created_function
from outbox_guard.frontends.sql.declarations.uses import uses_of_routine
from outbox_guard.frontends.sql.lexing.passages import Cutter, Passage
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.routines.blocks import PlpgsqlError
from outbox_guard.frontends.sql.routines.claims import Moment, repeated, settled
from outbox_guard.frontends.sql.routines.headers import Routine, header
from outbox_guard.frontends.sql.scripts import psql
from outbox_guard.frontends.sql.scripts.bodies import Body, Played, returned
from outbox_guard.frontends.sql.scripts.copying import with_data, with_rows
from outbox_guard.frontends.sql.scripts.handed import handed_over
from outbox_guard.frontends.sql.scripts.known import Known, arguments
from outbox_guard.frontends.sql.scripts.memo import recalled
from outbox_guard.frontends.sql.scripts.wildcards import with_guarded_names
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.relations import filled_by
from outbox_guard.frontends.sql.statements.statement import step_of
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.statements.token_facts import declarations
from outbox_guard.frontends.sql.values.kinds import Value, either
from outbox_guard.frontends.sql.values.rows import Rows, scalar
from outbox_guard.frontends.sql.values.scopes import Scope

Result = TypeVar("Result")
Steps = Generator[tuple[Passage, Step], None, "Known"]

_WORD = re.compile(r"\w+")
_DECLARES = re.compile(r"\b(?:create|alter|drop|comment|grant|revoke)\b")
_CHANGES_ROWS = ("insert", "update", "delete", "merge")  # what a migration has to do in order
# Statements that matter to others without naming an outbox table themselves.
_ALWAYS_FOLLOWED = tuple(
    "abort alter comment commit create declare drop end execute grant reassign revoke"
    " rollback".split()
)


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
    """Reads a text statement by statement, with what the earlier ones left."""

    context: Context
    cutter: Cutter
    prepared: Mapping[str, Sequence[Passage]] = field(default_factory=dict)  # by earlier texts

    def steps(self, text: SqlText, known: Known) -> Steps:
        """What each statement does; at the end, what they leave behind."""
        waiting: tuple[Passage, Step] | None = None  # a COPY's data comes after it
        rows = Rows()
        for cut in self.cutter.passages(text):
            passage = cut
            first = passage.tokens[0] if passage.tokens else None
            if first is not None and first.kind == "data":
                if waiting is not None:
                    copied = with_data(waiting[1], first.value, self.context.mentions.names)
                    known = known.after(copied, waiting[0], self.context.mentions.states)
                    waiting = waiting[0], copied
                continue
            if waiting is not None:
                yield waiting
                waiting = None
            if first is not None and first.kind == "meta":
                known = known.having(psql.variables(first.value, rows))
                if psql.runs_rows(first.value):
                    known = yield from self._sent(passage, rows, known)
                if not psql.is_copy(first.value):
                    continue
                passage = psql.as_sql(passage, first)
            if not passage.tokens and passage.error is None:
                continue  # of a template: words that are none of SQL's
            if passage.meanings:
                passage = with_guarded_names(passage, self.context.mentions)
            meant = psql.with_variables(passage, known.scope)
            work = partial(self._step, matters=meant is not passage)
            step = self.recalled("step", meant, known, work)
            known = known.after(step, meant, self.context.mentions.states)
            rows, waiting = step.rows, (meant, step)
        if waiting is not None:
            yield waiting
        return known

    def _sent(self, passage: Passage, rows: Rows, known: Known) -> Steps:
        r"""What \gexec runs: each value that the query before it returned."""
        offset = passage.start
        for value in sorted(texts for column in rows.columns for texts in column.value.texts):
            known = yield from self.steps(passage.text.derived(value, [offset] * len(value)), known)
        return known

    def recalled(
        self, kind: str, passage: Passage, known: Known, work: Callable[[Passage, Known], Result]
    ) -> Result:
        """What a statement comes to; of a file that is edited, most is what it was before."""
        key = kind, self.context.thorough
        return recalled(key, passage, known, partial(work, passage))

    def concerns(self, passage: Passage) -> bool:
        """Whether a statement may name a guarded table or switch the role."""
        if self.context.mentions.concern(passage.sql, passage.start, passage.end):
            return True
        return passage.tokens[0].is_word("set", "reset", "discard")

    def _step(self, passage: Passage, known: Known, *, matters: bool) -> Step:
        """What a statement does; whether it matters is known where it is not as it is written."""
        if passage.error is not None:
            return self._broken(passage)
        first = passage.tokens[0]
        routine = header(passage.sql, passage.tokens) if first.is_word("create", "do") else None
        if routine is not None:
            return self._routine(passage, routine, known)
        if not matters and not self._matters(passage, known):
            stored = first.is_word(*_CHANGES_ROWS) or filled_by(passage.tokens)
            facts = tuple(declarations(passage, self.context)) if stored else ()
            return Step(verb=first.value, facts=facts)
        if first.is_word("prepare") and len(passage.tokens) > 1:
            passage = passage.given(known.called(passage.tokens[1].value))
        step = step_of(passage, known.scope, self.context)
        step = with_rows(step, self.cutter.given, self.context.mentions.names)
        for text in handed_over(passage):
            step |= self._summed_elsewhere(text)
        for call in step.calls:
            for prepared in self.prepared.get(call.name, ()):
                step |= self._step(prepared, replace(known, given=arguments([call])), matters=True)
        return replace(step, actions=repeated(step.actions, passage, known.locked_by))

    def _summed_elsewhere(self, text: SqlText) -> Step:
        """What a text does that somebody else runs, who knows nothing of this script."""
        script = replace(self, cutter=replace(self.cutter, psql=False))
        total = Step()
        for _, step in script.steps(text, Known()):
            total |= replace(step, rows=Rows(()))
        return total

    def _matters(self, passage: Passage, known: Known) -> bool:
        """Whether following a statement can tell anything: of most files and dumps it can't."""
        if self.context.thorough or self.concerns(passage):
            return True
        first = passage.tokens[0]
        if first.is_word(*_ALWAYS_FOLLOWED):
            return True
        filled = filled_by(passage.tokens)
        if filled in known.wanted:
            return True
        scope = known.scope
        # What is put into a table that nobody asks is of no consequence; into a view, it may be.
        idle = filled if filled in scope.relations and not scope.relations[filled].base else ""
        return any(
            t.is_identifier
            and t.value != idle
            and (t.value in scope.relations or t.value in scope.functions)
            for t in passage.tokens
        )

    def _broken(self, passage: Passage) -> Step:
        """Where a quote or comment is never closed nothing is sure from there on."""
        assert passage.error is not None
        offset = passage.error.offset
        start = passage.start if passage.tokens else offset
        if not self.context.mentions.found_in(passage.sql, start):
            return Step(followed=False)
        place = passage.text.place(offset, min(offset + 1, len(passage.sql)))
        return self.context.undetermined(place, passage.error.what)

    # -- routines --------------------------------------------------------------------------

    def _routine(self, passage: Passage, routine: Routine, known: Known) -> Step:
        """CREATE FUNCTION or PROCEDURE, DO: what its body does belongs to it."""
        step = step_of(passage, known.scope, self.context)
        if routine.kind != "do":
            site = self.context.site(passage)
            used = uses_of_routine(site, routine, unchecked=known.unchecked)
            facts = (created_function(site, routine), *used, *step.facts)
            step = replace(step, facts=facts)
        inner = self._within(routine)
        text = routine.body.text(passage.text) if routine.body is not None else None
        if text is None or not inner.is_worth_reading(text.text, routine, known.scope):
            return step
        try:
            done = inner._body(passage, routine, text, known)
        except PlpgsqlError as error:
            return step | inner._unreadable(text, error.offset, error.what)
        except UnknownLanguage as error:
            return step | inner._unreadable(text, None, str(error))
        return step | inner._summed(done)

    def _within(self, routine: Routine) -> Script:
        """What follows a routine's body; a DO block is no function, and is where it stands."""
        context = replace(self.context, thorough=True)
        if routine.kind != "do":
            context = replace(context, routine=routine.identity, inside=routine.identity)
        return Script(context, replace(self.cutter, psql=False))

    def is_worth_reading(self, body: str, routine: Routine, scope: Scope) -> bool:
        """SQL that is put together at run time may spell a guarded name in pieces."""
        mentions = self.context.mentions
        if mentions.found_in(body) or mentions.role_in(body):
            return True
        folded = body.lower()
        if routine.kind == "do" and _DECLARES.search(folded):
            return True
        if "execute" in folded or (routine.returns == "trigger" and "new" in folded):
            return True
        return any(
            word in scope.functions or word in scope.relations for word in _WORD.findall(folded)
        )

    def _body(self, passage: Passage, routine: Routine, text: SqlText, known: Known) -> Ran:
        known = _with_parameters(passage, routine, known, self.context)
        match routine.language:
            case "sql":
                steps = [step for _, step in self._sql_body(text, routine, known)]
                rows = steps[-1].rows if steps else Rows(())
                return Ran(steps, [Moment(step.actions) for step in steps], rows)
            case "plpgsql":
                played = self._plpgsql_body(text, routine, known)
                moments = [each.moment for each in played]
                outs = [p.name for p in routine.signature.parameters if p.is_returned]
                return Ran([each.step for each in played], moments, returned(played, outs))
            case language:
                raise UnknownLanguage(f"a body in {language} is not followed")

    def returns(self, routine: Routine, passage: Passage, known: Known) -> Rows:
        """What a function returns, as far as that is known."""
        if routine.body is None:
            return Rows()
        text = routine.body.text(passage.text)
        try:
            # Which row it is, or which branch was taken, each call chooses anew.
            return self._within(routine)._body(passage, routine, text, known).rows.opened(0)
        except (PlpgsqlError, UnknownLanguage):
            return Rows()  # unknown: what is wrong is told where the body itself is read

    def _summed(self, ran: Ran) -> Step:
        """A body as one step of the script around it."""
        context = self.context
        names = context.mentions.names
        writes = settled(ran.moments, names, routine=context.routine, inside=context.inside)
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
            picks=() if context.routine else total.picks,
        )

    def _sql_body(self, text: SqlText, routine: Routine, known: Known) -> Steps:
        if routine.body is not None and routine.body.form == "return":
            passage = self.cutter.whole(text)
            value = self.context.value(passage, known.scope)
            switches = step_of(passage, known.scope, self.context).facts
            yield passage, Step(rows=scalar(value), facts=switches)
            return known
        return (yield from self.steps(text, known))

    def _plpgsql_body(self, text: SqlText, routine: Routine, known: Known) -> list[Played]:
        def run(dynamic: SqlText, scope: Scope, filling: Value) -> Iterator[Step]:
            cutter = Cutter(pending=self.cutter.pending, filling=filling)
            inner = Script(self.context, cutter)
            yield from (step for _, step in inner.steps(dynamic, replace(known, scope=scope)))

        tables = known.triggers.get(routine.name) if routine.returns == "trigger" else frozenset()
        return Body(self.context, self.cutter, text, run, tables).play(known.scope)

    def _unreadable(self, text: SqlText, offset: int | None, what: str) -> Step:
        """A body that can't be followed, from an offset on or at all, if it may matter."""
        mention = self.context.mentions.first_in(text.text)
        if mention is None:
            return Step()
        at = mention if offset is None else offset
        place = text.place(at, min(at + 1, len(text.text)))
        return self.context.undetermined(place, what)


def _with_parameters(passage: Passage, routine: Routine, known: Known, context: Context) -> Known:
    """The parameters, as far as their defaults tell what they may be."""
    held: dict[str, Rows] = {}
    for number, parameter in enumerate(routine.signature.parameters, 1):
        value = Value()
        if parameter.default is not None:
            start, end = parameter.default
            tokens = [t for t in passage.tokens if start <= t.start < end]
            value = context.value(passage.part(tokens), known.scope)
        passed = known.given.get(routine.name, {})
        value = either(passed.get(key, Value()) for key in (str(number), parameter.name)) | value
        held[f"${number}"] = scalar(value)
        if parameter.name:
            held[parameter.name] = held[f"{routine.name}.{parameter.name}"] = scalar(value)
    return known.having(held)
