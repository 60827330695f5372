"""Files to facts, in processes of their own: no file can hang, crash or bloat a run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from outbox_guard.forking import cores
from outbox_guard.reading.worker import (
    DEEPEST,
    Answer,
    Lost,
    Prepare,
    Read,
    Start,
    Worker,
    nothing,
    outcome,
    starter,
)

__all__ = [
    "DEEPEST",
    "Answer",
    "Bug",
    "Lost",
    "Read",
    "outcome",
    "read_all",
    "read_with",
]

PATIENCE = 10.0  # seconds for one file
WORTH = 4  # files that make a further process worth its start


class Bug(Exception):
    """The tool itself failed on a file; `report` is the traceback."""

    def __init__(self, path: str, report: str) -> None:
        super().__init__(f"outbox-guard failed on {path}")
        self.path = path
        self.report = report


def read_all(
    paths: Sequence[str],
    read: Read,
    *,
    prepare: Prepare = nothing,
    meanwhile: Prepare = nothing,
    patience: float = PATIENCE,
    processes: int | None = None,
) -> Iterator[tuple[str, Answer | Lost]]:
    """What `read` gives for each path, in the order they are done.

    `prepare` imports what `read` needs, before the clock of the first file starts. Both may be
    sent to another process, so they are functions of modules, or partials of such. `meanwhile` is
    done here, once the first files are being read.

    Raises Bug where `read` raises.
    """
    wanted = processes or min(cores(), (len(paths) + WORTH - 1) // WORTH)
    pool = _Pool(starter(read, prepare), wanted, patience)
    waiting = deque(paths)
    try:
        pool.hand_out(waiting)
        meanwhile()
        while waiting or pool.busy:
            yield from pool.results()
            pool.hand_out(waiting)
    finally:
        pool.stop()


def read_with(named: str, paths: Sequence[str], read: Read) -> Iterator[tuple[str, Answer | Lost]]:
    """The same on the executor of this name."""
    from outbox_guard.reading.executors import executor_of, read_on

    with executor_of(named) as executor:
        for path, told in read_on(executor, paths, read):
            if isinstance(told, str):
                raise Bug(path, told)
            yield path, told


@dataclass
class _Pool:
    """The processes, and what they are at."""

    start: Start
    wanted: int
    patience: float
    idle: list[Worker] = field(default_factory=list)
    busy: list[Worker] = field(default_factory=list)

    def hand_out(self, waiting: deque[str]) -> None:
        """Give a file to every process that has none, as long as there are files."""
        fresh = min(self.wanted - len(self.busy), len(waiting)) - len(self.idle)
        self.idle += [self.start() for _ in range(fresh)]  # all at once: they start side by side
        while waiting and self.idle:
            worker = self.idle.pop()
            if worker.give(waiting[0], self.patience):
                self.busy.append(worker)
                waiting.popleft()
            else:
                worker.stop()
                self.idle.append(self.start())

    def results(self) -> Iterator[tuple[str, Answer | Lost]]:
        """Of those that answered, died or ran out of time, as soon as there are any."""
        left = min(worker.deadline for worker in self.busy) - time.monotonic()
        heard = wait([worker.pipe for worker in self.busy], timeout=max(left, 0.0))
        now = time.monotonic()
        for worker in [w for w in self.busy if w.pipe in heard or w.deadline <= now]:
            outcome = self._outcome(worker)
            self.busy.remove(worker)
            if isinstance(outcome, Lost):
                worker.stop()  # stuck or dead; another takes its place
            else:
                self.idle.append(worker)
            yield worker.path, outcome

    def _outcome(self, worker: Worker) -> Answer | Lost:
        too_long = Lost(f"it takes more than {self.patience:g} s to read; split or exclude it")
        if not worker.pipe.poll():
            return too_long
        try:
            answer: Answer | Lost | str = worker.pipe.recv()
        except (EOFError, OSError):
            if worker.ran_out_of_time():
                return too_long
            return Lost("reading it crashes the parser; exclude it, and please report this")
        if isinstance(answer, str):
            raise Bug(worker.path, answer)
        return answer

    def stop(self) -> None:
        for worker in (*self.busy, *self.idle):
            worker.stop()
