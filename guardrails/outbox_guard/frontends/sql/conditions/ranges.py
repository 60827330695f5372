"""Membership in a range of numbers, as comparisons with its bounds."""

from __future__ import annotations

import re

from outbox_guard.frontends.sql.conditions.comparing import compared, joined
from outbox_guard.truth.formulas import NULL, Formula

_TYPES = ("int4range", "int8range", "numrange")
_BOUNDS = {"[)", "[]", "()", "(]"}
_WRITTEN = re.compile(
    r"\s*(?P<opens>[\[(])\s*(?P<low>[+-]?\d*)\s*,\s*(?P<high>[+-]?\d*)\s*(?P<closes>[\])])\s*"
)


def in_range(member: Formula, range_: Formula) -> Formula | None:
    """`n <@ int4range(0, 20, '[]')`; None where it is no such range, or has unknown bounds."""
    match range_:
        case Formula(op="text", value=text):
            return _in_written(member, text)
        case Formula(op="unknown", parts=(low, high), value=name) if name in _TYPES:
            return _between(member, low, high, "[)")
        case Formula(op="unknown", parts=(low, high, Formula(op="text", value=bounds)), value=name):
            known = name in _TYPES and bounds in _BOUNDS
            return _between(member, low, high, bounds) if known else None
    return None


def _in_written(member: Formula, text: str) -> Formula | None:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    low, high = (_number(found[name]) for name in ("low", "high"))
    return _between(member, low, high, found["opens"] + found["closes"])


def _number(text: str) -> Formula:
    return Formula("number", value=str(int(text))) if text.strip("+-") else NULL


def _between(member: Formula, low: Formula, high: Formula, bounds: str) -> Formula:
    """A bound that is NULL is none; NULL is in no range, and not outside either."""
    sides = ((low, ">=" if bounds[0] == "[" else ">"), (high, "<=" if bounds[1] == "]" else "<"))
    tests = [compared(operator, member, bound) for bound, operator in sides if bound != NULL]
    return joined("and", tests or [compared("=", member, member)])
