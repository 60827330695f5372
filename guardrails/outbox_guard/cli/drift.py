"""`outbox-guard drift`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import deliver
from outbox_guard.errors import UsageError
from outbox_guard.live.drift import find_drift
from outbox_guard.live.reports import drift as reports
from outbox_guard.live.stopping import interruptible
from outbox_guard.live.targets import VARIABLES, find_target


def run(arguments: Arguments) -> int:
    project = loaded(arguments)
    target = find_target(arguments.url)
    if target is None:
        names = " or ".join(VARIABLES)
        raise UsageError(f"no database to compare with: give --url, or set {names}")
    with interruptible():
        drift = find_drift(project, target)
    is_json = arguments.format == "json"
    deliver(
        reports.json(drift) if is_json else reports.text(drift), arguments.output, exact=is_json
    )
    return FOUND if drift.differences else OK
