"""Who judges what when: at a glance while somebody types, and the whole project behind that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from outbox_guard.lsp.outcomes import Opened, Outcome, Settled, Superseded
from outbox_guard.lsp.process import Broken, checker, glancer

PAUSE = 0.2  # seconds without a change, before the whole project is worth checking


@dataclass(frozen=True, slots=True)
class Held:
    """The open files as they were at some moment."""

    texts: Mapping[Path, str]
    versions: Mapping[Path, int | None]
    uris: Mapping[Path, str]  # as the client spells them


class Turns:
    """Counts the changes; each is answered by a glance, where one is enough, and by a check.

    What changes while something is judged is judged next, all at once.
    """

    def __init__(
        self,
        held: Callable[[], Held],
        tell: Callable[[Outcome, Held], None],
        warn: Callable[[str], None],
    ) -> None:
        self._held = held
        self._tell = tell
        self._warn = warn
        self._checker, self._glancer = checker(), glancer()
        self._asked = self._glanced = self._answered = self._settled = 0  # changes, counted
        self._turn = asyncio.Condition()
        self._glancing = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._knows = False  # whether the glancer has something to go by

    def changed(self) -> None:
        """Something is another now."""
        self._asked += 1
        self._checker.interrupt()
        for name, work in (("glance", self._glance), ("check", self._check)):
            if name not in self._tasks or self._tasks[name].done():
                self._tasks[name] = asyncio.ensure_future(work())

    async def answered(self) -> None:
        """Wait until what has changed so far is judged."""
        asked = self._asked
        async with self._turn:
            await self._turn.wait_for(lambda: self._answered >= asked)

    async def settled(self) -> None:
        """Wait until what has changed so far is judged with all that it changes elsewhere."""
        asked = self._asked
        async with self._turn:
            await self._turn.wait_for(lambda: self._settled >= asked)

    def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._checker.end()
        self._glancer.end()

    async def _glance(self) -> None:
        while self._glanced < self._asked:
            asked, held = self._asked, self._held()
            found = await self._ask_glancer(held.texts)
            if isinstance(found, Outcome) and self._settled < asked:
                self._tell(found, held)
                self._answered = asked
            await self._pass(glanced=asked)

    async def _check(self) -> None:
        while self._settled < self._asked:
            async with self._turn:
                await self._turn.wait_for(lambda: self._glanced >= self._asked or not self._knows)
            asked = self._asked
            if self._knows:  # the glance has answered, and who types hits the next key
                await asyncio.sleep(PAUSE)
                if self._asked > asked:
                    continue
            held = self._held()
            found = await asyncio.to_thread(self._checker.ask, (held.texts, not self._knows))
            if isinstance(found, Broken):
                self._warn(f"outbox-guard could not check: {found.says}")
            elif found.news:
                self._knows = True
                await self._ask_glancer(found.news)
            if isinstance(found, Superseded) or (
                isinstance(found, Settled) and asked < self._asked
            ):
                continue
            if isinstance(found, Settled):
                self._tell(found.outcome, held)
            await self._pass(settled=asked)
            await self._prepare(held, asked)

    async def _prepare(self, held: Held, asked: int) -> None:
        """Spend what the first key in a file costs while nobody types."""
        for file in held.texts:
            if self._knows and self._asked == asked:
                await self._ask_glancer(Opened(held.texts, file))

    async def _ask_glancer(self, question: object) -> Outcome | None:
        async with self._glancing:
            found = await asyncio.to_thread(self._glancer.ask, question)
        if isinstance(found, Broken):
            self._knows = False  # what it knew is lost; the check says more
            return None
        return found

    async def _pass(self, *, glanced: int = 0, settled: int = 0) -> None:
        async with self._turn:
            self._glanced = max(self._glanced, glanced)
            self._settled = max(self._settled, settled)
            self._answered = max(self._answered, settled)
            self._turn.notify_all()
