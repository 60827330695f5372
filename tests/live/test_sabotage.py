"""No mistake in the schema is too small for a proof, and rules and proofs never disagree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from outbox_guard import check
from outbox_guard.live.servers.server import Server, embedded
from tests.support.provable import PROOFS, result_of, run_proofs, write
from tests.support.sabotage import INNOCENT, MISTAKES, Mutant

every_mistake = pytest.mark.parametrize("mutant", MISTAKES, ids=lambda mutant: mutant.says)
every_innocent = pytest.mark.parametrize("mutant", INNOCENT, ids=lambda mutant: mutant.says)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for these tests alone: their schemas change roles, which belong to a whole server."""
    with embedded(wanted_version=17) as running:
        yield running


def codes(root: Path) -> list[str]:
    return sorted({finding.code for finding in check(root)})


@every_mistake
def test_a_proof_catches_it(server: Server, tmp_path: Path, mutant: Mutant) -> None:
    root = write(tmp_path, mutant.project())
    assert result_of(root, server, mutant.proof).verdict == "failed"


@pytest.mark.slow
@every_mistake
def test_the_rules_say_what_the_page_says(tmp_path: Path, mutant: Mutant) -> None:
    assert codes(write(tmp_path, mutant.project())) == list(mutant.rules)


@every_innocent
def test_what_is_right_in_other_words_is_proved(
    server: Server, tmp_path: Path, mutant: Mutant
) -> None:
    root = write(tmp_path, mutant.project())
    run = run_proofs(root, server, *(PROOFS[name] for name in mutant.proofs))
    assert [each.failures for each in run.results] == [()] * len(mutant.proofs)


@pytest.mark.slow
@every_innocent
def test_what_is_right_in_other_words_is_not_reported(tmp_path: Path, mutant: Mutant) -> None:
    assert codes(write(tmp_path, mutant.project())) == []


def test_every_rule_about_the_schema_in_place_has_its_mistake() -> None:
    """OBG404 to OBG406 are about text and names: what they find, a server takes or refuses."""
    caught = {code for mutant in MISTAKES for code in mutant.rules}
    assert caught >= {f"OBG{number}" for number in (402, 403, *range(407, 413), 501, 502)}
