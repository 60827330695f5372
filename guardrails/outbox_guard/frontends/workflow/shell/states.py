"""Where a way through a script has got to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from outbox_guard.frontends.workflow.shell.tree import Command, Script


@dataclass(frozen=True, slots=True)
class Ran:
    """How the command that fails was run on a way: its variables, None where not known."""

    variables: Mapping[str, str | None]
    options: frozenset[str]


@dataclass(frozen=True)
class State:
    """Where a way through the script has got to."""

    status: int = 0
    options: frozenset[str] = frozenset()
    variables: Mapping[str, str | None] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    functions: Mapping[str, Command] = field(default_factory=dict)
    traps: Mapping[str, Script] = field(default_factory=dict)
    leaves: str = ""  # "exit", "return", "break", "continue": what it is on its way out of
    ran: Ran | None = None
    depth: int = 0
    forwards: bool = False  # inside of a function that was given the command that fails

    @cached_property
    def environment(self) -> dict[str, str | None]:
        return {name: self.variables.get(name) for name in self.exported}

    def known(self, name: str) -> str | None:
        """A variable as it is expanded; one that nobody sets may be set outside."""
        return str(self.status) if name == "?" else self.variables.get(name)

    def with_status(self, status: int) -> State:
        return replace(self, status=status)

    def with_variable(self, name: str, value: str | None, *, export: bool = False) -> State:
        exports = export or "allexport" in self.options
        return replace(
            self,
            variables={**self.variables, name: value},
            exported=self.exported | {name} if exports else self.exported,
        )
