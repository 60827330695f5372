"""`selftest` shows that every rule can still fire under a configuration, in its own names."""

from __future__ import annotations

from outbox_guard.checking import Judgement
from outbox_guard.names import Boundary, Names, Outbox, Zones
from outbox_guard.rules import builtin_files, load_rules
from outbox_guard.selftest import selftest

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
