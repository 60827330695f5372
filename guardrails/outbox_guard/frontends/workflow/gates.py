"""The CI gate of a workflow: which job it is, and what there is to say of its steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Literal

from outbox_guard.facts import (
    Edit,
    Fact,
    GateJob,
    GateKind,
    GateSoftening,
    GateStep,
    Undetermined,
    Unreadable,
)
from outbox_guard.frontends.workflow.documents import Table
from outbox_guard.frontends.workflow.evaluation import truth
from outbox_guard.frontends.workflow.judging import RECORDS, Softening, Unfollowed, texts_run
from outbox_guard.frontends.workflow.parts import Candidate, Part, candidate
from outbox_guard.frontends.workflow.scopes import Moment, trees_of
from outbox_guard.frontends.workflow.softening import verdicts
from outbox_guard.frontends.workflow.steps import Step
from outbox_guard.frontends.workflow.triggers import events as all_events
from outbox_guard.frontends.workflow.triggers import gating_events, judges, unseen
from outbox_guard.names import Gate
from outbox_guard.sources import Project, Source

ENOUGH = 2  # telling steps, by which a job is taken for the gate
WITH_DATABASE: tuple[GateKind, ...] = ("integration", "regression")


def facts(source: Source, workflow: Table, project: Project) -> Iterator[Fact]:
    """What there is to say of the gates in a workflow."""
    gate = project.names.gate
    if gate.path not in ("", source.path):
        return
    candidates = [candidate(source, workflow, project, name) for name in _jobs(workflow)]
    for trouble in dict.fromkeys(each for c in candidates for each in c.reader.troubles):
        yield Unreadable(place=trouble.place, reason=trouble.reason)
    events = gating_events(workflow)
    for chosen in _chosen(candidates, gate):
        yield _of_job(source.path, chosen, gate, workflow)
        for softening in unseen(source, workflow, chosen.steps, project):
            yield _softened(source.path, chosen, "gate", softening)
        for part in chosen.parts:
            yield _of_step(source.path, chosen, part, events, project)
            for verdict in verdicts(part.step, part.kind, chosen.steps, events, project):
                if isinstance(verdict, Softening):
                    yield _softened(source.path, chosen, part.kind, verdict)
                elif part.kind not in RECORDS:
                    yield _unfollowed(part.kind, verdict)


def _jobs(workflow: Table) -> tuple[str, ...]:
    return tuple(workflow.table("jobs").entries)


def _chosen(candidates: Sequence[Candidate], gate: Gate) -> Iterator[Candidate]:
    """The job that is configured, else those that look like a gate, whatever they need."""
    if gate.job:
        yield from (each for each in candidates if each.job == gate.job)
        return
    looking = [each for each in candidates if each.telling >= ENOUGH]
    if not looking and gate.workflow:
        best = max(candidates, key=lambda each: len(each.own_parts), default=None)
        looking = [best] if best and best.parts else []
    yield from looking


def _unfollowed(kind: GateKind, verdict: Unfollowed) -> Undetermined:
    subject = f"the gate's step {kind}"
    return Undetermined(place=verdict.place, reason=verdict.reason, tables=(subject,))


def _of_job(path: str, chosen: Candidate, gate: Gate, workflow: Table) -> GateJob:
    kinds = tuple(part.kind for part in chosen.parts)
    return GateJob(
        place=chosen.place,
        inside=chosen.job,
        workflow=path,
        job=chosen.job,
        steps=kinds,
        missing=tuple(kind for kind in gate.steps if kind not in kinds),
        follows=tuple(chosen.reader.follows),
        judges=judges(workflow),
        events=all_events(workflow),
    )


def _softened(
    path: str, chosen: Candidate, step: GateKind | Literal["gate"], softening: Softening
) -> GateSoftening:
    return GateSoftening(
        place=softening.place,
        inside=chosen.job,
        workflow=path,
        job=chosen.job,
        step=step,
        reason=softening.reason,
    )


def _of_step(
    path: str, chosen: Candidate, part: Part, events: Sequence[str], project: Project
) -> GateStep:
    gate = project.names.gate
    handed = _handed(part.step, gate) if part.kind in WITH_DATABASE else frozenset()
    always = part.kind not in RECORDS or _runs_always(part, chosen, events)
    return GateStep(
        place=part.place,
        inside=chosen.job,
        workflow=path,
        job=chosen.job,
        step=part.kind,
        misplaced=_misplaced(part, chosen.parts, gate),
        always=always,
        secrets=tuple(sorted(handed)),
        looks=_looks(part.step, handed, project),
        edit=None if always else _always(part, chosen, events),
    )


def _misplaced(part: Part, parts: Sequence[Part], gate: Gate) -> str:
    """Where it stands wrongly, if it is one of the fewest steps that would have to move."""
    present = [kind for kind in gate.steps if any(each.kind == kind for each in parts)]
    if part.kind not in present or part.kind in _in_order(present, parts):
        return ""
    if part is not next(each for each in reversed(parts) if each.kind == part.kind):
        return ""
    rank = present.index(part.kind)
    before = [each.kind for each in parts[: parts.index(part)]]
    if late := dict.fromkeys(kind for kind in before if kind in present[rank + 1 :]):
        return f"after {', '.join(late)}"
    return f"before {', '.join(kind for kind in present[:rank] if kind not in before)}"


def _in_order(present: Sequence[GateKind], parts: Sequence[Part]) -> Sequence[GateKind]:
    """The most kinds that stand in their order; of several ways, the one that is seen first."""
    for size in range(len(present), 0, -1):
        ways = [(_positions(kept, parts), kept) for kept in combinations(present, size)]
        fitting = [(where, kept) for where, kept in ways if where is not None]
        if fitting:
            return min(fitting)[1]
    return ()


def _positions(kinds: Sequence[GateKind], parts: Sequence[Part]) -> tuple[int, ...] | None:
    """Where these kinds stand one after the other."""
    found: list[int] = []
    at = 0
    for kind in kinds:
        while at < len(parts) and parts[at].kind != kind:
            at += 1
        if at == len(parts):
            return None
        found.append(at)
    return tuple(found)


def _runs_always(part: Part, candidate: Candidate, events: Sequence[str]) -> bool:
    """Whether a record is made, whatever the steps of the gate before it came to."""
    for level, condition in enumerate(part.step.conditions):
        failures = [Moment(True, culprit=each) for each in _culprits(part, level, candidate)]
        for event in events:
            passed, *failed = (
                condition.scope.holds(condition.text, replace(moment, event=event)) is not False
                for moment in (Moment(), *failures)
            )
            if not all(each == passed for each in failed):
                return False  # with neither, it never runs at all, which is another matter
    return True


def _always(part: Part, chosen: Candidate, events: Sequence[str]) -> Edit | None:
    """The line that a step lacks, where it says nothing and nothing around it is in the way."""
    own = part.step.conditions[-1]
    told = replace(own, text="always()")
    step = replace(part.step, conditions=(*part.step.conditions[:-1], told))
    if own.place is None and _runs_always(replace(part, step=step), chosen, events):
        return part.step.with_line("if: always()")
    return None


def _culprits(part: Part, level: int, candidate: Candidate) -> Iterator[tuple[str, str]]:
    """The names of what may fail before it, in its job, its action or the jobs before."""
    around = part.step.address[:level]
    at = part.step.address[level : level + 1]
    earlier = dict.fromkeys(
        other.step.address[: level + 1]
        for other in candidate.parts
        if other.step.address[:level] == around
        and other.step.address[level : level + 1] < at
        and other.kind not in RECORDS
    )
    for address in earlier:
        yield candidate.name_of(address)


def _handed(step: Step, gate: Gate) -> frozenset[str]:
    """The secrets of a database that a step is handed, and that may not be set."""
    found: set[str] = set()
    for name, bound in step.scope.env.items():
        secrets = bound.scope.secrets_of(bound.text)
        if truth(bound.scope.value(bound.text, Moment())) is not True:
            found |= secrets if name in gate.secrets else secrets & set(gate.secrets)
    script = step.table.text("run")
    for text in (script, *(text for _, text in step.table.table("with").texts())):
        found |= step.scope.secrets_of(text) & set(gate.secrets)
    for name in gate.secrets:
        for match in re.finditer(rf"\b{re.escape(name)}=[\"']?(\$\{{\{{.*?\}}\}})", script):
            found |= step.scope.secrets_of(match[1])
    return frozenset(found)


def _looks(step: Step, handed: frozenset[str], project: Project) -> bool:
    """Whether an `if` around the step, or a test in what it runs, asks for one of the secrets."""
    for condition in step.conditions:
        for tree in trees_of(condition.text):
            if handed.intersection(condition.scope.secrets_in(tree)):
                return True
    scripts = tuple(texts_run(step, project)) if handed else ()
    names = tuple(_variables(step, handed))
    return any(_tested(name, script) for name in names for script in scripts)


def _variables(step: Step, handed: frozenset[str]) -> Iterable[str]:
    for name, bound in step.scope.env.items():
        if handed & bound.scope.secrets_of(bound.text):
            yield name


def _tested(name: str, script: str) -> bool:
    """`[ -z "$DATABASE_URL" ]`, `${DATABASE_URL:?}`."""
    word = re.escape(name)
    test = rf"(?:\[|\btest)\s[^\n]*\$\{{?{word}\b|\$\{{{word}:?\?"
    return re.search(test, script) is not None
