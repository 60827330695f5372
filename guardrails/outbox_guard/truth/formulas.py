"""Conditions as data: what a frontend makes of an expression of SQL.

A formula is an operation on further formulas. As a text it is JSON, so that facts can carry it.

    column, text, number            a leaf, with its `value`
    true, false, null
    and, or, not                    of any number of parts
    is_null, is_true                never NULL themselves
    =, <>, <, <=, >, >=, distinct   of two parts
    +, -, *, /, %                   of two parts
    case                            condition, result, condition, result, …, result
    coalesce, nullif, greatest, least
    nulls                           how many of the parts are NULL
    cast                            to the family of types in `value`
    strict, partial, total, unknown what only its name and its arguments are known of
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# NULL for a NULL argument and otherwise a value; or perhaps NULL all the same; never NULL;
# and what may come to anything, the same for the same row or not.
TERMS = ("strict", "partial", "total", "unknown")
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "distinct")
ARITHMETIC = ("+", "-", "*", "/", "%")


@dataclass(frozen=True, slots=True)
class Formula:
    """An operator and its parts; a value or a name has none."""

    op: str
    parts: tuple[Formula, ...] = ()
    value: str = ""

    def __str__(self) -> str:
        return text_of(self)

    def walk(self) -> Iterator[Formula]:
        yield self
        for part in self.parts:
            yield from part.walk()


TRUE, FALSE, NULL = Formula("true"), Formula("false"), Formula("null")


def column(name: str) -> Formula:
    return Formula("column", value=name)


def number(value: int) -> Formula:
    return Formula("number", value=str(value))


def negated(formula: Formula) -> Formula:
    return Formula("not", (formula,))


def text_of(formula: Formula) -> str:
    return json.dumps(_plain(formula), ensure_ascii=False, separators=(",", ":"))


def _plain(formula: Formula) -> list[object]:
    return [formula.op, formula.value, *map(_plain, formula.parts)]


def formula_of(text: str) -> Formula:
    """The formula that `text_of` wrote."""
    return _built(json.loads(text))


def _built(plain: list[Any]) -> Formula:
    op, value, *parts = plain
    return Formula(op, tuple(map(_built, parts)), value)


def renamed(formula: Formula, old: str, new: str) -> Formula:
    """The formula after a column got another name."""
    return with_columns(formula, {old: column(new)})


def with_columns(formula: Formula, meant: Mapping[str, Formula]) -> Formula:
    """The formula with what these columns stand for in their place."""
    if formula.op == "column" and formula.value in meant:
        return meant[formula.value]
    parts = tuple(with_columns(part, meant) for part in formula.parts)
    return Formula(formula.op, parts, formula.value)
