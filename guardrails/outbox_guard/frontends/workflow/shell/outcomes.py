"""What becomes of a script when one of its commands fails, and all the others do not.

The script is run in the mind: each command that is not known succeeds, tests go both ways, and the
one command that is asked about fails. So `|| true`, `set +e`, a pipe that hides the status and a
trailing `exit 0` are one question: is there a way on which its failure fails the script?
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from outbox_guard.frontends.workflow.shell.running import Files, Runner, no_files
from outbox_guard.frontends.workflow.shell.states import Ran, State
from outbox_guard.frontends.workflow.shell.tree import Script, Simple


@dataclass(frozen=True)
class Outcome:
    """What was seen on all ways on which the command was run."""

    ran: tuple[Ran, ...]
    stopped: bool  # on one of them its failure is the script's
    ways: int

    @property
    def options(self) -> frozenset[str]:
        """The options of the shell that hold wherever it is run."""
        return frozenset.intersection(*(ran.options for ran in self.ran))

    @property
    def is_reached(self) -> bool:
        return bool(self.ran)


def failing(script: Script, target: Simple, state: State, files: Files = no_files) -> Outcome:
    """Run a script in which one command fails; raises TooManyWays.

    A command that is not reached while all others succeed may still be, when some of them do not.
    """
    found = _failing(Runner(target, files=files), script, state)
    if found.is_reached:
        return found
    return _failing(Runner(target, files=files, wild=True), script, state)


def _failing(runner: Runner, script: Script, state: State) -> Outcome:
    ends = list(_trapped(runner.script(script, [state], guarded=False)))
    reached = [end for end in ends if end.ran is not None]
    return Outcome(
        tuple(end.ran for end in reached if end.ran is not None),
        any(end.status == 1 for end in reached),
        len(ends),
    )


def passing(script: Script, state: State) -> list[State]:
    """How a script ends when nothing fails that is not meant to; raises TooManyWays."""
    return list(_trapped(Runner(None).script(script, [state], guarded=False)))


def _trapped(ends: Iterable[State]) -> Iterator[State]:
    """With what a trap does on the way out."""
    for end in ends:
        trap = end.traps.get("EXIT") or (end.traps.get("ERR") if end.status else None)
        if not trap:
            yield end
            continue
        inside = replace(end, leaves="", traps={}, options=frozenset())
        for after in Runner(None).script(trap, [inside], guarded=False):
            yield after if after.leaves == "exit" else end
