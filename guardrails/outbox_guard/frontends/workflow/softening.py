"""Why a step may find something and yet stop nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from outbox_guard.facts import GateKind
from outbox_guard.frontends.workflow import powershell
from outbox_guard.frontends.workflow.documents import Scalar
from outbox_guard.frontends.workflow.evaluation import Unknown, Value, as_text
from outbox_guard.frontends.workflow.expressions import accesses
from outbox_guard.frontends.workflow.judging import (
    ENFORCING,
    NOT_ENFORCED,
    RECORDS,
    YES,
    Judge,
    Run,
    Softening,
    Unfollowed,
    Verdict,
    by_option,
)
from outbox_guard.frontends.workflow.powershell import Statement, Way, verdict, ways
from outbox_guard.frontends.workflow.recognition import deciding, mentions
from outbox_guard.frontends.workflow.scopes import Moment, trees_of
from outbox_guard.frontends.workflow.scripts import Command, Shell, fails, shell, spoken
from outbox_guard.frontends.workflow.steps import Said, Step
from outbox_guard.sources import Project

OUR_ACTION = "outbox-guard/outbox-guard"
# What whoever writes a change may put there himself.
_AUTHORS = re.compile(
    r"github\.(?:head_ref|event\.(?:pull_request\.(?:labels|title|body|head\.(?:ref|label))"
    r"|head_commit\.message|commits))\b"
)


def verdicts(
    step: Step, kind: GateKind, steps: Sequence[Step], events: Sequence[str], project: Project
) -> Iterator[Verdict]:
    """All that keeps a step of the gate from stopping a change."""
    yield from _lenient(step, steps, events)
    yield from _skipped(step, kind, events)
    script = step.table.scalar("run")
    of_shell = shell(step.shell)
    if script is not None and of_shell is not None:
        yield from _in_script(step, kind, script, of_shell, events, project)
    elif script is not None and step.shell in powershell.SHELLS:
        yield from _in_powershell(step, kind, script, events, project)
    elif script is not None:
        yield Unfollowed(step.place, f"scripts of its shell, {step.shell}, are not followed")
    elif kind == "guardrails":
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
    known = all(said.scope.holds(said.text, Moment(event=event)) for event in events)
    if kind in RECORDS or known:
        return ""
    for tree in trees_of(said.text):
        for parts in accesses(tree):
            if _AUTHORS.match(name := ".".join(parts)):
                return f"its `if` asks {name}, which the author of a change decides"
    return ""


def _in_script(
    step: Step,
    kind: GateKind,
    script: Scalar,
    of_shell: Shell,
    events: Sequence[str],
    project: Project,
) -> Iterator[Verdict]:
    """At each event, if the variables differ."""
    judge = Judge(kind, step.place, project)
    found: dict[Verdict, None] = {}
    for event, environment in _environments(step, events):
        run = Run(
            text=script.text,
            shell=of_shell,
            environment=environment,
            folder=step.table.text("working-directory"),
            where=lambda start, end: step.words(script, start, end),
            filled=_filled(step, event),
        )
        found |= dict.fromkeys(judge.verdicts([run]))
    yield from found


def _in_powershell(
    step: Step, kind: GateKind, script: Scalar, events: Sequence[str], project: Project
) -> Iterator[Verdict]:
    told = list(ways(script.text))
    for block in (way.statement for way in told if way.statement.is_block):
        if mentions(block.text, project.names.gate, kind):
            where = step.words(script, block.start, block.end)
            yield Unfollowed(where, "what stands in a block of PowerShell is not followed")
            return
    said = [(way, command) for way in told for command in spoken(way.statement.command)]
    matter = deciding([command for _, command in said], project.names.gate, kind)
    found = [
        list(_of_way(step, kind, script, way, command, events))
        for way, command in said
        if any(command is each for each in matter)
    ]
    # The same check may run twice, for another output: it is enough that one of them counts.
    if not (kind == "guardrails" and any(not softened for softened in found)):
        for softened in found:
            yield from softened


def _of_way(
    step: Step, kind: GateKind, script: Scalar, way: Way, command: Command, events: Sequence[str]
) -> Iterator[Verdict]:
    """What keeps one command of PowerShell from stopping a change."""
    hiding = verdict(way)
    if hiding == "unknown":
        where = step.words(script, way.statement.start, way.statement.end)
        yield Unfollowed(where, "what comes after it in PowerShell is not followed")
    if isinstance(hiding, Statement):
        where = step.words(script, hiding.start, hiding.end)
        words = " ".join(hiding.text.split())
        yield Softening(where, f"`{words}` makes nothing of its failure")
    yield from by_option(kind, command, step.words(script, way.statement.start, way.statement.end))
    if kind == "guardrails" and "--enforce" not in command.words:
        told = (
            {**each, **way.environment}.get(ENFORCING, "")
            for _, each in _environments(step, events)
        )
        if not all(value is None or value.strip().lower() in YES for value in told):
            yield Softening(step.place, NOT_ENFORCED)


def _environments(step: Step, events: Sequence[str]) -> list[tuple[str, dict[str, str | None]]]:
    """The variables at each event, once where they are the same."""
    environments: list[tuple[str, dict[str, str | None]]] = []
    for event in events:
        environment = _environment(step, event)
        if all(environment != known for _, known in environments):
            environments.append((event, environment))
    return environments


def _filled(step: Step, event: str) -> Callable[[str], str | None]:
    def text(words: str) -> str | None:
        value = step.scope.value(words, Moment(event=event))
        return None if isinstance(value, Unknown) else as_text(value)

    return text


def _environment(step: Step, event: str) -> dict[str, str | None]:
    """The variables of a step, None where a value is not known."""
    found: dict[str, str | None] = {}
    for name, bound in step.scope.env.items():
        value = bound.scope.value(bound.text, Moment(event=event))
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
