"""Rules in a terminal: nothing is wider than it, words stand below words, and it says it all."""

from __future__ import annotations

import pytest

from outbox_guard.cli.pages import listing, page
from outbox_guard.cli.progress import Bar
from outbox_guard.names import Names
from outbox_guard.rules import Rule, builtin_files, load_rules

RULES = load_rules(builtin_files(), Names())


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_page_fits_and_leaves_nothing_out(rule: Rule, width: int) -> None:
    text = page(rule, width=width, color=False)
    prose, _, examples = text.partition("  found in ")
    assert all(len(line) <= min(width, 100) for line in prose.splitlines())
    words = set(prose.split())
    assert words >= {word for each in (rule.why, rule.fix, *rule.notes) for word in each.split()}
    code = {line.strip() for case in (rule.bad[0], rule.good[0]) for line in case.code.splitlines()}
    assert {line.strip() for line in examples.splitlines()} >= code


def test_a_page_without_colour_has_no_escape_sequence() -> None:
    assert "\x1b" not in page(RULES[0], width=80, color=False)
    assert "\x1b[1;31m" in page(RULES[0], width=80, color=True)


@pytest.mark.parametrize("width", [80, 200])
def test_the_summaries_of_a_list_stand_below_each_other(width: int) -> None:
    text = listing([(rule, rule.severity["default"]) for rule in RULES], width=width, color=False)
    lines = text.splitlines()
    start = lines[0].index(RULES[0].summary.split()[0], len(RULES[0].code) + 2 + 7)
    assert all(len(line) <= width for line in lines)
    assert all(line[start - 1] == " " and line[start] != " " for line in lines)
    heads = [line for line in lines if line[0] != " "]
    assert [line.split()[0] for line in heads] == [rule.code for rule in RULES]


def test_a_bar_counts_the_files_of_all_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    class Seen:
        def __init__(self, *_: object) -> None: ...

        def update(self, done: int, total: int) -> None:
            seen.append((done, total))

    monkeypatch.setattr("outbox_guard.cli.progress.Task", Seen)
    monkeypatch.setattr("outbox_guard.cli.progress.is_wanted", lambda: True)
    monkeypatch.setattr("outbox_guard.cli.progress.PATIENCE", 0.0)
    with Bar() as bar:
        for done, total in ((1, 2), (2, 2), (1, 1), (0, 5), (5, 5)):
            bar(done, total)
    assert seen == [(1, 2), (2, 2), (3, 3), (3, 8), (8, 8)]
