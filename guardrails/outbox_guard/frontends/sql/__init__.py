"""SQL: files, routines and text from other languages, to facts.

The packages are floors, from `lexing/` up to `scripts/`: docs/architecture.md draws them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from outbox_guard.facts import Fact, Followed
from outbox_guard.frontends.sql.behaviour import behaviours
from outbox_guard.frontends.sql.lexing.editing import cut_of
from outbox_guard.frontends.sql.lexing.inclusions import inclusions
from outbox_guard.frontends.sql.lexing.mentions import Mentions
from outbox_guard.frontends.sql.lexing.migrations import planned, taken_back
from outbox_guard.frontends.sql.lexing.passages import Cutter, Passage
from outbox_guard.frontends.sql.lexing.shapes import is_statement
from outbox_guard.frontends.sql.lexing.text import NO_BINDS, Bind, Binds, Hole, SqlText, Statement
from outbox_guard.frontends.sql.routines.claims import Moment, settled
from outbox_guard.frontends.sql.scripts.allow_comments import allows
from outbox_guard.frontends.sql.scripts.carrying import NOTHING_LEFT, Left, prepared_after
from outbox_guard.frontends.sql.scripts.known import Known, arguments
from outbox_guard.frontends.sql.scripts.script import Script
from outbox_guard.frontends.sql.scripts.surveying import survey
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.names import Names
from outbox_guard.sources import Project, Source

__all__ = [
    "NOTHING_LEFT",
    "NO_BINDS",
    "Bind",
    "Binds",
    "Hole",
    "Left",
    "SqlText",
    "Statement",
    "is_statement",
    "lower",
    "read_sql",
    "run_sql",
]


# What can be used above the place where it is made.
_MADE_HERE = re.compile(
    r"\bcreate\b[^;]*\b(?:view|table|trigger|function|procedure)\b|\binto\b|\\gset", re.IGNORECASE
)

_PASSES_ON = re.compile(r"\\g(?:set|exec)\b")
_PREPARES = re.compile(r"\bprepare\b", re.IGNORECASE)


def lower(source: Source, project: Project) -> Iterator[Fact]:
    """The facts of one file of SQL."""
    text = SqlText.of(source, cut_of(source, project.names))
    yield from allows(text, psql=True)
    if source.zone == "schema":
        yield from taken_back(source)
        yield from planned(source, project)
        yield from inclusions(source, project)
    # What a query gives to psql is known only once it has been followed.
    context = Context(Mentions(project.names), thorough=_PASSES_ON.search(source.text) is not None)
    script = Script(context, Cutter(psql=True))
    for passage, statement in _Statements(text, script, project.names):
        yield from statement.facts
        if statement.followed and script.concerns(passage):
            yield Followed(place=passage.place(passage.tokens[0]), verb=statement.verb)
    yield from behaviours(text, Cutter(psql=True), project.names, project)


def read_sql(
    text: SqlText, names: Names, *, binds: Binds = NO_BINDS, inside: str = ""
) -> tuple[Statement, ...]:
    """The statements of SQL that stands in another language, inside its function `inside`."""
    return run_sql(text, names, binds=binds, inside=inside)[0]


def run_sql(
    text: SqlText,
    names: Names,
    *,
    binds: Binds = NO_BINDS,
    inside: str = "",
    left: Left = NOTHING_LEFT,
) -> tuple[tuple[Statement, ...], Left]:
    """The same, run on a connection on which others left something; and what is left then."""
    context = Context(Mentions(names), inside=inside, thorough=True)
    cutter = Cutter(driver=True, binds=binds, pending=frozenset(names.outbox.pending))
    script = Script(context, cutter, left.prepared)
    following = _Statements(text, script, names, left.known)
    found, passages = [], []
    for passage, statement in following:
        found.append(statement)
        passages.append(passage)
    apart = (*allows(text), *behaviours(text, cutter, names))
    if apart:
        found.append(Statement("", apart))
    prepared = prepared_after(left.prepared, passages)
    if following.known is left.known and prepared == left.prepared:
        return tuple(found), left
    return tuple(found), Left.of(following.known, prepared)


@dataclass
class _Statements:
    """Iterates over the statements of a text; `known` is what they have left by then."""

    text: SqlText
    script: Script
    names: Names
    known: Known = field(default_factory=Known)

    def __iter__(self) -> Iterator[tuple[Passage, Statement]]:
        inside = self.script.context.inside
        for passage, step in self._steps():
            writes = settled([Moment(step.actions)], self.names, inside=inside)
            facts = tuple(dict.fromkeys((*step.facts, *writes)))
            locked = tuple(sorted(step.rows.everything))
            yield passage, Statement(step.verb, facts, locked, step.followed)

    def _steps(self) -> Iterator[tuple[Passage, Step]]:
        text, script, before = self.text, self.script, self.known
        depends = script.context.mentions.found_in(text.text) and _MADE_HERE.search(text.text)
        known = survey(script, text, before) if depends else before
        if not (known.scope.functions or _PREPARES.search(text.text)):
            yield from self._noting(known)
            return
        # What is called with which arguments is known only when all calls have been seen.
        read = list(self._noting(known))
        given = arguments(call for _, step in read for call in step.calls)
        if not given:
            yield from read
            return
        before = replace(before, given=given)
        yield from self._noting(survey(script, text, before) if depends else before)

    def _noting(self, known: Known) -> Iterator[tuple[Passage, Step]]:
        self.known = yield from self.script.steps(self.text, known)
