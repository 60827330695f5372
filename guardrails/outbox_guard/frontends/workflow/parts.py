"""Which steps of a workflow are those of its CI gate, in the order in which they run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from outbox_guard.facts import GateKind, Place
from outbox_guard.frontends.workflow.documents import Table
from outbox_guard.frontends.workflow.jobs import Level, Reader, depending, in_order
from outbox_guard.frontends.workflow.recognition import TELLING, kind_of, told_by
from outbox_guard.frontends.workflow.scopes import Scope
from outbox_guard.frontends.workflow.scripts import Command
from outbox_guard.frontends.workflow.steps import Step
from outbox_guard.names import Gate
from outbox_guard.sources import Project, Source


@dataclass(frozen=True, slots=True)
class Part:
    """A step that is one of the gate's, or one command of a step that is several."""

    kind: GateKind
    step: Step
    command: Command | None = None  # by which it is known
    shares: bool = False  # its step with another kind

    @property
    def place(self) -> Place:
        script = self.step.table.scalar("run")
        if not self.shares or self.command is None or script is None:
            return self.step.place
        return self.step.words(script, self.command.simple.start, self.command.simple.end)

    @property
    def order(self) -> tuple[tuple[int, ...], int]:
        return self.step.address, self.command.simple.start if self.command else 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job with all that runs before and after it, and those of the steps that the gate has."""

    job: str
    place: Place
    reader: Reader
    steps: tuple[Step, ...]
    own: int  # the job's number in the addresses of the steps
    parts: tuple[Part, ...]
    jobs: tuple[str, ...]  # by their numbers

    def name_of(self, address: tuple[int, ...]) -> tuple[str, str]:
        """What expressions call a job or a step: `needs.NAME` or `steps.NAME`."""
        if len(address) == 1:
            return "needs", self.jobs[address[0]].lower()
        step = next((step for step in self.steps if step.address == address), None)
        return "steps", step.table.text("id").lower() if step else ""

    @property
    def own_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.step.address[0] == self.own)

    @property
    def telling(self) -> int:
        """How many kinds the job itself has by which a gate is known."""
        return len({part.kind for part in self.own_parts if part.kind in TELLING})


def candidate(source: Source, workflow: Table, project: Project, name: str) -> Candidate:
    """A job with all that it needs, which runs before it, and what waits for it."""
    reader = Reader(project)
    jobs = workflow.table("jobs")
    level = Level(source, Scope(), trail=(source.path,))
    before = in_order(jobs, name)
    names = (*before, *depending(jobs, name))
    steps = tuple(reader.jobs(workflow, level, names))
    own = len(before) - 1
    key = jobs.entries[name].key
    place = source.place(key.start, key.end)
    parts = tuple(_parts(steps, own, project.names.gate))
    return Candidate(name, place, reader, steps, own, parts, names)


def _parts(steps: Sequence[Step], own: int, gate: Gate) -> Iterator[Part]:
    """Steps; where none is of a kind, commands that are; where none is, steps of jobs that wait.

    What comes after the gate may well test and upload for reasons of its own.
    """
    until = [step for step in steps if step.address[0] <= own]
    later = [step for step in steps if step.address[0] > own]
    parts = list(_known(until, gate))
    for more in (_told(until, gate), _known(later, gate)):
        kinds = {part.kind for part in parts}
        parts += [part for part in more if part.kind not in kinds]
    sharing = Counter(part.step.address for part in parts)
    for part in sorted(parts, key=lambda part: part.order):
        yield replace(part, shares=sharing[part.step.address] > 1)


def _known(steps: Sequence[Step], gate: Gate) -> Iterator[Part]:
    """An action of the project is the steps in it, unless none of them is known."""
    known = [(step, kind_of(step, gate)) for step in steps]
    for step, kind in known:
        size = len(step.address)
        within = (
            other.address[:size] == step.address and other is not step and known_as is not None
            for other, known_as in known
        )
        if kind is not None and not (step.holds and any(within)):
            commands = (command for told, command in told_by(step, gate) if told == kind)
            yield Part(kind, step, next(commands, None))


def _told(steps: Sequence[Step], gate: Gate) -> Iterator[Part]:
    """One script may do it all."""
    for step in steps:
        for kind, command in told_by(step, gate):
            yield Part(kind, step, command)
