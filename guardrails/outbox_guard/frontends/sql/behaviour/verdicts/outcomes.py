"""What is wrong with a function, from what became of a payment in each of its states.

A fault counts where a run without a doubt shows it, or every run with one. Where it hangs on
something that is not known, it is a doubt and not a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from outbox_guard.frontends.sql.behaviour.verdicts.worlds import Outcome, Trial, World


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: its kind, in words, and where in the body."""

    kind: str
    said: str
    at: int = 0
    doubt: str = ""  # why it may be none


@dataclass(frozen=True, slots=True)
class Doubt:
    """A fault that may be none."""

    fault: Fault
    reasons: tuple[str, ...]


Verdict = Fault | Doubt
Told = tuple[Outcome, Fault]


def settled(outcomes: Iterable[Outcome], told: Iterable[Told]) -> Iterator[Verdict]:
    """The faults that some of the runs of one world show, each once."""
    doubtful = [id(outcome) for outcome in outcomes if outcome.doubts]
    by_kind: dict[str, list[Told]] = {}
    for outcome, fault in told:
        by_kind.setdefault(fault.kind, []).append((outcome, fault))
    for listed in by_kind.values():
        certain = [(outcome, fault) for outcome, fault in listed if not fault.doubt]
        sure = [fault for outcome, fault in certain if not outcome.doubts]
        shown_by = {id(outcome) for outcome, _ in certain}
        if sure:
            yield sure[0]
        elif certain and shown_by.issuperset(doubtful):
            yield certain[0][1]
        else:
            yield Doubt(listed[0][1], tuple(dict.fromkeys(_reasons(listed))))


def absent(outcomes: Iterable[Outcome], fault: Fault) -> Verdict:
    """The fault that no run does something; what is not known might have led to it."""
    reasons = dict.fromkeys(reason for outcome in outcomes for reason in outcome.doubts)
    return Doubt(fault, tuple(reasons)) if reasons else fault


def _reasons(listed: Iterable[Told]) -> Iterator[str]:
    for outcome, fault in listed:
        yield from outcome.doubts
        if fault.doubt:
            yield fault.doubt


def touches(
    trial: Trial, world: World, kind: str, said: str, beside: World | None = None
) -> Iterator[Verdict]:
    """The fault of doing anything at all to a payment in this state, alone or beside another."""
    for each in (world, replace(world, beside=beside)) if beside else (world,):
        outcomes = trial.outcomes(each)
        told = [
            (outcome, Fault(kind, said, outcome.place_of("changes", "removes", "appends")))
            for outcome in outcomes
            if outcome.acted
        ]
        yield from settled(outcomes, told)
