"""`outbox-guard explain`: a page for the terminal, or Markdown for whatever else reads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import OK
from outbox_guard.cli.terminal import columns, is_terminal, say, write
from outbox_guard.errors import UsageError, did_you_mean
from outbox_guard.explain import explain
from outbox_guard.project import set_up
from outbox_guard.reporters.text import terminal_options
from outbox_guard.rules import Rule


def run(arguments: Arguments) -> int:
    rule = _rule(arguments.rule, set_up(loaded(arguments)).rules)
    if not is_terminal(sys.stdout):
        say(explain(rule).rstrip())
        return OK
    from outbox_guard.cli.pages import page

    shown = terminal_options(os.environ, is_terminal=True, columns=columns())
    write(page(rule, width=shown.width, color=shown.color))
    return OK


def _rule(wanted: str, rules: Sequence[Rule]) -> Rule:
    for rule in rules:
        if wanted.lower() in (rule.code.lower(), rule.name):
            return rule
    words = [word for rule in rules for word in (rule.code, rule.name)]
    hint = did_you_mean(wanted, words, otherwise="`outbox-guard rules` lists them")
    raise UsageError(f"no rule {wanted!r}; {hint}")
