"""The reckoned privileges are the ones that a server says there are."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from outbox_guard.live.servers.server import Server, embedded
from tests.support.rights import BEGINNING, Chance, Outcome, on_server, reckoned
from tests.support.schemas import Case, Texts, base, cases

SEEDS = range(60)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for these tests alone: roles belong to a whole server, and others make some, too."""
    with embedded(wanted_version=17) as running:
        yield running


every_case = pytest.mark.parametrize(
    "case", [case for case in cases() if case.name.startswith("OBG5")], ids=lambda case: case.name
)


def applied(server: Server, texts: Texts) -> Outcome:
    """All files in the order of their names; each of them has to go through."""
    files = [text for _, text in sorted(texts.items())]
    outcome = on_server(server, files)
    assert len(outcome.accepted) == len(files)
    return outcome


def agrees(server: Server, outcome: Outcome) -> None:
    assert reckoned(outcome.accepted, server.version) == outcome.rights


def test_of_the_example(server: Server) -> None:
    agrees(server, applied(server, base()))


@pytest.mark.slow
@every_case
def test_of_what_is_wrong(server: Server, case: Case) -> None:
    agrees(server, applied(server, case.wrong))


@pytest.mark.slow
@every_case
def test_of_the_harmless_variant(server: Server, case: Case) -> None:
    agrees(server, applied(server, case.harmless))


@pytest.mark.parametrize("seed", SEEDS)
def test_of_statements_at_random(server: Server, seed: int) -> None:
    chance = Chance(random.Random(seed), server.version)
    agrees(server, on_server(server, [*BEGINNING, *chance.statements(10 + seed % 25)]))
