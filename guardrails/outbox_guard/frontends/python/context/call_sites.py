"""One call expression, with its arguments evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import Value


@dataclass(frozen=True, slots=True)
class Site:
    """A call, where it stands, and what it is given."""

    machine: Machine
    node: libcst.Call
    scope: Scope
    arguments: Arguments
    spelling: str  # the called name as it is written
    spelled: bool = True  # whether the code itself makes this call, with these arguments
    method: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", self.spelling.rpartition(".")[2])

    @property
    def receiver_node(self) -> libcst.BaseExpression | None:
        func = self.node.func
        return func.value if isinstance(func, libcst.Attribute) else None

    def call(self, callee: Value, arguments: Arguments) -> Value:
        """The value of calling something else from here."""
        return self.machine.invoke(self.node, self.scope, callee, arguments)

    def rebind(self, value: Value) -> None:
        """The object that the method was called on is now worth this."""
        if self.receiver_node is not None:
            self.change(self.receiver_node, value)

    def change(self, node: libcst.BaseExpression, value: Value) -> None:
        """The object that this expression stands for is now worth this."""
        if isinstance(node, libcst.Name):
            self.scope.change(node.value, value)
        elif isinstance(node, libcst.Attribute | libcst.Subscript):
            self.machine.assign(node, value, self.scope)
