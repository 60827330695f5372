"""`outbox-guard baseline`."""

from __future__ import annotations

from outbox_guard.baseline import Update, render_baseline, update
from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import say, write_file
from outbox_guard.config import Loaded
from outbox_guard.errors import UsageError
from outbox_guard.intake import Request
from outbox_guard.project import existing_baseline, set_up
from outbox_guard.project import run as run_on


def run(arguments: Arguments) -> int:
    setup = set_up(loaded(arguments))
    known = existing_baseline(setup.loaded, required=False)
    with Bar() as bar:
        report = run_on(setup, Request(), baselined=False, inside=False, progress=bar)
    change = update(known, report.findings, accept_new=arguments.accept_new)
    _write(change, setup.loaded)
    _tell(change, setup.loaded)
    return FOUND if change.refused else OK


def _write(change: Update, project: Loaded) -> None:
    try:
        write_file(render_baseline(change.baseline), project.baseline)
    except OSError as error:
        says = f"cannot be written: {error.strerror or error}"
        raise UsageError(f"{project.baseline_path}: {says}") from error


def _tell(change: Update, project: Loaded) -> None:
    total = sum(entry.count for entry in change.baseline.entries)
    changed = f"{len(change.added)} added, {change.removed} gone"
    say(f"{project.baseline_path}: {total} known findings ({changed})")
    for finding in change.refused:
        place = f"{finding.place.path}:{finding.place.line}:{finding.place.column}"
        say(f"not taken in: {place} {finding.code} {finding.message}")
    if change.refused:
        say("A baseline only shrinks; mend these, or take them in with --accept-new.")
