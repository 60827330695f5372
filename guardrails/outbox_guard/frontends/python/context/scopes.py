"""Which names are bound to which values, block within block."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from outbox_guard.frontends.python.judging.sessions import State
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Choice,
    Items,
    Later,
    Mapping,
    Value,
    births,
    join,
    options,
)

Bring = Callable[[str], None]  # bind a name, if there is anything that does
Kind = Literal["module", "class", "function"]


class Scope:
    """The names of one module, class or function body while it is being followed."""

    def __init__(
        self, kind: Kind, syntax: Syntax, name: str = "", parent: Scope | None = None
    ) -> None:
        self.kind = kind
        self.syntax = syntax
        self.name = name  # qualified, "" for a module
        self.parent = parent
        self.names: dict[str, Value] = {}
        self.imported: dict[
            str, str
        ] = {}  # names that imports bound, and what they are called there
        self.outer: set[str] = set()  # names declared global or nonlocal
        self.rebound: dict[str, None] = {}  # names that functions inside bind anew
        self.shared: set[str] = set()  # parameters that still stand for what the caller holds
        self.keys: dict[str, Value] = {}  # attributes of what is unknown, as they are written
        self.bring: Bring | None = None  # of a module that is read as it is asked about
        self.returned: list[Value] = []
        self.left: list[State] = []  # on connections, where it is left
        self.kept: list[State] = []  # and where it yields
        self.yielded: list[Value] = []
        self.born = next(births)  # tells it apart for good, as its address does not

    @property
    def module(self) -> Scope:
        return self if self.parent is None else self.parent.module

    def find(self, name: str) -> Value | None:
        """The value of a name, by Python's rules: a class body is no home for its methods."""
        scope: Scope | None = self.parent if name in self.outer else self
        while scope is not None:
            if (scope is self or scope.kind != "class") and scope.has(name):
                return scope._settled(name)
            scope = scope.parent
        return None

    def has(self, name: str) -> bool:
        """Whether this block binds a name, or EVERYTHING that it binds is read by now."""
        if name not in self.names and self.bring is not None:
            self.bring(name)
        return name in self.names

    def get(self, name: str) -> Value | None:
        """What this block itself binds a name to; an import is followed by now."""
        return self._settled(name) if self.has(name) else None

    def _settled(self, name: str) -> Value:
        value = self.names[name]
        if type(value) is Later or type(value) is Choice:  # nothing is asked more often than this
            alternatives = options(value)
            if any(isinstance(each, Later) for each in alternatives):
                settled = (o.value() if isinstance(o, Later) else o for o in alternatives)
                value = self.names[name] = join(settled)
        return value

    def held(self) -> dict[str, Value]:
        """All that this block binds."""
        return {name: self.get(name) or UNKNOWN for name in list(self.names)}

    def bind(self, name: str, value: Value) -> None:
        """`name = value`"""
        self.shared.discard(name)
        for key in [key for key in self.keys if key.startswith(f"{name}.")]:
            del self.keys[key]
        if name in self.outer:
            self._bind_outside(name, value)
        else:
            self.names[name] = value

    def change(self, name: str, value: Value) -> None:
        """What the name stands for becomes something else, for everyone who holds it."""
        outside = name in self.outer or (name not in self.names and self.find(name) is not None)
        if outside and isinstance(value, Items | Mapping):
            self._bind_outside(name, value)
        else:
            self.names[name] = value

    def _bind_outside(self, name: str, value: Value) -> None:
        owner = self._owner(name)
        # Whoever runs after the assignment may see the old value or the new one.
        owner.names[name] = join([owner.names.get(name, UNKNOWN), value])
        owner.rebound[name] = None

    def _owner(self, name: str) -> Scope:
        scope = self.parent
        while scope is not None:
            if scope.kind != "class" and scope.has(name):
                return scope
            scope = scope.parent
        return self.module

    def import_of(self, name: str) -> str:
        """What a name is called where it was imported from, "" for one that is of this file."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.imported:
                return scope.imported[name]
            scope = scope.parent
        return ""

    def enclosing(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def qualify(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name


def merge(branches: Sequence[abc.Mapping[str, Value]]) -> dict[str, Value]:
    """The names after branches have met; one that a branch did not bind keeps its other values."""
    if len(branches) == 1:
        return dict(branches[0])
    met: dict[str, Value] = {}
    for branch in branches:
        met |= branch
    # Most are what they were before, and to hash a value takes longer than all else here.
    others = {name: () for b in branches for name, value in b.items() if value is not met[name]}
    return met | {name: join(b[name] for b in branches if name in b) for name in others}
