"""Rules in a terminal: nothing is wider than it, words stand below words, and it says it all."""

from __future__ import annotations

import pytest

from outbox_guard.cli import main
from outbox_guard.cli.commands import COMMANDS
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


@pytest.mark.parametrize("width", [44, 70])
def test_where_a_list_has_no_room_the_summaries_stand_under_the_names(width: int) -> None:
    text = listing([(rule, rule.severity["default"]) for rule in RULES], width=width, color=False)
    assert all(len(line) <= width and line == line.rstrip() for line in text.splitlines())
    words = [word for rule in RULES for word in rule.summary.split()]
    assert [word for line in text.splitlines() if line[0] == " " for word in line.split()] == words


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_as_wide_as_the_terminal_and_no_wider_than_is_read_well(
    command: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out.partition("\n\n")[
        2
    ]  # without its usage: a choice cannot be broken
    assert all(len(line) <= min(width, 100) for line in text.splitlines())
    for paragraph in (COMMANDS[command].epilog or "").split("\n\n"):
        assert " ".join(paragraph.split()) in " ".join(text.split())


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
