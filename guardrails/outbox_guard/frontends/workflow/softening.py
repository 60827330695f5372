"""Why a step may find something and yet stop nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import normpath

from outbox_guard.facts import GateKind, Place
from outbox_guard.frontends.workflow.documents import Scalar
from outbox_guard.frontends.workflow.expressions import Unknown, Value, accesses, as_text
from outbox_guard.frontends.workflow.recognition import commands, deciding
from outbox_guard.frontends.workflow.scopes import Moment, trees_of
from outbox_guard.frontends.workflow.scripts import Command, Shell, fails, outcome, shell
from outbox_guard.frontends.workflow.shell.hiding import hiding
from outbox_guard.frontends.workflow.shell.running import Outcome
from outbox_guard.frontends.workflow.shell.words import literal
from outbox_guard.frontends.workflow.steps import Said, Step
from outbox_guard.sources import Project

ENFORCING = "ENFORCE_NO_DB_QUERY"
YES = ("1", "true", "yes", "on")
RECORDS: tuple[GateKind, ...] = ("evidence", "upload")  # what tells of the gate
MAKEFILES: Mapping[str, tuple[str, ...]] = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "tox": ("tox.ini", "pyproject.toml"),
    "nox": ("noxfile.py",),
    "npm": ("package.json",),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
}
OUR_ACTION = "outbox-guard/outbox-guard"
# What whoever writes a change may put there himself.
_AUTHORS = re.compile(
    r"github\.event\.(?:pull_request\.(?:labels|title|body)|head_commit\.message|commits)\b"
)


@dataclass(frozen=True, slots=True)
class Softening:
    place: Place
    reason: str


def softenings(
    step: Step, kind: GateKind, steps: Sequence[Step], events: Sequence[str], project: Project
) -> Iterator[Softening]:
    """All that keeps a step of the gate from stopping a change."""
    yield from _lenient(step, steps, events)
    yield from _skipped(step, kind, events)
    script = step.table.scalar("run")
    of_shell = shell(step.shell)
    if script is not None and of_shell is not None:
        yield from _in_script(step, kind, script, of_shell, project)
    elif kind == "guardrails" and script is None:
        yield from _unenforced_action(step)


def _lenient(step: Step, steps: Sequence[Step], events: Sequence[str]) -> Iterator[Softening]:
    """`continue-on-error`, unless a later step looks at what came of it."""
    for said in step.leniences:
        always = all(_is_true(said.scope.value(said.text, Moment(event=e))) for e in events)
        if said.place and always and not _made_good(step, steps):
            yield Softening(said.place, "`continue-on-error` lets its failure pass")


def _is_true(value: Value) -> bool:
    """`true` as YAML and as expressions know it; any other text is refused by GitHub."""
    return not isinstance(value, Unknown) and as_text(value).lower() == "true"


def _made_good(step: Step, steps: Sequence[Step]) -> bool:
    """Whether a later step fails where this one has failed."""
    name = step.table.text("id").lower()
    if not name:
        return False
    asked = ("steps", name, "outcome")
    for later in steps:
        condition = later.conditions[-1]
        looks = any(asked in accesses(tree) for tree in trees_of(condition.text))
        of_shell = shell(later.shell)
        if later.address > step.address and looks and of_shell:
            return fails(later.table.text("run"), of_shell)
    return False


def _skipped(step: Step, kind: GateKind, events: Sequence[str]) -> Iterator[Softening]:
    for said in step.conditions:
        if said.place is None:
            continue
        if reason := _why_skipped(said, kind, events):
            yield Softening(said.place, reason)


def _why_skipped(said: Said, kind: GateKind, events: Sequence[str]) -> str:
    """A record has rules of its own for what is to be after a failure."""
    failures = (False, True) if kind in RECORDS else (False,)
    for event in events:
        if all(said.scope.holds(said.text, Moment(failed, event)) is False for failed in failures):
            where = f" for {event}" if event else ""
            after = "" if kind in RECORDS else " while nothing has failed"
            return f"its `if` is never true{where}{after}"
    if kind in RECORDS:
        return ""
    for tree in trees_of(said.text):
        for parts in accesses(tree):
            if _AUTHORS.match(name := ".".join(parts)):
                return f"its `if` asks {name}, which the author of a change decides"
    return ""


def _in_script(
    step: Step, kind: GateKind, script: Scalar, of_shell: Shell, project: Project
) -> Iterator[Softening]:
    said = commands(step)
    if said and all(command.does_nothing for command in said):
        yield Softening(step.place, "it only prints, and runs nothing")
        return
    results = [
        (command, result)
        for command in deciding(step, project.names.gate, kind)
        if (result := outcome(script.text, command.simple, of_shell, _environment(step)))
    ]
    found = [list(_of_command(step, kind, *each, script, project)) for each in results]
    # The same check may run twice, for another output: it is enough that one of them counts.
    if not (kind == "guardrails" and any(not softened for softened in found)):
        for softened in found:
            yield from softened


def _of_command(
    step: Step, kind: GateKind, command: Command, result: Outcome, script: Scalar, project: Project
) -> Iterator[Softening]:
    where = step.words(script, command.simple.start, command.simple.end)
    if not result.is_reached:
        yield Softening(where, f"`{command.text}` is never reached")
        return
    if not result.stopped:
        start, end = hiding(script.text, command.simple, result.options)
        words = " ".join(script.text[start:end].split())
        place = step.words(script, start, end)
        yield Softening(place, f"`{words}` makes nothing of its failure")
    if command.never_fails and kind not in RECORDS:
        yield Softening(where, "`--exit-zero` makes nothing of its failure")
    if kind == "guardrails" and not _enforces(command, result, project):
        yield Softening(step.place, f"neither {ENFORCING}=1 nor --enforce is there")


def _enforces(command: Command, result: Outcome, project: Project) -> bool:
    """Whether warnings fail it; a value that is not known may do so."""
    values = [ran.variables.get(ENFORCING, "") for ran in result.ran]
    if all(value is None or value.strip().lower() in YES for value in values):
        return True
    return "--enforce" in command.words or any(
        ENFORCING in text or "--enforce" in text for text in _run_files(command, project)
    )


def _run_files(command: Command, project: Project) -> Iterator[str]:
    """The texts of the project's own scripts that a command runs."""
    words = (literal(word.text) or "" for word in command.simple.words)
    for word in (*words, *MAKEFILES.get(command.words[0], ())):
        source = project.source(normpath(word)) if word else None
        if source is not None:
            yield source.text


def _environment(step: Step) -> dict[str, str | None]:
    """The variables of a step, None where a value is not known."""
    found: dict[str, str | None] = {}
    for name, bound in step.scope.env.items():
        value = bound.scope.value(bound.text, Moment())
        found[name] = None if isinstance(value, Unknown) else as_text(value)
    return found


def _unenforced_action(step: Step) -> Iterator[Softening]:
    """Our own action enforces unless it is told not to; of another's nothing is known."""
    if step.holds or step.table.text("uses").partition("@")[0].lower() != OUR_ACTION:
        return
    given = step.table.table("with").text("enforce")
    value = step.scope.value(given, Moment()) if given else True
    if not isinstance(value, Unknown) and as_text(value) != "true":
        yield Softening(step.place, f"`enforce: {given}` is not {ENFORCING}=1")
