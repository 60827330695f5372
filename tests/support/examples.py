"""The examples of the rules, as little projects that are checked in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from outbox_guard.checking import Judgement, check_sources
from outbox_guard.config import Loaded, load_text, settings
from outbox_guard.findings import Report
from outbox_guard.names import Names
from outbox_guard.rules import Example, Rule, build_rule, builtin_files, read_rule_file
from outbox_guard.selftest import texts_of

TABLES: Mapping[str, dict[str, Any]] = {path.stem: read_rule_file(path) for path in builtin_files()}
RULES = tuple(build_rule(table, Names(), file=name) for name, table in TABLES.items())


def judgement(*rules: Rule, enforced: bool = False) -> Judgement:
    """These rules, in the default configuration."""
    codes = tuple(rule.code for rule in RULES)
    return Judgement(names=Names(), rules=rules, codes=codes, enforced=enforced)


def judgement_of(example: Example, mutant: Mapping[str, Any] | None = None) -> Judgement:
    """All rules, in the example's own configuration; a mutant is in the place of one of them."""
    loaded = _loaded(example.config)
    names = loaded.config.names
    rules = _rules(example.config)
    if mutant is not None:
        changed = build_rule(mutant, names, file=mutant["code"])
        rules = tuple(changed if rule.code == changed.code else rule for rule in rules)
    return dataclasses.replace(
        judgement(*rules, enforced=example.enforced), names=names, settings=tuple(settings(loaded))
    )


@cache
def _loaded(config: str) -> Loaded:
    return load_text(config) if config else Loaded(Path())


@cache
def _rules(config: str) -> tuple[Rule, ...]:
    names = _loaded(config).config.names
    return tuple(build_rule(table, names, file=name) for name, table in TABLES.items())


def check_example(example: Example) -> Report:
    return check_sources(texts_of(example), judgement_of(example))


def examples() -> Iterator[tuple[Rule, str, Example]]:
    """Each example with its rule, and what to call it."""
    for rule in RULES:
        for verdict, group in (("bad", rule.bad), ("good", rule.good)):
            for number, example in enumerate(group, start=1):
                yield rule, f"{rule.code}-{verdict}-{number}", example
