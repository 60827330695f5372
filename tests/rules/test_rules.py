"""A rule finds the marked lines of its examples, nothing else, and no other rule does."""

from __future__ import annotations

import pytest

from outbox_guard.rules import Example, Rule
from outbox_guard.selftest import found_lines, marked_lines
from tests.support.examples import RULES, check_example, examples

ENOUGH = 3  # examples of each kind


@pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(rule, example, id=name) for rule, name, example in examples()],
)
def test_exactly_what_is_marked_is_found(rule: Rule, example: Example) -> None:
    report = check_example(example)
    said = [f"{f.place.path}:{f.place.line} {f.code} {f.message}" for f in report]
    assert found_lines(report, rule.code, example.path) == marked_lines(example.code), said
    assert {finding.code for finding in report} - {rule.code} == set(example.also), said


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_shows_enough_of_what_it_finds_and_of_what_it_leaves(rule: Rule) -> None:
    assert len(rule.bad) >= ENOUGH
    assert len(rule.good) >= ENOUGH
    assert all(marked_lines(example.code) for example in rule.bad)
    assert not any(marked_lines(example.code) for example in rule.good)
