"""How far a completion lets the count of attempts go: tried around every number that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.frontends.sql.behaviour.completing import LEASED
from outbox_guard.frontends.sql.behaviour.terms import is_number
from outbox_guard.frontends.sql.behaviour.worlds import Outcome, Trial, with_count
from outbox_guard.frontends.sql.lexer import lex

UNBOUNDED = -1
_BEYOND = 1_000_000  # more than anybody tries, or names
_AROUND = range(-3, 2)


@dataclass(frozen=True, slots=True)
class Reach:
    """The highest count that a retry leaves, or that it is not known."""

    highest: int = 0
    unknown: str = ""


def reach(trial: Trial, texts: Iterable[str]) -> Reach:
    """`texts` are the bodies in which the numbers stand that may bound the count."""
    highest = 0
    for count in [*_probes(texts), _BEYOND]:
        for outcome in trial.outcomes(with_count(LEASED, count)):
            left = _left(trial, outcome)
            if isinstance(left, str):
                return Reach(unknown=left)
            if left > count:
                if count == _BEYOND:
                    return Reach(UNBOUNDED)
                highest = max(highest, left)
    return Reach(highest)


def _left(trial: Trial, outcome: Outcome) -> int | str:
    """The count that a run leaves, 0 where it leaves none; why it is not known."""
    row = outcome.row
    if not outcome.acted or row is None:
        return 0
    value = outcome.knowledge.meant(row.get(trial.names.outbox.count_column))
    if not is_number(value):
        return "how far the count goes is worked out at run time"
    assert isinstance(value, (int, float))
    if outcome.doubts:
        return f"how far the count goes depends on {', '.join(outcome.doubts)}"
    return int(value)


def _probes(texts: Iterable[str]) -> list[int]:
    numbers = {0, 1}
    for text in texts:
        for number in _numbers(text):
            numbers.update(number + step for step in _AROUND)
    return sorted(number for number in numbers if 0 <= number < _BEYOND)


def _numbers(text: str) -> Iterator[int]:
    for token in lex(text):
        if token.kind == "number" and token.value.isdigit():
            yield int(token.value)
