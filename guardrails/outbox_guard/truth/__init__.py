"""Which rows a condition admits, under SQL's three-valued logic.

`formulas` are conditions as data; `evaluation` computes all that one may come to for rows of which
not everything is known; `domains` picks the values that tell its cases apart; `search` looks for
a row that conditions let pass.
"""

from __future__ import annotations

from outbox_guard.truth.formulas import (
    Formula,
    column,
    formula_of,
    negated,
    renamed,
    text_of,
    with_columns,
)
from outbox_guard.truth.search import Column, Found, Kind, passing_row
from outbox_guard.truth.values import NOTHING, SOMETHING, Values

__all__ = [
    "NOTHING",
    "SOMETHING",
    "Column",
    "Formula",
    "Found",
    "Kind",
    "Values",
    "column",
    "formula_of",
    "negated",
    "passing_row",
    "renamed",
    "text_of",
    "with_columns",
]
