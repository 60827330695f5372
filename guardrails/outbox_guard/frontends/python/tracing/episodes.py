"""Which function of a file was followed when, and what that had to do with the others.

Each is followed by itself, but not as if it were alone: a call that an earlier one has made is not
followed again, only so many calls of one function are, and what is left in an object is there for
the next. What of that happened is noted, so that of an edited file only those functions need be
followed again for which it matters: see `incremental/analysis.py`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import libcst

from outbox_guard.frontends.python.context.machine import Budget
from outbox_guard.frontends.python.judging.judge import Judge
from outbox_guard.frontends.python.judging.sightings import Sightings
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Function,
    Object,
    Value,
    births,
    options,
)

# A function's node, and the class on which an inherited one is called. Without a node it is the
# making of an object to call methods on, or, without a class as well, the top level of the file.
Name = tuple[libcst.CSTNode | None, str]
TOP: Name = (None, "")
Made = tuple[libcst.CSTNode, Hashable, Arguments]  # a call: of what, on what, with what
ANY = "?"  # what a call is made on may be what any other one is made on
OWN = "."  # or was made where it is followed, so that no other one is made on it


@dataclass(eq=False, slots=True)
class Episode:
    """The following of one function by itself, and of those that are defined in it."""

    name: Name
    began: int  # what can be changed and was made before has a lower number
    ended: float = math.inf  # and what was made when it was over, a higher one
    of: str = ""  # the class on whose object it is called
    seen: Sightings = field(default_factory=Sightings)
    needs: set[Name] = field(default_factory=set)  # in which calls were followed that it makes too
    made: list[Made] = field(default_factory=list)  # calls that were followed in it first
    refused: list[Made] = field(default_factory=list)  # and those of functions called too often
    counts: Counter[libcst.CSTNode] = field(default_factory=Counter)  # followed, of so many
    over: bool = False  # whether what is still followed of it comes after others
    late: set[libcst.CSTNode] = field(default_factory=set)  # functions that count then
    changes: set[str] = field(default_factory=set)  # the classes whose object it changes
    lends: bool = False  # whether code of another file is handed something of this one
    entangled: bool = False  # whether it changes what it did not make
    steps: int = 0
    size: int = 0  # characters read of other files


class Diary:
    """The episodes of one run, in order; what they had to do with each other, if that is wanted."""

    def __init__(self, judge: Judge, budget: Budget, *, detailed: bool) -> None:
        self._judge, self._budget, self._detailed = judge, budget, detailed
        self._spent = (0, 0)
        self._owners: dict[Hashable, Episode] = {}  # of calls
        self._since: float = math.inf  # what is made from here on is nobody else's
        self._apart: list[tuple[int, int]] = []  # made while other files were run
        self.all: dict[Name, Episode] = {}
        self.path = ""  # of the file
        self.asked: set[str] = set()  # the names of the file that other ones asked for
        self.twice = False  # whether two classes with objects of their own bear the same name
        self.now = Episode(TOP, 0)
        self.enter(self.now)

    def enter(self, episode: Episode) -> Episode:
        """What happens from now on is part of this one; the one that went on before."""
        before = self.pause()
        self.now = self.all[episode.name] = episode
        self._judge.look(episode.seen)
        self._since = math.inf if episode.name == TOP else next(births)
        return before

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is made meanwhile is there for all that is followed later."""
        before, self._since = self._since, math.inf
        began = next(births)
        try:
            yield
        finally:
            ended = next(births)
            self._apart.append((began, ended))
            self._since = max(before, ended)

    def pause(self) -> Episode:
        """The numbers are complete; the episode that goes on."""
        steps, size = self._spent
        self.now.steps += self._budget.steps - steps
        self.now.size += self._budget.size - size
        self._spent = self._budget.steps, self._budget.size
        return self.now

    def episode(self, name: Name) -> Episode:
        """A new one, or the one that is known by this name."""
        return self.all[name] if name in self.all else Episode(name, next(births))

    def origin(self, cls: str) -> Episode:
        """Of the making of the object on which the methods of a class are called."""
        name = (None, cls)
        self.twice = self.twice or name in self.all
        return Episode(name, next(births))

    def follows(self, call: Hashable, made: Callable[[], Made]) -> None:
        """A call is followed for the first time, or anew."""
        if self._detailed:
            self._owners[call] = self.now
            self.now.made.append(made())

    def meets(self, call: Hashable) -> None:
        """What a call was worth is known from before."""
        owner = self._owners.get(call, self.now)
        if owner is not self.now:
            self.now.needs.add(owner.name)

    def counts(self, node: libcst.CSTNode, made: Callable[[], Made], *, allowed: bool) -> bool:
        """A call of a function of which only so many are followed."""
        if not self._detailed:
            return allowed
        if allowed:
            self.now.counts[node] += 1
        else:
            self.now.refused.append(made())
        if self.now.over:
            self.now.late.add(node)
        return allowed

    def is_shared(self, made: Object) -> bool:
        """Whether an object was there before any function was followed, or is another file's."""
        begun = self.all[TOP].ended
        return made.born < begun or any(b <= made.born < e for b, e in self._apart)

    def is_own(self, made: Object) -> bool:
        """Whether only what is followed now can have come by an object."""
        return made.born >= self._since

    def lends(self, function: Function, arguments: Arguments) -> None:
        """A call is followed: code of another file that is handed something of ours may use it."""
        if function.syntax.source.path != self.path:
            held = (function.receiver, *arguments.all)
            given = (option for value in held if value is not None for option in options(value))
            self.now.lends = self.now.lends or any(map(self._is_ours, given))

    def _is_ours(self, value: Value) -> bool:
        match value:
            case Object(of=of):
                return any(owner.syntax.source.path == self.path for owner in of.mro)
            case Class() | Function():
                return value.syntax.source.path == self.path
        return False

    def touches(self, owner: Value, own: Object | None) -> None:
        """Something is changed; `own` is the object on which methods of its class are called."""
        match owner:
            case Object():
                real = owner.real or owner
                if real is own:
                    if self.now.name != (None, real.of.name):
                        self.now.changes.add(real.of.name)
                elif real.born < self.now.began:
                    self.now.entangled = True
            case Class() if owner.born < self.now.began:
                self.now.entangled = True
