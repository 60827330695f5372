"""`outbox-guard stats`."""

from __future__ import annotations

import os
import sys
from datetime import date
from functools import partial

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import OK
from outbox_guard.cli.terminal import columns, deliver, is_terminal
from outbox_guard.intake import Request
from outbox_guard.project import run as run_on
from outbox_guard.project import set_up, today
from outbox_guard.reporters.text import terminal_options
from outbox_guard.stats import render_json, render_text, tally
from outbox_guard.stats.ages import written


def run(arguments: Arguments) -> int:
    setup = set_up(loaded(arguments))
    with Bar() as bar:
        report = run_on(setup, Request(paths=tuple(arguments.paths)), progress=bar)
    day = date.fromisoformat(today(os.environ))
    counted = tally(report, partial(written, setup.loaded.root), day, depth=arguments.depth)
    if arguments.format == "json":
        deliver(render_json(counted), arguments.output, exact=True)
        return OK
    to_terminal = arguments.output is None and is_terminal(sys.stdout)
    shown = terminal_options(os.environ, is_terminal=to_terminal, columns=columns())
    text = render_text(counted, width=shown.width, color=shown.color)
    deliver(text, arguments.output, exact=False)
    return OK
