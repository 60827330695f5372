"""`outbox-guard rules`: in a terminal as wide as that, for a program a line each."""

from __future__ import annotations

import os
import sys

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import OK
from outbox_guard.cli.terminal import columns, is_terminal, say, write
from outbox_guard.project import set_up
from outbox_guard.reporters.text import terminal_options


def run(arguments: Arguments) -> int:
    setup = set_up(loaded(arguments))
    states = [
        (rule, rule.severity["default"] if rule.code in setup.selection else "off")
        for rule in setup.rules
    ]
    if is_terminal(sys.stdout):
        from outbox_guard.cli.pages import listing

        shown = terminal_options(os.environ, is_terminal=True, columns=columns())
        write(listing(states, width=shown.width, color=shown.color))
        return OK
    longest = max((len(rule.name) for rule, _ in states), default=0)
    for rule, state in states:
        say(f"{rule.code}  {state:<7}  {rule.name:<{longest}}  {rule.summary}")
    return OK
