"""Whether a completion needs the lease, gives it back on retry, and ends the payment else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.behaviour.evaluation.terms import ELSEWHERE, Opaque, Value
from outbox_guard.frontends.sql.behaviour.verdicts.outcomes import (
    Fault,
    Verdict,
    absent,
    settled,
    touches,
)
from outbox_guard.frontends.sql.behaviour.verdicts.worlds import (
    FAR_AHEAD,
    JUST_BEFORE,
    Outcome,
    Trial,
    World,
)

LEASED = World(expires=FAR_AHEAD)
_GONE = World(empty=True)
_LOST = (
    (
        World(expires=JUST_BEFORE),
        "expiry-unchecked",
        "accepts a lease that has expired",
        "the lease has expired",
    ),
    (
        World(),
        "lease-unchecked",
        "accepts a row that is not leased any more",
        "the lease was given back",
    ),
)
_NOT_RAISED = "lease-loss-unraised"


def judge(trial: Trial) -> Iterator[Verdict]:
    """What is wrong with a completion."""
    outcomes = trial.outcomes(LEASED)
    acting = [outcome for outcome in outcomes if outcome.acted]
    wrong = list(settled(outcomes, [(o, f) for o in acting for f in _wrong(trial, o)]))
    yield from wrong
    if not any(outcome.states() for outcome in acting):
        yield absent(outcomes, Fault("outcome-unrecorded", "appends no attempt"))
    lost = trial.names.lease_lost
    if not any(_kind(verdict) == "token-unchecked" for verdict in wrong):
        yield from _silent(outcomes, lost, "the token is another")
    for world, kind, said, when in _LOST:
        taken = list(touches(trial, world, kind, said))
        yield from taken or _silent(trial.outcomes(world), lost, when)
    yield from _silent(trial.outcomes(_GONE), lost, "the row is gone", any_error=True)


def _kind(verdict: Verdict) -> str:
    return verdict.kind if isinstance(verdict, Fault) else verdict.fault.kind


def _silent(
    outcomes: Sequence[Outcome], lost: str, when: str, *, any_error: bool = False
) -> Iterator[Verdict]:
    """A lost lease that does not end in `lost`, the error that the worker waits for."""
    looked = [outcome for outcome in outcomes if outcome.database.looked]
    said = f"does not raise {lost} when {when}"
    standing = [(o, Fault(_NOT_RAISED, said, o.at)) for o in looked if o.stood_by]
    yield from settled(outcomes, standing)
    raised = {o.sqlstate for o in looked if o.sqlstate}
    if not standing and not any_error and looked and lost not in raised:
        at = next((o.at for o in looked if o.sqlstate), 0)
        yield absent(outcomes, Fault(_NOT_RAISED, said, at))


def _wrong(trial: Trial, outcome: Outcome) -> Iterator[Fault]:
    """What is wrong with a run that the holder of the lease, or somebody else, got through."""
    if not trial.held_token(outcome):
        at = outcome.place_of("appends", "removes", "changes")
        yield Fault("token-unchecked", "does not check the lease token", at)
        return
    states = outcome.states()
    if not states and outcome.row is None:
        at = outcome.place_of("removes")
        yield Fault("outcome-unrecorded", "deletes the pending row and appends no attempt", at)
    for state in states:
        yield from _unfit(outcome, Recorded.of(trial, outcome, state))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recorded state may be, after all comparisons that the run has made."""

    terminal: tuple[str, ...]  # those of the terminal states
    retry: bool
    doubt: str = ""

    @classmethod
    def of(cls, trial: Trial, outcome: Outcome, state: Value) -> Recorded:
        terminal = trial.names.outbox.terminal_states
        if not isinstance(state, Opaque):
            known = isinstance(state, str) and state in terminal
            return cls((str(state),) if known else (), not known)
        possible = tuple(t for t in terminal if not outcome.knowledge.excludes(state, t))
        told_apart = [v for v in _excluded(outcome, state) if isinstance(v, str)]
        others = [v for v in told_apart if v not in terminal]
        # Once some other state is told apart, what is left is the terminal ones, if any are.
        doubt = state.name if state.doubtful else ""
        if possible and not others:
            doubt = doubt or _asked_for(outcome, state)
        return cls(possible, not others, doubt)


def _asked_for(outcome: Outcome, state: Opaque) -> str:
    """What was asked in the place of the state: another table, or a function of it."""
    known = outcome.knowledge
    compared = (value for pair in known.different for value in pair)
    asked = (value for value in (*known.same, *compared) if isinstance(value, Opaque))
    others = sorted(
        each.name for each in asked if each.row == ELSEWHERE or f"({state.name}" in each.name
    )
    return others[0] if others else ""


def _excluded(outcome: Outcome, state: Opaque) -> Iterator[Value]:
    for pair in outcome.knowledge.different:
        if state in pair:
            yield from pair - {state}


def _unfit(outcome: Outcome, recorded: Recorded) -> Iterator[Fault]:
    """A payment that does not fit what was recorded of it."""
    if outcome.row is None:
        if recorded.retry and not recorded.terminal:
            yield _fault(outcome, "row-dropped", "deletes the pending row on retry", recorded)
        elif recorded.retry:
            said = "deletes the pending row whatever the outcome is"
            yield _fault(outcome, "row-dropped", said, recorded)
        return
    if recorded.terminal:
        said = f"does not delete the pending row on {' or '.join(recorded.terminal)}"
        yield _fault(outcome, "row-kept", said, recorded)
    elif recorded.retry and (kept := outcome.kept()):
        yield _fault(outcome, "lease-kept", f"leaves {', '.join(kept)} set on retry", recorded)


def _fault(outcome: Outcome, kind: str, said: str, recorded: Recorded) -> Fault:
    return Fault(kind, said, outcome.place_of("removes", "changes", "appends"), recorded.doubt)
