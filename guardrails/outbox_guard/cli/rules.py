"""`outbox-guard rules`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import OK
from outbox_guard.cli.terminal import say
from outbox_guard.project import set_up


def run(arguments: Arguments) -> int:
    setup = set_up(loaded(arguments))
    for rule in setup.rules:
        state = rule.severity["default"] if rule.code in setup.selection else "off"
        say(f"{rule.code}  {state:<7}  {rule.name:<22}  {rule.summary}")
    return OK
