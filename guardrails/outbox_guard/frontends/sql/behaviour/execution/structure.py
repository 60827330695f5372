"""The items of a PL/pgSQL body as the tree of statements that they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from outbox_guard.frontends.sql.routines.blocks import Arm, Item

_BRANCHES = {"if": ("if", "elsif", "elseif"), "case": ("case", "when"), "exception": ("when",)}
_LOOPS = ("for", "foreach", "while", "loop")


@dataclass(frozen=True, slots=True)
class Plain:
    """One statement without others in it: its items in the order in which they are evaluated."""

    items: tuple[Item, ...]

    @property
    def last(self) -> Item:
        return self.items[-1]


@dataclass(slots=True)
class Branch:
    """An arm of IF, CASE or EXCEPTION; no heads are an ELSE."""

    heads: list[Item] = field(default_factory=list)
    body: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class Choice:
    """IF or CASE; `subject` is what a CASE compares."""

    subject: Item | None = None
    branches: list[Branch] = field(default_factory=list)


@dataclass(slots=True)
class Loop:
    start: int
    heads: list[Item] = field(default_factory=list)
    body: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    start: int
    body: list[Statement] = field(default_factory=list)
    handlers: list[Branch] = field(default_factory=list)


Statement = Plain | Choice | Loop | Block


def tree(items: Sequence[Item]) -> list[Statement]:
    return _Builder(items).statements(0, None)


class _Builder:
    """Takes the items one by one; what stands deeper belongs to the statement at hand."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.index = 0

    @property
    def item(self) -> Item | None:
        return self.items[self.index] if self.index < len(self.items) else None

    def statements(self, depth: int, arm: Arm | None) -> list[Statement]:
        """What stands in one arm."""
        found: list[Statement] = []
        while (item := self.item) is not None and self._is_within(item, depth, arm):
            if len(item.path) > depth:
                found.append(self._unheaded(depth, item.path[depth]))
            elif item.statement == "if":
                found.append(self._choice(depth, "if"))
            elif item.statement == "case":
                found.append(self._choice(depth, "case"))
            elif item.statement in _LOOPS:
                found.append(self._loop(depth, item.at))
            elif item.statement in ("when", "elsif", "elseif"):
                found.append(self._choice(depth, "case" if item.statement == "when" else "if"))
            else:
                found.append(self._plain(depth))
        return found

    def _is_within(self, item: Item, depth: int, arm: Arm | None) -> bool:
        return arm is None or (len(item.path) >= depth and item.path[depth - 1] == arm)

    def _unheaded(self, depth: int, arm: Arm) -> Statement:
        """A block, a LOOP without a condition, or what is left of a statement."""
        match arm.kind:
            case "block" | "exception":
                return self._block(depth, arm.start)
            case "loop":
                return Loop(arm.start, [], self.statements(depth + 1, arm))
            case _:
                return Choice(None, [Branch([], self.statements(depth + 1, arm))])

    def _block(self, depth: int, start: int) -> Block:
        block = Block(start)
        while (item := self.item) is not None:
            if len(item.path) > depth and item.path[depth].start == start:
                arm = item.path[depth]
                body = self.statements(depth + 1, arm)
                if arm.kind == "block":
                    block.body += body
                elif block.handlers:
                    block.handlers[-1].body += body
            elif item.statement == "when" and item.kind == "control" and len(item.path) == depth:
                block.handlers.append(Branch([item]))
                self.index += 1
            else:
                break
        return block

    def _choice(self, depth: int, kind: str) -> Choice:
        choice = Choice()
        start: int | None = None
        first = True
        while (item := self.item) is not None:
            if len(item.path) == depth and self._heads(item, kind, first=first):
                self._head(choice, item)
                first = False
            elif (
                len(item.path) > depth
                and item.path[depth].kind == kind
                and start in (None, item.path[depth].start)
            ):
                start = self._arm(choice, item.path[depth], depth)
            else:
                break
        return choice

    def _heads(self, item: Item, kind: str, *, first: bool) -> bool:
        if item.kind != "expression" or item.statement not in _BRANCHES[kind]:
            return False
        return first or item.statement != _BRANCHES[kind][0]

    def _head(self, choice: Choice, item: Item) -> None:
        self.index += 1
        if item.statement == "case":
            choice.subject = item
        else:
            choice.branches.append(Branch([item]))

    def _arm(self, choice: Choice, arm: Arm, depth: int) -> int:
        body = self.statements(depth + 1, arm)
        last = choice.branches[-1] if choice.branches else None
        if last is not None and last.heads and last.heads[-1].at == arm.arm:
            last.body += body
        else:
            choice.branches.append(Branch([], body))
        return arm.start

    def _loop(self, depth: int, start: int) -> Loop:
        loop = Loop(start)
        while (item := self.item) is not None and len(item.path) == depth and item.at == start:
            loop.heads.append(item)
            self.index += 1
        item = self.item
        if item is not None and len(item.path) > depth and item.path[depth].start == start:
            loop.body = self.statements(depth + 1, item.path[depth])
        return loop

    def _plain(self, depth: int) -> Plain:
        first = self.items[self.index]
        found: list[Item] = []
        while (item := self.item) is not None and len(item.path) == depth and item.at == first.at:
            found.append(item)
            self.index += 1
        return Plain(tuple(found))
