"""What a text makes that is used above the place where it is made, and what matters in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.routines.headers import Routine, header
from outbox_guard.frontends.sql.scripts.known import Known, depended_on
from outbox_guard.frontends.sql.scripts.script import Script
from outbox_guard.frontends.sql.statements.relations import filled_by
from outbox_guard.frontends.sql.statements.statement import makes_something, step_of
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.kinds import NONE
from outbox_guard.frontends.sql.values.rows import Rows
from outbox_guard.frontends.sql.values.scopes import Returned, Scope

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a statement says to those above it."""

    routine: Routine | None = None
    words: frozenset[str] = NONE  # that matter to the outbox
    fills: str = ""  # the table that it fills, with what has these words
    made: Step | None = None  # that can be used above it


def survey(script: Script, text: SqlText, before: Known) -> Known:
    """What is known before the first statement; `before` is what was known without the text."""
    known = before
    routines: dict[str, Callable[[], Rows]] = {}
    wanted: set[str] = set()
    fills: dict[str, set[str]] = {}
    for passage in script.cutter.passages(text):
        if not passage.tokens or passage.error is not None:
            continue
        said = script.recalled("survey", passage, known, partial(_said, script))
        if said.routine is not None:
            returns = partial(script.returns, said.routine)
            routine = partial(script.recalled, "returns", passage, known, returns)
            routines[said.routine.name] = routine
        if said.fills:
            fills.setdefault(said.fills, set()).update(said.words)
        else:
            wanted |= said.words
        if said.made is not None:
            known = known.surveyed(said.made, passage)
    scope = replace(known.scope, functions=Returned(routines).over(known.scope.functions))
    return replace(known, scope=scope, wanted=depended_on(wanted, fills))


def _said(script: Script, passage: Passage, known: Known) -> _Said:
    routine = header(passage.sql, passage.tokens)
    if routine is not None:
        return _Said(routine, _words_of(script, passage, routine))
    makes = makes_something(passage)
    made = step_of(passage, known.scope, script.context) if makes else None
    if script.concerns(passage):
        return _Said(None, _identifiers(passage), "", made)
    fills = filled_by(passage.tokens)
    return _Said(None, _identifiers(passage) if fills else NONE, fills, made)


def _words_of(script: Script, passage: Passage, routine: Routine) -> frozenset[str]:
    """The words of a body that concerns the outbox."""
    text = routine.body.text(passage.text).text if routine.body is not None else ""
    worth = script.is_worth_reading(text, routine, Scope())
    return frozenset(_WORD.findall(text.lower())) if worth else NONE


def _identifiers(passage: Passage) -> frozenset[str]:
    return frozenset(token.value for token in passage.tokens if token.is_identifier)
