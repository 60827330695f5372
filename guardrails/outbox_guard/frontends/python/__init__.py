"""Python: libcst trees to facts, and the values that texts and names can have."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.allowing.facts import allows_of
from outbox_guard.facts import Allow, Fact, Undetermined, Unreadable
from outbox_guard.frontends.python.context.machine import DEEPEST_CALL, MOST_STATES, Budget
from outbox_guard.frontends.python.ddl.migrations import migrations
from outbox_guard.frontends.python.incremental.analysis import followed
from outbox_guard.frontends.python.judging.sightings import Sightings
from outbox_guard.frontends.python.operations import operations
from outbox_guard.frontends.python.parsing.syntax import Syntax, SyntaxFault, parse
from outbox_guard.frontends.python.values.kinds import MOST_CHOICES
from outbox_guard.sources import Project, Source


def lower(source: Source, project: Project) -> Iterator[Fact]:
    """The facts of one Python file."""
    try:
        syntax = parse(source)
    except SyntaxFault as fault:
        yield Unreadable(place=fault.place, reason=str(fault))
        return
    if "outbox-guard" in source.text.lower():
        yield from _allows(syntax)
    yield from migrations(source)
    yield from operations(syntax, project)
    run, seen = followed(syntax, project)
    yield from run.judge.facts(seen)
    reason = _cut(run.budget, seen)
    if reason and (seen.names_a_table or run.judge.guarded.found_in(source.text)):
        yield Undetermined(place=source.place(0, 0), reason=reason)
    if project.memory is None:
        run.release()


def _cut(budget: Budget, seen: Sightings) -> str:
    """Where the bounds cut the following of a file, "" where they did not."""
    if budget.cut is not None:
        return "the code takes too many steps to be followed to the end"
    if budget.too_many:
        return f"a function finds more than {MOST_STATES} things left on its connection"
    if budget.too_deep:
        return f"its functions call each other more than {DEEPEST_CALL} deep"
    if seen.left_out:
        return f"a statement has more than the {MOST_CHOICES} alternatives that are followed"
    return f"its imports lead too far for {budget.left_out} to be read" if budget.left_out else ""


def _allows(syntax: Syntax) -> Iterator[Allow]:
    for start, end, alone in syntax.comments():
        comment = syntax.source.text[start:end]
        yield from allows_of(comment, start, syntax.source.place, alone=alone)
