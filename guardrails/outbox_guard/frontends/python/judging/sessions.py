"""What the statements of a program leave on the connections that they run on, in their order.

A connection is known by its line: the variable or the call that it comes from, through cursors,
`with` blocks and attributes. A line is text that nobody reads; two values with the same line are
taken for the same connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from types import MappingProxyType

import libcst

from outbox_guard.frontends.python.values.kinds import Cursor, Object, Ref, Rows, Unknown, Value
from outbox_guard.frontends.sql import NOTHING_LEFT, Left

State = Mapping[str, Left]  # of the lines on which something is left
Mark = tuple[tuple[str, int], ...]
Lines = Callable[[], Collection[str]]

_EMPTY: State = MappingProxyType({})
_CALLS = re.compile(r"(?<=.)(?:\.\w+\(\))+\Z")


def line_of(value: Value, spelling: str = "") -> str:
    """The line of a value; by its name, where it is not known from where it comes."""
    match value:
        case Cursor(of=inner):
            return line_of(inner, spelling)
        case Ref(name=name, line=line) | Unknown(name=name, line=line) | Rows(name=name, line=line):
            return line or _CALLS.sub("", name or spelling)
        case Object():
            return f"@{(value.real or value).born}"  # its address may be another one's later
    return spelling


def taken_along(value: Value, before: Sequence[str], now: Sequence[str]) -> Value:
    """What a call returned on a line that it was handed, for one that is handed others."""
    match value:
        case Cursor():
            return Cursor(taken_along(value.of, before, now), value.rows)
        case Ref(line=line) | Unknown(line=line) | Rows(line=line) if line:
            for old, new in zip(before, now, strict=True):
                if old != new and _leads(old, line):
                    return replace(value, line=new + line.removeprefix(old))
    return value


def new_line(node: libcst.CSTNode) -> str:
    """Of what is met here first: a parameter, or what a call opens."""
    return f"#{id(node)}"


def owner_of(line: str) -> str:
    """The line on which a bound method was looked up: `conn` of `conn.execute`."""
    return line and (line.rpartition(".")[0] or line)


def along(line: str, name: str) -> str:
    """The line of an attribute, where its owner's is one of its own."""
    return f"{line}.{name}" if line else ""


class Sessions:
    """What is left on which line by now; `state` is what a branch starts from and ends with."""

    def __init__(self) -> None:
        self.state: State = _EMPTY
        self.shared: State = _EMPTY  # by code that was followed aside
        self.runs = 0  # how often something was run
        self.uses = 0  # how often something was left, or what was left could be seen
        self._kept: dict[int, Left] = {}  # so that no other one gets the number of any
        self._same: dict[Hashable, Left] = {}  # one for all that come to the same
        self._met: dict[tuple[int, int], Left] = {}  # so that the same two make the same

    @property
    def carries(self) -> bool:
        """Whether code may find what other code has left that is followed by itself."""
        return bool(self.state or self.shared)

    def on(self, line: str) -> Left:
        return self.state.get(line, NOTHING_LEFT)

    def leave(self, line: str, left: Left) -> None:
        """This is on a line from now on."""
        known = self.state.get(line)
        if left is known or not (left or known):
            return
        self.uses += 1
        left = self._same.setdefault(left.content, left)
        others = {name: each for name, each in self.state.items() if name != line}
        self.state = {**others, line: left} if left else others

    def end(self, line: str) -> None:
        """A transaction ends; of whom nobody knows anything, on any connection."""
        if self.state:
            lines = (line,) if line in self.state else tuple(self.state)
            for each in lines:
                self.leave(each, self.state[each].ended)

    def close(self, line: str) -> None:
        self.leave(line, NOTHING_LEFT)

    @contextmanager
    def aside(self, lines: Lines) -> Iterator[None]:
        """While code is followed of which nobody knows when it runs; others have its lines, too."""
        before = self.state
        if self.shared:
            self.meet([before, _among(self.shared, lines)])
        try:
            yield
        finally:
            if self.state:
                self.end("")  # a lock is let go sooner or later
                self.shared = self._together(self.shared, _among(self.state, lines))
            self.state = before

    def shared_on(self, lines: Lines) -> Mark:
        """Tells apart what code that is followed aside finds there."""
        return self._mark(_among(self.shared, lines)) if self.shared else ()

    def known_as(self, left: Left) -> int:
        """A number for what is left somewhere, as long as a file is followed."""
        self._kept[id(left)] = left
        return id(left)

    def mark(self) -> Mark:
        """Tells states apart."""
        return self._mark(self.state)

    def _mark(self, state: State) -> Mark:
        return tuple(sorted((line, self.known_as(left)) for line, left in state.items()))

    def meet(self, states: Sequence[State]) -> None:
        """Where branches meet, any of them may have been taken."""
        self.state = states[0] if len(states) == 1 else reduce(self._together, states)

    def _together(self, one: State, other: State) -> State:
        if one is other or not other:
            return one
        return {line: self._either(one.get(line), other.get(line)) for line in {**one, **other}}

    def _either(self, one: Left | None, other: Left | None) -> Left:
        if one is None or other is None or one is other:
            return one or other or NOTHING_LEFT
        pair = self.known_as(one), self.known_as(other)
        if pair not in self._met:
            both = one | other
            self._met[pair] = self._same.setdefault(both.content, both)
        return self._met[pair]


def _among(state: State, lines: Lines) -> State:
    """What is left on these lines, and on what is reached through them."""
    if not state:
        return state
    asked = lines()
    return {line: left for line, left in state.items() if any(_leads(a, line) for a in asked)}


def _leads(first: str, line: str) -> bool:
    return line == first or line.startswith(f"{first}.")
