"""`outbox-guard init`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import here
from outbox_guard.cli.statuses import OK
from outbox_guard.cli.terminal import say
from outbox_guard.errors import UsageError
from outbox_guard.init import initialise


def run(arguments: Arguments) -> int:
    root = arguments.root or here()
    if not root.is_dir():
        raise UsageError(f"--root {root}: there is no such folder")
    for line in initialise(root.resolve(), gate=arguments.gate):
        say(line)
    return OK
