"""Ways through a block that meet again: what names and connections hold after any of them."""

from __future__ import annotations

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope, merge
from outbox_guard.frontends.python.judging.sessions import State
from outbox_guard.frontends.python.values.kinds import Value


class Ways:
    """Begins where it is made."""

    def __init__(self, machine: Machine, scope: Scope) -> None:
        self._scope = scope
        self._sessions = machine.judge.sessions
        self._names = dict(scope.names)
        self._state = self._sessions.state
        self._ends: list[tuple[dict[str, Value], State]] = []

    def start(self, *, anywhere: bool = False) -> None:
        """Take another way from the beginning, or from anywhere on those that have arrived."""
        if not anywhere:
            self._scope.names, self._sessions.state = dict(self._names), self._state
            return
        self._scope.names = merge([self._names, *(names for names, _ in self._ends)])
        self._sessions.meet([self._state, *(state for _, state in self._ends)])

    def arrive(self) -> None:
        """This way leads to where they meet."""
        self._ends.append((self._scope.names, self._sessions.state))

    def meet(self) -> bool:
        """Go on with what any of them has brought; whether there is one."""
        if not self._ends:
            self._scope.names, self._sessions.state = self._names, self._state
            return False
        self._scope.names = merge([names for names, _ in self._ends])
        self._sessions.meet([state for _, state in self._ends])
        return True
