"""SQL: files, routines and text from other languages, to facts.

The layers, from below: lexer, splitter, routines, plpgsql, masking and folding cut text; parsing
makes trees; values, queries and writes follow data through one statement; statements, bodies and
scripts put statements together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.facts import Fact, Followed
from outbox_guard.frontends.sql.allowing import allows
from outbox_guard.frontends.sql.behaviour import behaviours
from outbox_guard.frontends.sql.claims import Moment, settled
from outbox_guard.frontends.sql.editing import cut_of
from outbox_guard.frontends.sql.inclusions import inclusions
from outbox_guard.frontends.sql.known import Known, arguments
from outbox_guard.frontends.sql.mentions import Mentions
from outbox_guard.frontends.sql.migrations import taken_back
from outbox_guard.frontends.sql.passages import Cutter, Passage
from outbox_guard.frontends.sql.scripts import Script
from outbox_guard.frontends.sql.shapes import is_statement
from outbox_guard.frontends.sql.statements import Reader, Step
from outbox_guard.frontends.sql.surveying import survey
from outbox_guard.frontends.sql.text import (
    NO_BINDS,
    Bind,
    Binds,
    Hole,
    SqlText,
    Statement,
)
from outbox_guard.names import Names
from outbox_guard.sources import Project, Source

__all__ = [
    "NO_BINDS",
    "Bind",
    "Binds",
    "Hole",
    "SqlText",
    "Statement",
    "is_statement",
    "lower",
    "read_sql",
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
        yield from inclusions(source, project)
    # What a query gives to psql is known only once it has been followed.
    reader = Reader(Mentions(project.names), thorough=_PASSES_ON.search(source.text) is not None)
    script = Script(reader, Cutter(psql=True))
    for passage, statement in _statements(text, script, project.names):
        yield from statement.facts
        if statement.followed and script.concerns(passage):
            yield Followed(place=passage.place(passage.tokens[0]), verb=statement.verb)
    yield from behaviours(text, Cutter(psql=True), project.names, project)


def read_sql(
    text: SqlText, names: Names, *, binds: Binds = NO_BINDS, inside: str = ""
) -> tuple[Statement, ...]:
    """The statements of SQL that stands in another language, inside its function `inside`."""
    reader = Reader(Mentions(names), inside=inside, thorough=True)
    cutter = Cutter(driver=True, binds=binds, pending=frozenset(names.outbox.pending))
    found = [statement for _, statement in _statements(text, Script(reader, cutter), names)]
    apart = (*allows(text), *behaviours(text, cutter, names))
    if apart:
        found.append(Statement("", apart))
    return tuple(found)


def _statements(text: SqlText, script: Script, names: Names) -> Iterator[tuple[Passage, Statement]]:
    depends = script.reader.mentions.found_in(text.text) and _MADE_HERE.search(text.text)
    known = survey(script, text, {}) if depends else Known()
    done: Iterator[tuple[Passage, Step]] = script.steps(text, known)
    if known.scope.functions or _PREPARES.search(text.text):
        # What is called with which arguments is known only when all calls have been seen.
        read = list(done)
        given = arguments(call for _, step in read for call in step.calls)
        done = iter(read)
        if given:
            again = survey(script, text, given) if depends else replace(known, given=given)
            done = script.steps(text, again)
    for passage, step in done:
        writes = settled([Moment(step.actions)], names, inside=script.reader.inside)
        facts = tuple(dict.fromkeys((*step.facts, *writes)))
        locked = tuple(sorted(step.rows.everything))
        yield passage, Statement(step.verb, facts, locked, step.followed)
