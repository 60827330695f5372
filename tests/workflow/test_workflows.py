"""A workflow that is wrong in one way is found there; what only looks like it is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from outbox_guard.rules import Example
from tests.support.examples import check_example
from tests.support.workflows import PATH, RIGHT, Case, Found, cases, marked

CASES = list(cases())
ENOUGH = 20
CHANGES = "  pull_request:\n  push:\n    branches: [main]\n"
AT_NIGHT = "  schedule:\n    - cron: '0 3 * * *'\n"

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def found(texts: Mapping[str, str]) -> Found:
    others = {path: text for path, text in texts.items() if path != PATH}
    report = check_example(Example(path=PATH, code=texts[PATH], files=others))
    return Counter(f"{f.code} {f.place.path}:{f.place.line}" for f in report)


def test_the_right_one_is_right() -> None:
    assert not found({PATH: RIGHT})


def test_there_are_enough() -> None:
    assert len(CASES) >= ENOUGH
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_gate_at_night_is_fine_beside_one_for_every_change() -> None:
    night = {PATH: RIGHT.replace(CHANGES, AT_NIGHT).replace("  gate:", "  gate:  # <-- OBG604")}
    assert found(night) == marked(night)
    assert not found({PATH: RIGHT, ".github/workflows/night.yml": night[PATH]})


@every_case
def test_what_is_wrong_is_found_where_it_stands(case: Case) -> None:
    texts = case.texts(case.wrong)
    assert found(texts) == marked(texts)
    assert marked(texts)


@every_case
def test_the_harmless_variant_is_left_alone(case: Case) -> None:
    assert not found(case.texts(case.harmless))
