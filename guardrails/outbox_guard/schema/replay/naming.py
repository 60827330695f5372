"""The names that PostgreSQL chooses for constraints and indexes that are given none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

from outbox_guard.facts import Check, Constraint, Index

_LONGEST = 63  # bytes of a name
_LABELS = {"primary key": "pkey", "unique": "key", "foreign key": "fkey", "exclude": "excl"}


def constraint_name(
    constraint: Constraint, columns: Collection[str], taken: Collection[str]
) -> str:
    """table_pkey, table_a_b_key, table_a_fkey, table_a_check"""
    table, label = constraint.table, _LABELS.get(constraint.kind, "check")
    match constraint.kind:
        case "primary key":
            middle = ""
        case "check":
            named = [name for name in constraint.columns if name in columns]
            middle = named[0] if len(named) == 1 else ""
        case _:
            middle = "_".join(constraint.columns)
    return _free(table, middle, label, taken)


def index_name(index: Index, columns: Collection[str], taken: Collection[str]) -> str:
    """table_a_b_idx; an expression is called by its function, or "expr"."""
    parts = (part if part in columns else _called(part) for part in index.columns)
    return _free(index.table, "_".join(parts), "idx", taken)


def _called(expression: str) -> str:
    name = expression.partition("(")[0].strip()
    return name.rpartition(".")[2] if name.replace("_", "a").replace(".", "a").isalnum() else "expr"


def _free(table: str, middle: str, label: str, taken: Collection[str]) -> str:
    first = _made(table, middle, label)
    if first not in taken:
        return first
    names = (_made(table, middle, f"{label}{number}") for number in count(1))
    return next(name for name in names if name not in taken)


def _made(table: str, middle: str, label: str) -> str:
    """Too long a name loses characters from the longer of its parts."""
    room = _LONGEST - len(label) - 1 - (len(middle) > 0)
    while len(table) + len(middle) > room:
        if len(table) > len(middle):
            table = table[:-1]
        else:
            middle = middle[:-1]
    return "_".join(part for part in (table, middle, label) if part)


def is_about(part: Check | Constraint | Index, column: str) -> bool:
    """Whether a constraint or an index goes when a column goes."""
    texts: Sequence[str] = (*part.columns, *_words(_condition(part)))
    return column in texts or any(column in _words(text) for text in texts)


def _condition(part: Constraint | Index) -> str:
    return part.predicate if isinstance(part, Index) else part.expression


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c in "_$" else " " for c in text).split()
