"""A schema that is wrong in one way is found by its rule at its line; its harmless twin is not."""

from __future__ import annotations

import pytest
from examples import RULES, judgement
from schemas import Case, Texts, base, cases

from outbox_guard.checking import check_sources

every_case = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)


def found(texts: Texts) -> tuple[str, ...]:
    report = check_sources(texts, judgement(*RULES))
    return tuple(sorted(f"{f.code} {f.place.path}:{f.place.line}" for f in report))


def test_the_example_is_correct() -> None:
    assert found(base()) == ()


@every_case
def test_what_is_wrong_is_found_where_it_stands(case: Case) -> None:
    assert found(case.wrong) == case.found


@every_case
def test_the_harmless_variant_is_left_alone(case: Case) -> None:
    assert found(case.harmless) == ()


@every_case
def test_a_case_is_about_the_rule_that_it_is_named_after(case: Case) -> None:
    code = case.name.partition("-")[0]
    assert any(spot.startswith(code) for spot in case.found), case.what
