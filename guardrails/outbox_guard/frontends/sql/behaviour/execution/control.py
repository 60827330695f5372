"""The control of PL/pgSQL: blocks with handlers, IF and CASE, loops, and what leaves them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.behaviour.evaluation.errors import Raised, catches, sqlstate_of
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value
from outbox_guard.frontends.sql.behaviour.execution.structure import (
    Block,
    Branch,
    Choice,
    Loop,
    Plain,
    Statement,
)
from outbox_guard.frontends.sql.behaviour.execution.variables import Variables
from outbox_guard.frontends.sql.routines.blocks import Item

_MOST_TURNS = 25
_UNKNOWN_TURNS = 2  # of a loop whose end is not known
_LABEL = re.compile(
    r"<<\s*(\w+)\s*>>\s*(?:declare\b(?:(?!\bbegin\b).)*)?\Z", re.IGNORECASE | re.DOTALL
)


class Jump(Exception):
    """EXIT or CONTINUE, of the innermost loop or of what has a label."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


class _Left(Jump):
    """EXIT."""


class _NextTurn(Jump):
    """CONTINUE."""


@dataclass(slots=True)
class Control(Variables, ABC):
    """A body while it runs: which of its statements come to their turn."""

    error: Raised | None = None  # that the handler at hand has caught

    @abstractmethod
    def plain(self, statement: Plain) -> None:
        """Carry out a statement without others in it."""

    def run(self, statements: Iterable[Statement]) -> None:
        for each in statements:
            match each:
                case Plain():
                    self.plain(each)
                case Choice():
                    self._choice(each)
                case Loop():
                    self._loop(each)
                case Block():
                    self._block(each)

    def _choice(self, choice: Choice) -> None:
        subject = self._value(choice.subject) if choice.subject is not None else None
        for branch in choice.branches:
            if self._enters(branch, choice.subject is not None, subject):
                self.run(branch.body)
                return
        first = next((head for branch in choice.branches for head in branch.heads), None)
        if first is not None and first.statement == "when":  # a CASE, and no IF
            raise Raised(sqlstate_of("case_not_found"), first.at)

    def _enters(self, branch: Branch, compares: bool, subject: Value) -> bool:
        if not branch.heads:
            return True
        head = branch.heads[0]
        if not compares:
            return bool(self.session.knowledge.truth(self._value(head)))
        values = self.session.values(head.text, head.at, self.variables)
        return any(self.session.knowledge.equal(subject, value) for value in values)

    def _label(self, start: int) -> str:
        """The label that stands before a loop or block."""
        found = _LABEL.search(self.text, 0, start)
        return found[1].lower() if found else ""

    def _block(self, block: Block) -> None:
        try:
            self._guarded(block)
        except _Left as left:
            if not left.label or left.label != self._label(block.start):
                raise

    def _guarded(self, block: Block) -> None:
        """A block with its handlers."""
        if not block.handlers:
            self.run(block.body)
            return
        mark = self.session.database.mark()
        try:
            self.run(block.body)
        except Raised as error:
            handler = next(
                (h for h in block.handlers if catches(h.heads[0].text, error.sqlstate)), None
            )
            if handler is None:
                raise
            self.session.database.roll_back(mark)
            around, self.error = self.error, error
            self.variables["sqlstate"] = error.sqlstate
            try:
                self.run(handler.body)
            finally:
                self.error = around

    def _loop(self, loop: Loop) -> None:
        turns = 0
        for _ in self._turns(loop.heads):
            turns += 1
            if turns > _MOST_TURNS:
                at = loop.heads[0].at if loop.heads else None
                raise CannotFollow(f"a loop that has not ended after {_MOST_TURNS} turns", at)
            try:
                self.run(loop.body)
            except Jump as jump:
                if jump.label and jump.label != self._label(loop.start):
                    raise
                if isinstance(jump, _Left):
                    break
        if loop.heads and loop.heads[0].statement in ("for", "foreach"):
            self.variables["found"] = turns > 0

    def _turns(self, heads: Sequence[Item]) -> Iterator[None]:
        """One for each turn of the loop, with its variables filled."""
        if not heads:
            while True:
                yield
        last = heads[-1]
        if last.statement == "while":
            while self.session.knowledge.truth(self._value(last)):
                yield
            return
        if last.statement == "foreach":
            for value in self.session.knowledge.elements(self._value(last)):
                self._assign(heads[0].targets, Record((("", value),)))
                yield
            return
        if all(head.kind == "expression" for head in heads) and heads[0].targets:
            yield from self._range(heads)
            return
        filling = next(head for head in heads if head.targets or head.kind != "expression")
        for row in self._rows_of(filling):
            if filling.cursor:
                self.variables[filling.cursor] = row
            self.records.update(filling.targets if len(filling.targets) == 1 else ())
            self._assign(filling.targets, row)
            yield

    def _range(self, heads: Sequence[Item]) -> Iterator[None]:
        """From the first to the last, by the third; REVERSE goes down."""
        low, high, step = (*map(self._value, heads), 1)[:3]
        numbers: Iterable[Value] = range(1, _UNKNOWN_TURNS + 1)
        if isinstance(low, int) and isinstance(high, int) and isinstance(step, int) and step > 0:
            before = self.text[heads[0].at : heads[0].start].lower().split()
            down = "reverse" in before
            numbers = range(low, high - 1, -step) if down else range(low, high + 1, step)
        for number in numbers:
            self._assign(heads[0].targets, Record((("", number),)))
            yield

    def leave(self, items: Sequence[Item]) -> None:
        """EXIT or CONTINUE, [label] [WHEN condition]"""
        condition = next((item for item in items if item.kind == "expression"), None)
        if condition is None or self.session.knowledge.truth(self._value(condition)):
            label = items[0].text.lower().split()[1:2]
            jump = _Left if items[0].statement == "exit" else _NextTurn
            raise jump(label[0] if label else "")
