"""No word of a rule is there for nothing: without it, an example comes out differently."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from outbox_guard.checking import judge, read
from outbox_guard.facts import Fact
from outbox_guard.rules import Example
from outbox_guard.selftest import found_lines, texts_of
from outbox_guard.trees import Tree
from tests.support.examples import TABLES, examples, judgement_of

Keys = tuple[str | int, ...]  # that lead to a clause

PARTS = ("finds", "when", "unless")
SUBJECT = "fact"  # what the other clauses are about, and none itself


def clauses(value: Any, keys: Keys) -> Iterator[Keys]:
    """Where a table asks for a field, or a list has one member of several."""
    match value:
        case dict():
            for key in [each for each in value if each != SUBJECT]:
                yield (*keys, key)
                yield from members(value[key], (*keys, key))
        case list():
            for number, table in enumerate(value):
                if len(value) > 1:
                    yield (*keys, number)
                yield from clauses(table, (*keys, number))


def members(spec: Any, keys: Keys) -> Iterator[Keys]:
    """What a field may be, one by one; an operator is none of it, it goes with its field."""
    match spec:
        case dict():
            for operator, inner in spec.items():
                yield from members(inner, (*keys, operator))
        case list() if len(spec) > 1:
            for number, inner in enumerate(spec):
                yield (*keys, number)
                yield from members(inner, (*keys, number))


def without(table: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """A rule's table without one clause."""
    mutant = copy.deepcopy(dict(table))
    holder: Any = mutant
    for key in keys[:-1]:
        holder = holder[key]
    del holder[keys[-1]]
    return mutant


def mutants() -> Iterator[Any]:
    for name, table in TABLES.items():
        for part in PARTS:
            for keys in clauses(table.get(part, []), (part,)):
                clause = ".".join(map(str, keys))
                yield pytest.param(table["code"], without(table, keys), id=f"{name}: {clause}")


def outcome(table: Mapping[str, Any]) -> list[frozenset[int]]:
    """The lines that the rule finds in each of its examples; all other rules run as they are."""
    code = table["code"]
    found: list[frozenset[int]] = []
    for example, tree, facts in read_examples(code):
        rules = dataclasses.replace(judgement_of(example, table), enforced=False)
        report = judge(facts, tree, rules, reported=tree.paths)
        found.append(found_lines(report, code, example.path))
    return found


@cache
def read_examples(code: str) -> list[tuple[Example, Tree, tuple[Fact, ...]]]:
    mine = (example for rule, _, example in examples() if rule.code == code)
    return [(example, *read_example(example)) for example in mine]


def read_example(example: Example) -> tuple[Tree, tuple[Fact, ...]]:
    tree = Tree.of(texts_of(example), judgement_of(example).names)
    return tree, tuple(fact for path in sorted(tree.paths) for fact in read(path, tree))


@cache
def whole_outcome(code: str) -> list[frozenset[int]]:
    return outcome(next(table for table in TABLES.values() if table["code"] == code))


@pytest.mark.parametrize(("code", "mutant"), list(mutants()))
def test_a_clause_that_goes_is_missed(code: str, mutant: dict[str, Any]) -> None:
    same = "no example notices that this clause is gone: add one that needs it, or leave it out"
    assert outcome(mutant) != whole_outcome(code), same
