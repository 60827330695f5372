"""The jobs of a workflow, with the steps that they run wherever those are written down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from posixpath import normpath

from outbox_guard.facts import Place
from outbox_guard.frontends.workflow.documents import DocumentFault, Node, Scalar, Table, parse
from outbox_guard.frontends.workflow.expressions import inserted
from outbox_guard.frontends.workflow.scopes import Bound, Scope
from outbox_guard.frontends.workflow.scripts import exported
from outbox_guard.frontends.workflow.steps import Said, Step, all_secrets
from outbox_guard.sources import Project, Source

DEEPEST = 10  # actions and workflows in one another, as GitHub allows
ACTION_FILES = ("action.yml", "action.yaml")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is called and that cannot be read."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Level:
    """Where steps are read: what holds for all of them."""

    source: Source
    scope: Scope
    address: tuple[int, ...] = ()
    conditions: tuple[Said, ...] = ()
    leniences: tuple[Said, ...] = ()
    shell: str = ""
    trail: tuple[str, ...] = ()  # the files that led here


@dataclass
class Reader:
    """Reads jobs of one project; `follows` and `troubles` tell what came up on the way."""

    project: Project
    follows: dict[str, None] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    def jobs(self, workflow: Table, level: Level, wanted: Sequence[str]) -> Iterator[Step]:
        """The steps of some jobs of a workflow, in the order of their needs."""
        scope = level.scope.with_env(workflow.table("env").texts())
        shell = _default_shell(workflow) or level.shell
        jobs = workflow.table("jobs")
        handed: dict[str, frozenset[str]] = {}
        for number, name in enumerate(wanted):
            job = jobs.table(name)
            inner = self._within_job(
                job, replace(level, scope=replace(scope, jobs=dict(handed)), shell=shell), number
            )
            steps = list(self._job(job, inner))
            handed[name.lower()] = frozenset(s for step in steps for s in all_secrets(step))
            yield from steps

    def _within_job(self, job: Table, level: Level, number: int) -> Level:
        scope = replace(level.scope, matrix=_matrix(job.table("strategy").table("matrix")))
        of_container = job.table("container").table("env").texts()
        scope = scope.with_env(pair for pair in of_container if pair[0] not in scope.env)
        scope = scope.with_env(job.table("env").texts())
        shell = _default_shell(job) or level.shell or _system_shell(job)
        return _entered(job, replace(level, scope=scope, shell=shell), number)

    def _job(self, job: Table, level: Level) -> Iterator[Step]:
        uses = job.scalar("uses")
        if uses is None:
            yield from self._steps(job.items("steps"), level)
            return
        path = _local(uses.text)
        called = self._open(path, uses, level) if path else None
        if path is None or called is None:
            return
        source, table = called
        self.follows[path] = None
        inner = replace(
            level,
            source=source,
            scope=_called_scope(job, table, level.scope),
            shell="",
            trail=(*level.trail, path),
        )
        yield from self.jobs(table, inner, in_order(table.table("jobs")))

    def _steps(self, nodes: Sequence[Node], level: Level) -> Iterator[Step]:
        scope = level.scope
        for number, node in enumerate(nodes):
            if not isinstance(node, Table) or not node.entries:
                continue
            own = scope.with_env(node.table("env").texts())
            inner = _entered(node, replace(level, scope=own), number)
            step = _step(node, inner)
            within = list(self._action(step, inner))
            yield replace(step, holds=bool(within))
            yield from within
            scope = scope.with_env(
                pair for each in (step, *within) for pair in exported(each.table.text("run"))
            )
            if name := node.text("id").lower():
                handed = frozenset(s for each in (step, *within) for s in all_secrets(each))
                scope = replace(scope, steps={**scope.steps, name: handed})

    def _action(self, step: Step, level: Level) -> Iterator[Step]:
        """The steps of a composite action of the project."""
        uses = step.table.scalar("uses")
        folder = _local(uses.text) if uses else None
        if uses is None or folder is None:
            return
        files = (f"{folder}/{name}" if folder != "." else name for name in ACTION_FILES)
        path = next((file for file in files if self.project.source(file)), None)
        called = self._open(path, uses, level) if path else None
        if path is None or called is None:
            return
        source, table = called
        scope = replace(
            step.scope,
            inputs=_inputs(table.table("inputs"), step.table.table("with"), step.scope),
            secrets={},
            steps={},
        )
        inner = replace(level, source=source, scope=scope, trail=(*level.trail, path))
        yield from self._steps(table.table("runs").items("steps"), inner)

    def _open(self, path: str, uses: Scalar, level: Level) -> tuple[Source, Table] | None:
        """A file that is called; what cannot be read is told at the call."""
        source = self.project.source(path)
        if source is None or path in level.trail or len(level.trail) >= DEEPEST:
            return None
        try:
            table = parse(source.text)
        except DocumentFault as fault:
            place = level.source.place(uses.start, uses.end)
            self.troubles.append(Trouble(place, f"it calls {path}, which {fault}"))
            return None
        return (source, table) if isinstance(table, Table) else None


def _entered(table: Table, level: Level, number: int) -> Level:
    """One level down, with what this table says of what is in it."""
    lenient = _said(table, "continue-on-error", level)
    return replace(
        level,
        address=(*level.address, number),
        conditions=(*level.conditions, _said(table, "if", level)),
        leniences=(*level.leniences, lenient) if lenient.place else level.leniences,
    )


def _said(table: Table, key: str, level: Level) -> Said:
    entry = table.entries.get(key)
    if entry is None or not isinstance(entry.value, Scalar):
        return Said("", level.scope, None)
    end = entry.value.end
    if "\n" in level.source.text[entry.key.start : end].rstrip():
        end = entry.key.end
    return Said(entry.value.text, level.scope, level.source.place(entry.key.start, end))


def _step(table: Table, level: Level) -> Step:
    return Step(
        table=table,
        source=level.source,
        scope=level.scope,
        address=level.address,
        conditions=level.conditions,
        leniences=level.leniences,
        shell=table.text("shell") or level.shell,
    )


def in_order(jobs: Table, of: str | None = None) -> tuple[str, ...]:
    """Jobs after those that they need; all of them, or one with what it needs."""
    found: dict[str, None] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in found or name in way or name not in jobs.entries:
            return
        for need in jobs.table(name).items("needs"):
            if isinstance(need, Scalar):
                visit(need.text, (*way, name))
        found[name] = None

    for name in jobs.entries if of is None else (of,):
        visit(name, ())
    return tuple(found)


def depending(jobs: Table, on: str) -> tuple[str, ...]:
    """The jobs that wait for one, after the other jobs that they wait for."""
    before = in_order(jobs, on)
    waiting = (name for name in jobs.entries if name != on and on in in_order(jobs, name))
    found = dict.fromkeys(each for name in waiting for each in in_order(jobs, name))
    return tuple(name for name in found if name not in before and on in in_order(jobs, name))


def _local(uses: str) -> str | None:
    """The path of what is called, where it is a file of this project."""
    return normpath(uses[2:] or ".") if uses.startswith("./") else None


def _called_scope(job: Table, called: Table, outer: Scope) -> Scope:
    """What a called workflow sees: its inputs and secrets, and nothing else of the caller."""
    inputs = called.table("on").table("workflow_call").table("inputs")
    secrets: Mapping[str, Bound] | None = {
        name.lower(): Bound(text, outer) for name, text in job.table("secrets").texts()
    }
    if job.text("secrets") == "inherit":
        secrets = outer.secrets
    return Scope(inputs=_inputs(inputs, job.table("with"), outer), secrets=secrets)


def _inputs(declared: Table, given: Table, outer: Scope) -> dict[str, Bound]:
    defaults = {
        name.lower(): Bound(declared.table(name).text("default"), outer)
        for name in declared.entries
    }
    return {**defaults, **{name.lower(): Bound(text, outer) for name, text in given.texts()}}


def _matrix(matrix: Table) -> dict[str, frozenset[str]]:
    """The values that each name can have, of the names whose values are all written out."""
    rows = [row for row in matrix.items("include") if isinstance(row, Table)]
    if len(rows) < len(matrix.items("include")):
        return {}  # rows that are worked out when the workflow runs may set any name
    axes = {name: matrix.items(name) for name in matrix.entries.keys() - {"include", "exclude"}}
    known = {
        name: _values(name, axes, rows)
        for name in axes.keys() | {name for row in rows for name in row.entries}
    }
    return {name.lower(): values for name, values in known.items() if values is not None}


def _values(
    name: str, axes: Mapping[str, Sequence[Node]], rows: Sequence[Table]
) -> frozenset[str] | None:
    """None where one of them is no text, or an expression; "" where some runs are without it."""
    included = [row.entries[name].value for row in rows if name in row.entries]
    nodes = (*axes.get(name, ()), *included)
    texts = {node.text for node in nodes if isinstance(node, Scalar) and not inserted(node.text)}
    if not all(isinstance(node, Scalar) and node.text in texts for node in nodes):
        return None
    everywhere = name in axes or (not axes and len(included) == len(rows))
    return frozenset(texts if everywhere else {"", *texts})


def _default_shell(table: Table) -> str:
    return table.table("defaults").table("run").text("shell")


def _system_shell(job: Table) -> str:
    """GitHub's own choice: PowerShell on Windows, else `bash -e`."""
    return "pwsh" if re.match(r"windows", job.text("runs-on"), re.IGNORECASE) else ""
