"""`selftest` shows that every rule can still fire under a configuration, in its own names."""

from __future__ import annotations

import pytest

from outbox_guard.checking import Judgement
from outbox_guard.names import Boundary, Names, Outbox, Zones
from outbox_guard.rules import build_rule, builtin_files, load_rules
from outbox_guard.selftest import selftest
from tests.support.examples import TABLES

OTHER_NAMES = Names(
    outbox=Outbox(
        pending=("relay_queue_*",),
        attempts=("relay_log",),
        sequences=("relay_numbers",),
        state_column="status",
        forbidden_states=("SENDING",),
    ),
    zones=Zones(home=("app/storage/**",), schema=("db/migrations/**",), tests=("spec/**",)),
    boundary=Boundary(test_only=("app.storage.fakes",)),
    lease_lost="MA002",
)


def faults_under(names: Names) -> list[str]:
    rules = load_rules(builtin_files(), names)
    codes = tuple(rule.code for rule in rules)
    return selftest(Judgement(names=names, rules=rules, codes=codes))


def test_every_rule_fires_under_the_defaults() -> None:
    assert faults_under(Names()) == []


def test_every_rule_fires_under_other_names() -> None:
    assert faults_under(OTHER_NAMES) == []


def test_a_rule_whose_zone_covers_everything_can_no_longer_fire() -> None:
    everything_is_home = Names(zones=Zones(home=("**",), tests=(), scripts=(), schema=()))
    faults = faults_under(everything_is_home)
    assert any("OBG201" in fault and "can no longer fire" in fault for fault in faults)


MARKED = 'db.execute("DELETE FROM payment_outbox_attempts")  # <-- here'


@pytest.mark.parametrize(
    ("bad", "good", "says"),
    [
        (MARKED, "x = 1", []),
        (MARKED.removesuffix("# <-- here"), "x = 1", ["its bad example 1 marks no line with a"]),
        (
            f"\n{MARKED}\ny = 1  # <-- here",
            "",
            ["finds line 2 of its bad example 1, where line 2, 3"],
        ),
        ("x = 1  # <-- here", "", ["finds nothing of its bad example 1", "can no longer fire: no"]),
        (MARKED, MARKED, ["finds line 1 of its good example 1"]),
    ],
)
def test_authors_are_told_what_is_wrong_with_an_example(
    bad: str, good: str, says: list[str]
) -> None:
    examples = {"bad": {"path": "a.py", "code": bad}, "good": {"path": "a.py", "code": good}}
    table = {**TABLES["OBG104-attempts-mutation"], **examples}
    rule = build_rule(table, Names(), file="a.toml")
    faults = selftest(Judgement(names=Names(), rules=(rule,), codes=(rule.code,)))
    assert [fault.partition(said)[1] for fault, said in zip(faults, says, strict=True)] == says


def test_a_project_without_a_home_is_told_of_what_cannot_fire_there() -> None:
    nowhere_home = Names(zones=Zones(home=()))
    assert any("OBG206" in fault for fault in faults_under(nowhere_home))
