"""Which CI gates count, and whether the configured one is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from outbox_guard.facts import (
    Fact,
    GateJob,
    GateSetting,
    GateSoftening,
    GateStep,
    Unreadable,
    Workflow,
)
from outbox_guard.names import Gate


def gates(facts: Sequence[Fact], gate: Gate) -> Iterator[Fact]:
    """A called workflow is judged where it is called; a setting is told what is not there."""
    jobs = [fact for fact in facts if isinstance(fact, GateJob)]
    called = {path for job in jobs for path in job.follows}
    if not any(job.judges for job in jobs):
        yield from map(_of_no_change, jobs)
    for fact in facts:
        match fact:
            case GateJob(workflow=path) | GateStep(workflow=path) | GateSoftening(workflow=path):
                if path not in called:
                    yield fact
            case GateSetting():
                yield dataclasses.replace(fact, missing=_missing(fact, facts, gate))
            case _:
                yield fact


def _of_no_change(job: GateJob) -> GateSoftening:
    """One that runs at night is fine where another runs for every change."""
    return GateSoftening(
        place=job.place,
        inside=job.inside,
        workflow=job.workflow,
        job=job.job,
        step="gate",
        reason=f"it runs for {', '.join(job.events) or 'nothing'}, and for no change",
    )


def _missing(setting: GateSetting, facts: Sequence[Fact], gate: Gate) -> str:
    path = gate.path
    if any(isinstance(fact, Unreadable) and fact.place.path == path for fact in facts):
        return ""
    workflows = [fact for fact in facts if isinstance(fact, Workflow)]
    if path:
        workflows = [fact for fact in workflows if fact.place.path == path]
    match setting.key:
        case "workflow" if not workflows:
            return f"the workflow {gate.workflow}"
        case "workflow" if not gate.job and not any(isinstance(f, GateJob) for f in facts):
            return f"any step of it in {gate.workflow}"
        case "job" if (workflows or not path) and not any(gate.job in f.jobs for f in workflows):
            return f"the job {gate.job}"
    return ""
