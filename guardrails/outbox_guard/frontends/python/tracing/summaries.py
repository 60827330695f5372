"""Calls that were followed, and what each came to, so that the same call is followed once."""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python.context.machine import MOST_STATES
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.judging.sessions import (
    Mark,
    Sessions,
    State,
    line_of,
    taken_along,
)
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import UNKNOWN, Function, Ref, Rows, Unknown, Value

Call = tuple[libcst.CSTNode, int, Value | None, Arguments]  # of one function
# And what it finds on the connections, and on which of them, where that matters.
Key = tuple[libcst.CSTNode, int, Value | None, Arguments, Mark, tuple[str, ...]]


class Retracing:
    """What calls return, leave in their parameters, and leave on the connections."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._results: dict[Key, Value] = {}
        self._keys: dict[int, list[Key]] = {}  # of these, by a function's node and by a receiver
        self._parameters: dict[Call, dict[str, Value]] = {}
        self._states: dict[Key, State] = {}  # behind calls that run something
        self._handed: dict[Key, tuple[str, ...]] = {}  # the lines of calls that return one
        self._marks: dict[Call, set[Mark]] = {}  # with which a call was followed
        self._quiet: set[int] = set()  # functions that run nothing, by their nodes
        self._telling: set[int] = set()  # and those that leave or find something
        self._begun: list[tuple[int, int]] = []

    def key(self, function: Function, arguments: Arguments) -> Key:
        """A call is another one where it finds something else on a connection, or runs on one."""
        node = id(function.node)
        mark = self._sessions.mark() if self._sessions.state and node not in self._quiet else ()
        lines = _lines(arguments) if node in self._telling else ()
        return *_call(function, arguments), mark, lines

    def __contains__(self, key: Key) -> bool:
        return key in self._results

    def is_full(self, key: Key) -> bool:
        """Whether a call has found so many things on its connections that it is given up."""
        marks = self._marks.get(key[:4], set()) if key[4] else set()
        return key[4] not in marks and len(marks) >= MOST_STATES

    def recall(self, key: Key, arguments: Arguments) -> Value:
        """What a call returned, on the connections of this one, once more left as it left them."""
        sessions, result = self._sessions, self._results[key]
        sessions.runs += id(key[0]) not in self._quiet
        if key in self._states:
            sessions.state = self._states[key]
            sessions.uses += 1
        if key not in self._handed:
            return result
        return taken_along(result, self._handed[key], _lines(arguments))

    def begin(self, key: Key) -> None:
        """A call within itself is worth nothing yet."""
        self._results[key] = UNKNOWN
        node, receiver = key[0], key[2]
        for of in (node,) if receiver is None else (node, receiver):
            self._keys.setdefault(id(of), []).append(key)
        if key[4]:
            self._marks.setdefault(key[:4], set()).add(key[4])
        self._begun.append((self._sessions.runs, self._sessions.uses))

    def end(self, key: Key, arguments: Arguments, result: Value) -> None:
        """A call has been followed to its end."""
        node, sessions = id(key[0]), self._sessions
        runs, uses = self._begun.pop()
        self._results[key] = result
        if sessions.runs == runs:
            self._quiet.add(node)
        else:
            self._quiet.discard(node)
        if sessions.uses != uses:
            self._telling.add(node)
            self._states[key] = sessions.state
        if isinstance(result, Ref | Rows | Unknown) and result.line:
            self._handed[key] = _lines(arguments)

    def forget(self, function: Function) -> None:
        """Let what was called from a function on its object be followed anew, and itself."""
        for of in (function.node, function.receiver):
            for key in self._keys.pop(id(of), ()):
                self._results.pop(key, None)

    def leave(self, function: Function, arguments: Arguments, changed: dict[str, Value]) -> None:
        """A call has left something else in its parameters than what it was given."""
        self._parameters[_call(function, arguments)] = changed

    def left(self, function: Function, arguments: Arguments) -> dict[str, Value]:
        return self._parameters.get(_call(function, arguments), {})


def _lines(arguments: Arguments) -> tuple[str, ...]:
    return tuple(map(line_of, arguments.all))


def _call(function: Function, arguments: Arguments) -> Call:
    born = function.scope.born if isinstance(function.scope, Scope) else 0
    return function.node, born, function.receiver, what_is_told(arguments)


def what_is_told(arguments: Arguments) -> Arguments:
    """The arguments without what nothing is known of, so that such calls are one."""

    def told(value: Value) -> Value:
        return UNKNOWN if isinstance(value, Unknown) else value

    return Arguments(
        tuple(map(told, arguments.positional)),
        tuple((key, told(value)) for key, value in arguments.keywords),
        None if arguments.star is None else told(arguments.star),
        None if arguments.rest is None else told(arguments.rest),
    )
