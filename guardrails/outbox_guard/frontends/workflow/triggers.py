"""When a workflow runs, and which changes it would not look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from outbox_guard.frontends.workflow.documents import Node, Scalar, Table
from outbox_guard.frontends.workflow.judging import Softening
from outbox_guard.frontends.workflow.scopes import PULL_REQUESTS
from outbox_guard.frontends.workflow.steps import Step
from outbox_guard.sources import Project, Source

CHANGES = (*PULL_REQUESTS, "merge_group")
_OF_CHANGES = ("opened", "synchronize", "checks_requested")
CHECKOUT = "actions/checkout"
_GLOB = re.compile(r"\*\*/?|\*|\?|\+|\[[^\]]*\]|\\.|.", re.DOTALL)


def events(workflow: Table) -> tuple[str, ...]:
    """All that starts it."""
    value = workflow.get("on")
    if isinstance(value, Table):
        return tuple(value.entries)
    return tuple(item.text for item in workflow.items("on") if isinstance(item, Scalar))


def gating_events(workflow: Table) -> tuple[str, ...]:
    """The events at which a change is judged: those before it is merged, else a push."""
    all_ = events(workflow)
    found = tuple(event for event in CHANGES if event in all_)
    return found or (("push",) if "push" in all_ else ("",))


def judges(workflow: Table) -> bool:
    """Whether it runs for changes; who calls a workflow decides that for it."""
    all_ = events(workflow)
    table = workflow.table("on")
    push = table.table("push").entries
    of_tags = "tags" in push and "branches" not in push
    return any(
        (event in CHANGES and _is_of_changes(table.table(event)))
        or event == "workflow_call"
        or (event == "push" and not of_tags)
        for event in all_
    )


def _is_of_changes(event: Table) -> bool:
    """Whether it comes with a change, and not only when that is closed or labelled."""
    types = {item.text for item in event.items("types") if isinstance(item, Scalar)}
    return not types or not types.isdisjoint(_OF_CHANGES)


def unseen(
    source: Source, workflow: Table, steps: Sequence[Step], project: Project
) -> Iterator[Softening]:
    """Changes for which the gate does not run, or which it does not check out."""
    yield from _unseen_paths(source, workflow, project)
    checkouts = [step for step in steps if _action(step) == CHECKOUT]
    given = {key for step in checkouts for key in step.table.table("with").entries}
    of_base = gating_events(workflow) == ("pull_request_target",)
    if of_base and checkouts and not given & {"ref", "repository"}:
        reason = "for pull_request_target this is the branch that a change goes to, without it"
        yield Softening(checkouts[0].place, reason)


def _action(step: Step) -> str:
    return step.table.text("uses").partition("@")[0].lower()


def _unseen_paths(source: Source, workflow: Table, project: Project) -> Iterator[Softening]:
    for event in gating_events(workflow):
        table = workflow.table("on").table(event)
        for key in ("paths", "paths-ignore"):
            entry = table.entries.get(key)
            if entry is None:
                continue
            patterns = [each.text for each in table.items(key) if isinstance(each, Scalar)]
            skipped = (path for path in _guarded(project) if _skips(key, patterns, path))
            if path := next(skipped, None):
                place = source.place(entry.key.start, _end_of_line(source, entry.value))
                yield Softening(place, f"`{key}` skips it for a change of {path}")


def _end_of_line(source: Source, value: Node) -> int:
    """Where a value ends, or its first line does."""
    line, _, _ = source.text[value.start : value.end].partition("\n")
    return value.start + len(line.rstrip())


def _guarded(project: Project) -> Iterator[str]:
    """The files in which the guardrails may find something of weight."""
    for path in sorted(project.files()):
        if path.endswith((".py", ".sql")):
            zone = project.names.zones.of(path)
            if zone in ("schema", "home") or (zone != "tests" and project.tells(path)):
                yield path


def _skips(key: str, patterns: Sequence[str], path: str) -> bool:
    """Whether a change of this file alone starts nothing; the last pattern that fits decides."""
    fits = False
    for pattern in patterns:
        glob = _glob(pattern.removeprefix("!"))
        if glob is not None and glob.fullmatch(path):
            fits = not pattern.startswith("!")
    return fits is (key == "paths-ignore")


@cache
def _glob(pattern: str) -> re.Pattern[str] | None:
    """GitHub's own globs: `?` and `+` repeat what stands before them.

    None for what is no such glob, as `[z-a]` and `?a`: GitHub refuses it, so it fits nothing.
    """

    def translated(match: re.Match[str]) -> str:
        match match[0]:
            case "**/":
                return "(?:.*/)?"
            case "**":
                return ".*"
            case "*":
                return "[^/]*"
            case "?" | "+":
                return match[0]
            case text if text.startswith("["):
                return text
            case text:
                return re.escape(text[-1:])

    try:
        return re.compile(_GLOB.sub(translated, pattern))
    except re.error:
        return None
