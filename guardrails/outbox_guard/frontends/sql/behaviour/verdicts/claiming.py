"""Whether a claim leases the rows that are due and free, whole, and waits for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.sql.behaviour.verdicts.outcomes import (
    Fault,
    Told,
    Verdict,
    absent,
    settled,
    touches,
)
from outbox_guard.frontends.sql.behaviour.verdicts.worlds import (
    FAR_AHEAD,
    JUST_AFTER,
    LONG_AGO,
    Outcome,
    Trial,
    World,
)

_FREE = World(due=LONG_AGO)
_LEASED = (World(due=LONG_AGO, expires=JUST_AFTER), World(due=LONG_AGO, expires=FAR_AHEAD))
_NOT_DUE = World(due=JUST_AFTER)
_CONTENDED = World(due=LONG_AGO, contended=True)


def judge(trial: Trial) -> Iterator[Verdict]:
    outcomes = trial.outcomes(_FREE)
    acting = [outcome for outcome in outcomes if outcome.acted]
    yield from _waits(trial)
    if not acting:
        yield absent(outcomes, Fault("claims-nothing", "leases no row that is due and free"))
    elif not any(outcome.events("changes") for outcome in acting):
        return  # it only deletes: the claim of old, which knows no leases and is OBG101's
    yield from settled(outcomes, _incomplete(trial, acting))
    yield from touches(trial, _NOT_DUE, "takes-not-due", "takes rows that are not due", _FREE)
    for world in _LEASED:
        yield from touches(trial, world, "takes-leased", "takes rows that are still leased", _FREE)


def _incomplete(trial: Trial, acting: list[Outcome]) -> Iterator[Told]:
    """Lease columns that are left NULL."""
    columns = trial.names.outbox.lease_columns
    for outcome in acting:
        missing = set(columns) - set(outcome.kept())
        if outcome.row is not None and missing:
            said = f"does not set {', '.join(c for c in columns if c in missing)}"
            yield outcome, Fault("lease-incomplete", said, outcome.place_of("changes"))


def _waits(trial: Trial) -> Iterator[Verdict]:
    outcomes = trial.outcomes(_CONTENDED)
    said = "does not skip locked rows"
    told = [
        (outcome, Fault("waits-for-locks", said, outcome.place_of("waits")))
        for outcome in outcomes
        if outcome.events("waits")
    ]
    yield from settled(outcomes, told)
