"""What the parts of the interpreter share, and its bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import libcst

from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.judging.judge import Judge
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import Class, Function, ModuleValue, Value
from outbox_guard.sources import Project

Followed = TypeVar("Followed")
MOST_STEPS = 60_000  # expressions evaluated for one file
MOST_READ = 40_000  # characters of other modules that one file makes us follow,
MOST_READ_GUARDED = 1_000_000  # and if it has to do with guarded tables
MOST_STATES = 8  # of connections, that one function is followed with
MOST_CALLS = 3  # of one function, with arguments that say nothing of the database
DEEPEST_CALL = 12  # functions followed into each other


@dataclass(slots=True)
class Budget:
    """How much work one file may cause."""

    steps: int = 0
    left_to_read: int = MOST_READ
    size: int = 0  # characters of other modules that were read
    cut: libcst.CSTNode | None = None  # where it ran out, if it did
    too_many: bool = False  # whether a call found too many things left on a connection
    too_deep: bool = False  # whether calls that matter led into each other too often
    left_out: str = ""  # a module with guarded tables that there was no room for

    def spend(self, node: libcst.CSTNode) -> bool:
        """Whether there is work left to do for this node."""
        self.steps += 1
        if self.steps > MOST_STEPS and self.cut is None:
            self.cut = node
        return self.cut is None

    def read(self, size: int) -> bool:
        """Whether another module of this many characters may still be followed."""
        self.left_to_read -= size
        self.size += size
        return self.left_to_read >= 0


class Machine(Protocol):
    """The interpreter, as its parts see each other."""

    project: Project
    judge: Judge
    budget: Budget

    def evaluate(self, node: libcst.BaseExpression, scope: Scope) -> Value:
        """The value of an expression; what it does to the database is judged on the way."""

    def declared(self, cls: Class) -> None:
        """A class is defined: what it inherits is followed later."""

    def call(self, node: libcst.Call, scope: Scope) -> Value:
        """The value of a call expression."""

    def invoke(self, node: libcst.Call, scope: Scope, callee: Value, arguments: Arguments) -> Value:
        """The value of calling a value from a call that does not spell it."""

    def apply(self, function: Function, arguments: Arguments) -> Value:
        """What a function of the project returns."""

    def touched(self, owner: Value) -> None:
        """What something holds is another now, or what is known of it."""

    def left(self, function: Function, arguments: Arguments) -> Mapping[str, Value]:
        """What such a call left in its parameters, where that is not what it was given."""

    def construct(self, cls: Class, arguments: Arguments) -> Value:
        """An instance of a class of the project."""

    def body(self, suite: libcst.BaseSuite | libcst.Module, scope: Scope) -> bool:
        """Follow the statements in it; whether what comes after them is reached."""

    def assign(self, target: libcst.BaseExpression, value: Value, scope: Scope) -> None:
        """Bind a target, or several in a tuple, to a value."""

    def defined(self, function: Function) -> None:
        """A function was defined; it is followed by itself, whether or not it is called."""

    def module(self, module: ModuleValue, *, wanted: str = "") -> Scope | None:
        """The names of another module of the project; None where it can't be read.

        If only one name is wanted, or "*", None as well where that says nothing of the database.
        """

    def on_behalf(self, importer: str, follow: Callable[[], Followed]) -> Followed:
        """What an import of another file is worth, followed as that file would."""
