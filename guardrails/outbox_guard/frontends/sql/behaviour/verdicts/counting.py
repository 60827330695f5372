"""How far a completion lets the count of attempts go, one retry after the other.

What a body does to a count changes only around the numbers that it names. The retries are
followed from the first to where no further one counts; between two such numbers they are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from outbox_guard.frontends.sql.behaviour.evaluation.terms import is_number
from outbox_guard.frontends.sql.behaviour.verdicts.completing import LEASED
from outbox_guard.frontends.sql.behaviour.verdicts.worlds import Outcome, Trial
from outbox_guard.frontends.sql.lexing.lexer import lex

UNBOUNDED = -1
_LARGEST = 1_000_000  # that anybody would call a bound
_AROUND = range(-3, 2)


@dataclass(frozen=True, slots=True)
class Reach:
    """The highest count that a retry leaves, or why it is not known."""

    highest: int = 0
    unknown: str = ""


def reach(trial: Trial, texts: Iterable[str]) -> Reach:
    """`texts` are the bodies in which the numbers stand that may bound the count."""
    ahead = sorted({n + step for text in texts for n in _numbers(text) for step in _AROUND})
    count = 0
    while True:
        left = list(_left(trial, count))
        unknown = next((value for value in left if isinstance(value, str)), "")
        if unknown:
            return Reach(unknown=unknown)
        following = max((value for value in left if isinstance(value, int)), default=0)
        if following <= count:
            return Reach(count)
        if following > _LARGEST:
            return Reach(UNBOUNDED)
        count = next((number for number in ahead if number >= following), _LARGEST)


def _left(trial: Trial, count: int) -> Iterator[int | str]:
    """The counts that a retry may leave; why one is not known."""
    for outcome in trial.outcomes(replace(LEASED, count=count)):
        row = outcome.row
        if outcome.acted and row is not None:
            value = outcome.knowledge.meant(row.get(trial.names.outbox.count_column))
            yield int(value) if is_number(value) else _why(outcome)
            if outcome.doubts:
                yield _why(outcome)


def _why(outcome: Outcome) -> str:
    return ", ".join(outcome.doubts) or "what is worked out at run time"


def _numbers(text: str) -> Iterator[int]:
    for token in lex(text):
        if token.kind == "number" and token.value.isdigit() and int(token.value) < _LARGEST:
            yield int(token.value)
