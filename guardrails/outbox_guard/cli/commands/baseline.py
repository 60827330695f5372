"""`outbox-guard baseline`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from outbox_guard.baseline import Update, render_baseline, update
from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import say, write_file
from outbox_guard.config import Loaded
from outbox_guard.intake import Request
from outbox_guard.project import Setup, examine, existing_baseline, inside, set_up


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of the baseline of one project."""

    folder: str  # seen from the project that was meant, with a slash; "" is that itself
    project: Loaded
    update: Update


def run(arguments: Arguments) -> int:
    setup = set_up(loaded(arguments))
    with Bar() as bar:
        changes = list(_changes(setup, bar, accept_new=arguments.accept_new))
    for change in changes:
        _write(change)
        _tell(change)
    if not any(change.update.refused for change in changes):
        return OK
    say("A baseline only shrinks; mend these, or take them in with --accept-new.")
    return FOUND


def _changes(setup: Setup, bar: Bar, *, accept_new: bool, folder: str = "") -> Iterator[_Change]:
    """Of a project, and of those inside of it that have a configuration of their own."""
    judgement = setup.judgement(whole=True)
    taken, report = examine(setup, Request(), judgement, baselined=False, progress=bar)
    known = existing_baseline(setup.loaded, required=False)
    yield _Change(folder, setup.loaded, update(known, report.findings, accept_new=accept_new))
    for inner in taken.inner:
        at = f"{folder}{inner}/"
        yield from _changes(inside(setup, inner), bar, accept_new=accept_new, folder=at)


def _write(change: _Change) -> None:
    called = f"{change.folder}{change.project.baseline_path}"
    write_file(render_baseline(change.update.baseline), change.project.baseline, called=called)


def _tell(change: _Change) -> None:
    total = sum(entry.count for entry in change.update.baseline.entries)
    known = f"{total} known finding{'' if total == 1 else 's'}"
    counts = f"{len(change.update.added)} added, {change.update.removed} gone"
    say(f"{change.folder}{change.project.baseline_path}: {known} ({counts})")
    for finding in change.update.refused:
        place = f"{change.folder}{finding.place.path}:{finding.place.line}:{finding.place.column}"
        say(f"not taken in: {place} {finding.code} {finding.message}")
