"""What a script makes of the failure of the command that matters in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import join, normpath

from outbox_guard.facts import GateKind, Place
from outbox_guard.frontends import frontends_for
from outbox_guard.frontends.workflow.recipes import Call, Recipe, recipes
from outbox_guard.frontends.workflow.recognition import deciding
from outbox_guard.frontends.workflow.scripts import Command, Shell, outcome, read, spoken
from outbox_guard.frontends.workflow.shell.commands import ANY, CONTAINERS, FOLDER
from outbox_guard.frontends.workflow.shell.hiding import hiding
from outbox_guard.frontends.workflow.shell.outcomes import Outcome
from outbox_guard.frontends.workflow.shell.states import Ran
from outbox_guard.frontends.workflow.shell.words import literal
from outbox_guard.frontends.workflow.steps import Step
from outbox_guard.sources import Project

ENFORCING = "ENFORCE_NO_DB_QUERY"
NOT_ENFORCED = f"neither {ENFORCING}=1 nor --enforce is there"
YES = ("1", "true", "yes", "on")
RECORDS: tuple[GateKind, ...] = ("evidence", "upload")  # what tells of the gate
DEEPEST = 8  # scripts that run each other
_OF_CONTAINERS = (
    *("Dockerfile", "Containerfile", "compose.yml", "compose.yaml"),
    *("docker-compose.yml", "docker-compose.yaml"),
)
# Where a program that is not followed looks for what it runs.
FILES: Mapping[str, tuple[str, ...]] = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "tox": ("tox.ini", "pyproject.toml"),
    "nox": ("noxfile.py",),
    "hatch": ("pyproject.toml", "hatch.toml"),
    "mise": ("mise.toml", ".mise.toml"),
    "poe": ("pyproject.toml", "poe_tasks.toml"),
    "pre-commit": (".pre-commit-config.yaml",),
    "prek": (".pre-commit-config.yaml", "prek.toml"),
    "npm": ("package.json",),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    **dict.fromkeys(CONTAINERS, _OF_CONTAINERS),
}


@dataclass(frozen=True, slots=True)
class Softening:
    """Words by which the failure of a step fails nothing."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """A script, or a part of it, of which nobody can say what it makes of a failure."""

    place: Place
    reason: str


Verdict = Softening | Unfollowed


def by_option(kind: GateKind, command: Command, where: Place) -> Iterator[Softening]:
    """What a command is told that makes nothing of what it finds."""
    if kind not in RECORDS and (option := command.never_fails or command.runs_nothing):
        what = "makes nothing of its failure" if command.never_fails else "runs nothing"
        yield Softening(where, f"`{option}` {what}")


@dataclass(frozen=True, slots=True)
class Run:
    """A script as it is run; `where` tells the place of some of its words."""

    text: str
    shell: Shell
    environment: Mapping[str, str | None]
    folder: str
    where: Callable[[int, int], Place]
    ignored: str = ""  # what makes nothing of its failure, whatever it does
    depth: int = 0
    filled: Callable[[str], str | None] = str  # its expressions worked out; None if not known

    @property
    def place(self) -> Place:
        """Its first line."""
        return self.where(0, len(self.text))


@dataclass(frozen=True, slots=True)
class Judge:
    """What is asked of a script: the kind of step, and where that step stands."""

    kind: GateKind
    step: Place
    project: Project

    def verdicts(self, runs: Sequence[Run]) -> Iterator[Verdict]:
        """All that keeps scripts, which are run one after the other, from stopping a change."""
        unread = [run for run in runs if read(run.text) is None]
        for run in unread:
            yield Unfollowed(run.place, "its script is none that a shell is known to read")
        said = [(run, command) for run in runs for command in spoken(run.text)]
        if not unread and all(command.does_nothing for _, command in said):
            yield Softening(self.step, "it only prints, and runs nothing")
            return
        matter = deciding([command for _, command in said], self.project.names.gate, self.kind)
        found = [
            list(self._of_command(run, command))
            for run, command in said
            if any(command is each for each in matter)
        ]
        # The same check may run twice, for another output: it is enough that one of them counts.
        if not (self.kind == "guardrails" and any(not softened for softened in found)):
            for softened in found:
                yield from softened

    def _opener(self, run: Run) -> Callable[[str], str | None]:
        def text(path: str) -> str | None:
            source = self.project.source(normpath(join(run.folder, path)))
            return source.text if source else None

        return text

    def _of_command(self, run: Run, command: Command) -> Iterator[Verdict]:
        where = run.where(command.simple.start, command.simple.end)
        files = self._opener(run)
        result = outcome(run.text, command.simple, run.shell, run.environment, files)
        if result is None:
            yield Unfollowed(where, f"what becomes of a failure of `{command.text}` is not known")
            return
        if not result.is_reached:
            yield Softening(where, f"`{command.text}` is never reached")
            return
        if run.ignored:
            yield Softening(where, f"`{run.ignored}` makes nothing of its failure")
        elif not result.stopped:
            start, end = hiding(run.text, command.simple, result.options)
            words = " ".join(run.text[start:end].split())
            yield Softening(run.where(start, end), f"`{words}` makes nothing of its failure")
        yield from by_option(self.kind, command, where)
        inner = self._inner(run, command, result)
        if inner and run.depth == DEEPEST:
            yield Unfollowed(where, "scripts that run each other lead too deep")
        elif inner:
            yield from self.verdicts(inner)
        elif self.kind == "guardrails" and not self._enforces(run, command, result):
            yield Softening(self.step, NOT_ENFORCED)

    def _inner(self, run: Run, command: Command, result: Outcome) -> list[Run]:
        """What the command runs that is written down elsewhere in the project."""
        variables = dict(result.ran[0].variables)
        folder = variables.pop(FOLDER, "")
        if "--enforce" in command.words or folder is None:
            return []
        call = Call(
            program=command.words[0],
            path=command.path,
            arguments=command.words[1:],
            environment=variables,
            folder=join(run.folder, folder),
            project=self.project,
        )
        return [self._run(recipe, run.depth + 1) for recipe in recipes(call)]

    def _run(self, recipe: Recipe, depth: int) -> Run:
        """What is found in a file that is of no language is reported at the step."""
        reported = bool(frontends_for(recipe.source.path))
        return Run(
            text=recipe.text,
            shell=Shell(recipe.options),
            environment=recipe.environment,
            folder=recipe.folder,
            where=recipe.words if reported else lambda _start, _end: self.step,
            ignored=recipe.ignored,
            depth=depth,
        )

    def _enforces(self, run: Run, command: Command, result: Outcome) -> bool:
        """Whether warnings fail it; a value that is not known may do so."""
        if all(map(_enforced, result.ran)):
            return True
        written = run.filled(command.text)
        if written is None:
            return True
        words = written.split()
        told = [word.partition("=") for word in words]
        if any(name == ENFORCING and value.lower() in YES for name, _, value in told):
            return True  # as what runs it is told: a build tool
        return "--enforce" in words or any(
            ENFORCING in text or "--enforce" in text for text in self._files(command)
        )

    def _files(self, command: Command) -> Iterator[str]:
        """The texts of what a command may run, where it is not followed."""
        words = (literal(word.text) or "" for word in command.simple.words)
        for word in (*words, *FILES.get(command.words[0], ())):
            source = self.project.source(normpath(word)) if word else None
            if source is not None:
                yield source.text


def _enforced(ran: Ran) -> bool:
    value = ran.variables.get(ENFORCING, None if ANY in ran.variables else "")
    return value is None or value.strip().lower() in YES


def texts_run(step: Step, project: Project) -> Iterator[str]:
    """The script of a step, and what its commands find written down elsewhere."""
    script = step.table.text("run")
    yield script
    for command in spoken(script):
        call = Call(
            program=command.words[0],
            path=command.path,
            arguments=command.words[1:],
            environment={},
            folder=step.table.text("working-directory"),
            project=project,
        )
        yield from (recipe.text for recipe in recipes(call))
