"""A rule's examples on a server: the paired proofs fail for the bad ones, and hold for the good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.server import Server, embedded
from outbox_guard.names import Names
from outbox_guard.rules import Example, builtin_files, load_rules
from tests.support.provable import PROOFS, run_proofs, write
from tests.support.rule_projects import ABOUT, made_whole


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for these tests alone: their schemas change roles, which belong to a whole server."""
    with embedded(wanted_version=17) as running:
        yield running


PAIRS: Mapping[str, tuple[str, ...]] = {
    "OBG402": ("attempt-count",),
    "OBG403": ("lease-consistency",),
    "OBG407": ("terminal-uniqueness",),
    "OBG408": ("append-only",),
    "OBG409": ("lease-loss", "completion-of-one"),
    "OBG410": ("repair",),
    "OBG411": ("claim-leases", "claim-race"),
    "OBG412": ("search-path",),
    "OBG501": ("forbidden-privileges",),
    "OBG502": ("public-functions",),
}
# What keeps an example from a server, or from the proofs; the examples themselves are right.
APART: Mapping[str, str] = {
    "OBG407 good 2": "operator does not exist: outbox_attempt_state <> text",
    "OBG407 good 3": "no SQL file is in the schema",
    "OBG408 good 4": "no SQL file is in the schema",
    "OBG409 bad 2": "what p_sent takes is not known",
    "OBG409 good 2": "is not a function",
    "OBG409 good 4": "makes no function complete_outbox_attempt",
    "OBG410 good 2": "what p_grace takes is not known",
    "OBG410 good 3": "it returns no column outbox_id",
    "OBG412 bad 2": "is not a function",
    "OBG412 good 2": 'relation "billing.invoices" does not exist',
    "OBG412 good 3": "no SQL file is in the schema",
    "OBG502 bad 1": r"function enqueue\(jsonb, unknown\) does not exist",
    "OBG502 bad 2": r"function queue_depth\(text\) does not exist",
    "OBG502 good 1": "cannot change name of input parameter",
}
# The example's claim would have to set a column that the example project's does not know.
OF_ANOTHER_MAKE = ("OBG403 good 3",)


class Case(NamedTuple):
    code: str
    example: Example
    is_bad: bool
    name: str


def cases() -> Iterator[Case]:
    for rule in load_rules(builtin_files(), Names()):
        for kind, examples in (("bad", rule.bad), ("good", rule.good)):
            for number, example in enumerate(examples, 1):
                if rule.code in PAIRS:
                    yield Case(rule.code, example, kind == "bad", f"{rule.code} {kind} {number}")


CASES = list(cases())


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name not in OF_ANOTHER_MAKE], ids=lambda case: case.name
)
def test_the_static_verdict_is_the_live_one(server: Server, tmp_path: Path, case: Case) -> None:
    root = write(tmp_path, made_whole(case.code, case.example))
    proofs = [PROOFS[name] for name in PAIRS[case.code]]
    if case.name in APART:
        with pytest.raises(LiveError, match=APART[case.name]):
            run_proofs(root, server, *proofs)
        return
    run = run_proofs(root, server, *proofs)
    assert bool(run.of("failed")) == case.is_bad, [each.failures for each in run.results]


def test_every_pair_is_complete() -> None:
    assert PAIRS.keys() == ABOUT.keys()
    assert {case.name for case in CASES} >= {*APART, *OF_ANOTHER_MAKE}
    for code, names in PAIRS.items():
        assert all(code in PROOFS[name].rules for name in names), code
