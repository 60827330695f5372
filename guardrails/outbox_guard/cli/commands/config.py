"""`outbox-guard config`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import OK
from outbox_guard.cli.terminal import say, write
from outbox_guard.config.editors import render_schema
from outbox_guard.config.rendering import render_config
from outbox_guard.project import set_up


def run(arguments: Arguments) -> int:
    if arguments.schema:
        write(render_schema(), exact=True)
    else:
        say(render_config(set_up(loaded(arguments)).loaded).rstrip())
    return OK
