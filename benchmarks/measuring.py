"""How long a command takes, and how much memory."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from workshop import Command

import outbox_guard

TOLD = 2_000  # characters of what a command says that failed


def compile_as_installed() -> None:
    """Compile the package, as pip does when it installs: Python may be told not to write down what
    it compiles, and then a checkout is compiled anew at each start.
    """
    compileall.compile_dir(Path(outbox_guard.__file__).parent, quiet=1)


@dataclass(frozen=True)
class Run:
    """A command, the folder that it runs in, and what is made ready before each run."""

    command: Command
    cwd: Path
    before: Callable[[], None] = lambda: None
    cache: str = ""  # a folder; without one nothing is kept
    cores: int = 0  # at most so many; all where it is 0
    statuses: tuple[int, ...] = (0,)  # with which it may end: who fails at once is not fast

    def measured(self) -> Measured:
        self.before()
        environment = {**os.environ, "OUTBOX_GUARD_CACHE": self.cache}
        with tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            process = subprocess.Popen(
                list(map(str, self.command)),
                cwd=self.cwd,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=said,
                preexec_fn=self._take_cores if self.cores else None,  # noqa: PLW1509 — one thread
            )
            _, told, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(told)
            said.seek(0)
            words = said.read().decode("utf-8", "replace")[-TOLD:]
        if process.returncode not in self.statuses:
            raise SystemExit(f"{self.command}: status {process.returncode}\n{words}")
        return Measured(seconds, usage.ru_maxrss)

    def _take_cores(self) -> None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: self.cores])


@dataclass(frozen=True)
class Measured:
    seconds: float
    kilobytes: int  # of the largest process


@dataclass(frozen=True)
class Side:
    """One side of a row, measured several times."""

    runs: tuple[Measured, ...]

    @property
    def seconds(self) -> float:
        return statistics.median(each.seconds for each in self.runs)

    @property
    def megabytes(self) -> float:
        return statistics.median(each.kilobytes for each in self.runs) / 1024

    def __str__(self) -> str:
        every = [each.seconds for each in self.runs]
        return (
            f"{self.seconds:.2f} s ({min(every):.2f} to {max(every):.2f}), {self.megabytes:.0f} MB"
        )


def in_turns(runs: Iterable[Run], times: int, progress: Callable[[str], None]) -> dict[Run, Side]:
    """Each run so often, one after the other, so that all meet the same noise."""
    measured: dict[Run, list[Measured]] = {run: [] for run in runs}
    for turn in range(times):
        for number, run in enumerate(measured):
            progress(f"turn {turn + 1} of {times}, run {number + 1} of {len(measured)}")
            measured[run].append(run.measured())
    return {run: Side(tuple(each)) for run, each in measured.items()}
