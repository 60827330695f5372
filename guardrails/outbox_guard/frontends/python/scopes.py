"""Which names are bound to which values, block within block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from outbox_guard.frontends.python.syntax import Syntax
from outbox_guard.frontends.python.values import UNKNOWN, Value, join

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
        self.returned: list[Value] = []
        self.yielded: list[Value] = []

    @property
    def module(self) -> Scope:
        return self if self.parent is None else self.parent.module

    def find(self, name: str) -> Value | None:
        """The value of a name, by Python's rules: a class body is no home for its methods."""
        if name in self.names and name not in self.outer:
            return self.names[name]
        scope = self.parent
        while scope is not None:
            if scope.kind != "class" and name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def bind(self, name: str, value: Value) -> None:
        if name not in self.outer:
            self.names[name] = value
            return
        owner = self._owner(name)
        # Whoever runs after the assignment may see the old value or the new one.
        owner.names[name] = join([owner.names.get(name, UNKNOWN), value])
        owner.rebound[name] = None

    def _owner(self, name: str) -> Scope:
        scope = self.parent
        while scope is not None:
            if scope.kind != "class" and name in scope.names:
                return scope
            scope = scope.parent
        return self.module

    def import_of(self, name: str) -> str:
        """What a name is called where it was imported from, "" for one that is of this file."""
        return next(
            (scope.imported[name] for scope in self.enclosing() if name in scope.imported), ""
        )

    def enclosing(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def qualify(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name


def merge(branches: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    """The names after branches have met; one that a branch did not bind keeps its other values."""
    if len(branches) == 1:
        return dict(branches[0])
    names = dict.fromkeys(name for branch in branches for name in branch)
    return {name: join(b[name] for b in branches if name in b) for name in names}
