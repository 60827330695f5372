"""What the evaluation of a statement works on, in one run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.behaviour.evaluation.knowledge import Knowledge, Truth
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow, Parsed
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Rows, Scope
from outbox_guard.frontends.sql.behaviour.evaluation.state import Database
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Value
from outbox_guard.frontends.sql.parsing.trees import Tree

Argument = tuple[str, Value]  # the parameter's name, "" where it counts by its position
Call = Callable[[str, Sequence[Argument]], Rows | None]
View = Callable[[str], Rows | None]


@dataclass(frozen=True, slots=True)
class Evaluation(ABC):
    """`call` runs a routine and `view` a view of the project; None is for a name that is none."""

    database: Database
    knowledge: Knowledge
    call: Call
    view: View
    parsed: Parsed
    at: int  # where the statement stands in the body

    @abstractmethod
    def rows(self, node: Tree, scope: Scope) -> Rows:
        """The rows of a query, or of the RETURNING of a data-modifying statement."""

    def truth(self, node: Tree, scope: Scope) -> Truth:
        return self.knowledge.truth(self.value(node, scope))

    def value(self, node: Tree, scope: Scope) -> Value:
        return self.knowledge.meant(self._value(self.part(node), scope))

    def part(self, node: object) -> Tree:
        """A part of an expression that PostgreSQL demands, and that sqlglot does without."""
        if not isinstance(node, Tree):
            raise CannotFollow("a part of an expression is missing", self.at)
        return node

    @abstractmethod
    def _value(self, node: Tree, scope: Scope) -> Value:
        """The same before it is known what is behind something unknown."""
