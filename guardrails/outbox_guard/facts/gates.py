"""What can be said of the CI gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Edit, Fact

GateKind = Literal["guardrails", "unit", "integration", "regression", "evidence", "upload"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow(Fact):
    """A workflow of the CI, and the names of its jobs."""

    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSetting(Fact):
    """A key of the configuration that says what the CI gate is; the fold says whether it is so."""

    key: Literal["workflow", "job"]
    value: str
    missing: str = ""  # what is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class GateJob(Fact):
    """The job of a workflow that is the CI gate, as configured or by its steps."""

    workflow: str  # the path of the file
    job: str
    steps: tuple[str, ...] = ()  # the kinds of step that it has, in the order they run
    missing: tuple[str, ...] = ()  # the kinds that it has not
    follows: tuple[str, ...] = ()  # the workflows of the project that it calls
    judges: bool = True  # it runs for changes, before they are merged or as they are pushed
    events: tuple[str, ...] = ()  # all for which it runs


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStep(Fact):
    """A step of the gate, wherever it stands: in the job, an action, a called workflow."""

    workflow: str  # of the job, which may be another file than the step's
    job: str
    step: GateKind
    misplaced: str = ""  # what it runs before or after, and should not: "after evidence"
    always: bool = True  # runs whether what comes before it failed or not
    secrets: tuple[str, ...] = ()  # secrets of a database that it is handed
    looks: bool = False  # and whether it runs only where they are set
    edit: Edit | None = None  # that has it run always, where it says nothing of when it runs


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSoftening(Fact):
    """Why a step of the gate may find something and yet stop nothing."""

    workflow: str
    job: str
    step: GateKind | Literal["gate"]
    reason: str
