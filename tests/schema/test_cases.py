"""A schema that is wrong in one way is found by its rule at its line; its harmless twin is not."""

from __future__ import annotations

from functools import cache

import pytest

from outbox_guard.checking import judge, read
from outbox_guard.facts import Fact
from outbox_guard.names import Names
from outbox_guard.trees import Tree
from tests.support.examples import RULES, judgement
from tests.support.schemas import Case, Texts, base, cases

every_case = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)


@cache
def facts_of(path: str, text: str) -> tuple[Fact, ...]:
    """Most files are the same in all cases."""
    return read(path, Tree.of({path: text}, Names()))


def found(texts: Texts) -> tuple[str, ...]:
    facts = [fact for path, text in sorted(texts.items()) for fact in facts_of(path, text)]
    tree = Tree.of(texts, Names())
    report = judge(facts, tree, judgement(*RULES), reported=tree.paths)
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
