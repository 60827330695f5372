"""`outbox-guard drift`."""

from __future__ import annotations

import os
import sys

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import columns, deliver, is_terminal
from outbox_guard.errors import UsageError
from outbox_guard.live.drift import find_drift
from outbox_guard.live.reports import drift as reports
from outbox_guard.live.servers.stopping import interruptible
from outbox_guard.live.servers.targets import VARIABLES, find_target
from outbox_guard.reporters.text import terminal_options


def run(arguments: Arguments) -> int:
    project = loaded(arguments)
    target = find_target(arguments.url)
    if target is None:
        names = " or ".join(VARIABLES)
        raise UsageError(f"no database to compare with: give --url, or set {names}")
    with interruptible():
        drift = find_drift(project, target)
    if arguments.format == "json":
        deliver(reports.json(drift), arguments.output, exact=True)
    else:
        to_terminal = arguments.output is None and is_terminal(sys.stdout)
        shown = terminal_options(os.environ, is_terminal=to_terminal, columns=columns())
        text = reports.text(drift, width=shown.width if to_terminal else None, color=shown.color)
        deliver(text, arguments.output, exact=False)
    return FOUND if drift.differences else OK
