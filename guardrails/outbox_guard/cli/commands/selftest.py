"""`outbox-guard selftest`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import say
from outbox_guard.project import set_up
from outbox_guard.selftest import selftest


def run(arguments: Arguments) -> int:
    setup = set_up(loaded(arguments))
    faults = selftest(setup.judgement())
    for fault in faults:
        say(fault)
    examples = sum(len(rule.bad) + len(rule.good) for rule in setup.in_force)
    verdict = f"{len(faults)} failed" if faults else "every rule can fire"
    say(f"{len(setup.in_force)} rules, {examples} examples under this configuration: {verdict}")
    return FOUND if faults else OK
