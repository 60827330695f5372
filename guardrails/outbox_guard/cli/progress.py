"""A bar on standard error while a long run goes on in a terminal."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from outbox_guard.cli.terminal import is_terminal

PATIENCE = 1.0  # seconds in which nobody asks how far it is


class Bar:
    """Called with how much is done of how much; shows nothing until it has taken a while."""

    def __init__(self, doing: str = "Reading files") -> None:
        self._doing = doing
        self._begun = time.monotonic()
        self._shown = ExitStack()
        self._task: Task | None = None
        self._last = self._before = (0, 0)  # of this project, and of those before it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._shown.__exit__(kind, error, traceback)

    def __call__(self, done: int, total: int) -> None:
        if total != self._last[1] or done < self._last[0]:
            self._before = (self._before[0] + self._last[0], self._before[1] + self._last[1])
        self._last = done, total
        done, total = self._before[0] + done, self._before[1] + total
        if self._task is None:
            if time.monotonic() - self._begun < PATIENCE or not is_wanted():
                return
            self._task = Task(self._shown, self._doing)
        self._task.update(done, total)


def is_wanted() -> bool:
    return is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"


class Task:
    """The bar itself."""

    def __init__(self, shown: ExitStack, doing: str) -> None:
        from rich.console import Console  # paid for by a long run only
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = TextColumn(doing), BarColumn(), MofNCompleteColumn()
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress = shown.enter_context(progress)
        self._id = self._progress.add_task("", total=None)

    def update(self, done: int, total: int) -> None:
        self._progress.update(self._id, completed=done, total=total)
