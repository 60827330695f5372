"""By which picks the arms of IF and CASE are come to, as far as their conditions tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from outbox_guard.frontends.sql.routines.blocks import Arm, Item
from outbox_guard.frontends.sql.routines.claims import Path
from outbox_guard.frontends.sql.routines.deciding import compared
from outbox_guard.frontends.sql.routines.strings import Texts
from outbox_guard.frontends.sql.values.choices import EVERYWHERE, Reach, both

_LEAVES = ("continue", "exit", "return")
_CHOOSES = ("if", "elsif", "case", "when", "continue", "exit")
Decided = Callable[[Reach], tuple[Reach, Reach]]  # a condition: where it holds, where it does not


class Branches:
    """What the conditions say that were met so far."""

    def __init__(self, items: Sequence[Item]) -> None:
        arms = (arm for item in items for arm in item.path if arm.kind in ("if", "case"))
        self._start_of = {arm.arm: arm.start for arm in arms}
        self._holds: dict[int, Reach] = {}  # by arm
        self._fails: dict[int, Reach] = {}  # by statement: those that came to no arm so far
        self._subjects: dict[int, Texts] = {}  # of CASE x WHEN …
        self._left: dict[Path, Reach] = {}  # behind an arm by which others have left the path

    def chooses(self, item: Item) -> bool:
        return item.kind == "expression" and item.statement in _CHOOSES

    def leave(self, item: Item) -> None:
        """What ends the turn, the loop or the routine in an arm: who is behind it was not there."""
        ends = item.kind == "control" and item.statement in _LEAVES
        ends |= item.kind == "raise" and item.level == "exception"
        arm = item.path[-1] if item.path else None
        if ends and arm is not None and arm.kind == "if":
            self._leave(item.path[:-1], self._fails.get(arm.start, EVERYWHERE))

    def _leave(self, path: Path, others: Reach) -> None:
        if others != EVERYWHERE:
            self._left[path] = both(self._left.get(path, EVERYWHERE), others)

    def meet(self, item: Item, texts: Texts, decided: Decided) -> None:
        """A condition, the subject of a CASE or what it is compared with."""
        if item.statement in _LEAVES:  # CONTINUE WHEN …
            self._leave(item.path, decided(EVERYWHERE)[1])
            return
        start = self._start_of.get(item.at, item.at)
        before = self._fails.get(start, EVERYWHERE)
        if item.statement == "case":
            self._subjects[start] = texts
        elif item.statement != "when" or start not in self._subjects:
            self._holds[item.at], self._fails[start] = decided(before)
        elif len(texts) == 1 and not texts[0].holes:
            wanted = {texts[0].text}
            parted = compared(self._subjects[start], wanted, before)
            self._holds[item.at], self._fails[start] = parted

    def reach(self, path: Path) -> Reach:
        """The ways to a statement."""
        ways = EVERYWHERE
        for arm in path:
            if arm.kind in ("if", "case"):
                ways = both(ways, self._of(arm))
        for end in range(len(path) + 1 if self._left else 0):
            if left := self._left.get(path[:end]):
                ways = both(ways, left)
        return ways

    def _of(self, arm: Arm) -> Reach:
        here = ((0, f"{arm.kind} {arm.start}"), arm.arm)
        told = self._holds.get(arm.arm) or self._fails.get(arm.start, EVERYWHERE)
        return tuple(way | {here} for way in told)
