"""Whether a repair frees the rows whose lease has run out, and those alone, and says so."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.sql.behaviour.evaluation.terms import Opaque
from outbox_guard.frontends.sql.behaviour.verdicts.outcomes import (
    Fault,
    Verdict,
    absent,
    settled,
    touches,
)
from outbox_guard.frontends.sql.behaviour.verdicts.worlds import (
    JUST_AFTER,
    LONG_AGO,
    Outcome,
    Trial,
    World,
)

_EXPIRED = World(expires=LONG_AGO)
_RUNNING = World(expires=JUST_AFTER)
_FREE = World()


def judge(trial: Trial) -> Iterator[Verdict]:
    outcomes = trial.outcomes(_EXPIRED)
    acting = [outcome for outcome in outcomes if outcome.acted]
    if not acting:
        yield absent(outcomes, Fault("repairs-nothing", "gives back no lease that has expired"))
    yield from settled(outcomes, [(o, f) for o in acting for f in _unrepaired(trial, o)])
    yield from touches(
        trial, _RUNNING, "takes-unexpired", "takes leases that have not expired", _EXPIRED
    )
    yield from touches(trial, _FREE, "takes-unleased", "takes rows that are not leased", _EXPIRED)


def _unrepaired(trial: Trial, outcome: Outcome) -> Iterator[Fault]:
    outbox = trial.names.outbox
    kept, states = outcome.kept(), outcome.states()
    if kept:
        said = f"leaves {', '.join(kept)} set"
        yield Fault("lease-kept", said, outcome.place_of("changes", "appends"))
    if outcome.row is None:
        if not any(state in outbox.terminal_states for state in states):
            said = "deletes the pending row without a terminal outcome"
            yield Fault("row-dropped", said, outcome.place_of("removes"))
    elif outbox.requeue_state not in states:
        unknown = next((state.name for state in states if isinstance(state, Opaque)), "")
        said = f"appends no {outbox.requeue_state}"
        yield Fault("requeue-unrecorded", said, outcome.place_of("changes"), unknown)
