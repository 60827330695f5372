"""What a way through a script comes to, where a command, a subshell or a function ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from outbox_guard.frontends.workflow.shell.inner import commands
from outbox_guard.frontends.workflow.shell.states import State
from outbox_guard.frontends.workflow.shell.tree import Chain, Command, Loop, Pipeline, Simple

MOST_WAYS = 256
MOST_COMMANDS = 20_000  # that are run on all ways together
FORWARDED = ('"$@"', "$@", '"$*"', "$*", '"${@}"')


class TooManyWays(Exception):
    """The script has more branches than are worth following."""


def returned(state: State, depth: int) -> State:
    leaves = "" if state.leaves == "return" else state.leaves
    return replace(state, depth=depth, leaves=leaves, forwards=False)


def forwards(function: Command | None) -> bool:
    """Whether a function runs the command that it is given: `retry pytest`."""
    return function is not None and any(map(is_forwarded, commands((chain_of(function),))))


def is_forwarded(command: Simple) -> bool:
    return any(word.text in FORWARDED for word in command.words[:1])


def chain_of(command: Command) -> Chain:
    start, end = command.start, command.end
    return Chain((Pipeline((command,), False, start, end),), (), False, start, end)


def left(loop: Loop, state: State, status: int) -> State:
    """After the loop; who would try again and fail again is stopped by the clock."""
    if state.leaves or not loop.condition or (state.status == 0) is loop.until:
        return state.with_status(status)
    return replace(state, status=1, leaves="exit") if state.ran else state.with_status(status)


def merged(states: list[State]) -> list[State]:
    """Ways that have come to the same are one."""
    different: list[State] = []
    for state in states:
        if state not in different:
            different.append(state)
    if len(different) > MOST_WAYS:
        raise TooManyWays
    return different


def subshell(state: State) -> State:
    return replace(state, traps={})


def back(outer: State, inner: State, *, status: int) -> State:
    """After a subshell: of what it did, only its status and its running are left."""
    return replace(outer, status=status, ran=outer.ran or inner.ran)


def checked(state: State, *, guarded: bool) -> State:
    """`set -e`: a failure that nothing looks at ends the script."""
    if state.status and not guarded and not state.leaves and "errexit" in state.options:
        return replace(state, leaves="exit")
    return state


def execed(words: Sequence[str | None], state: State) -> State:
    return replace(state, leaves="exit") if words[0] == "exec" and len(words) > 1 else state
