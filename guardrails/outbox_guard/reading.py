"""Files to facts, in processes of their own: no file can hang, crash or bloat a run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess

from outbox_guard.facts import Fact

Read = Callable[[str], tuple[Fact, ...]]

PATIENCE = 10.0  # seconds for one file
WORTH = 4  # files that make a further process worth its start


class Bug(Exception):
    """The tool itself failed on a file."""

    def __init__(self, path: str, report: str) -> None:
        super().__init__(f"outbox-guard failed on {path}")
        self.path = path
        self.report = report


@dataclass(frozen=True, slots=True)
class Lost:
    """A file that could not be read to the end, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Worker:
    """A process that reads one file after another."""

    process: BaseProcess
    pipe: Connection
    path: str = ""
    deadline: float = 0.0

    def give(self, path: str, patience: float) -> None:
        self.path = path
        self.deadline = time.monotonic() + patience
        self.pipe.send(path)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def read_all(
    paths: Sequence[str], read: Read, *, patience: float = PATIENCE
) -> Iterator[tuple[str, tuple[Fact, ...]] | Lost]:
    """What `read` gives for each path, in the order they are done.

    Raises Bug where `read` raises.
    """
    waiting = list(reversed(paths))
    wanted = min(os.cpu_count() or 1, (len(paths) + WORTH - 1) // WORTH)
    context = _context()
    workers = [_start(context, read) for _ in range(wanted)]
    try:
        for worker in workers:
            worker.give(waiting.pop(), patience)
        while any(worker.path for worker in workers):
            for worker in _ready(workers):
                yield _outcome(worker, patience)
                if not worker.process.is_alive() or not worker.path:
                    workers.remove(worker)
                    worker.stop()
                    worker = _start(context, read)
                    workers.append(worker)
                worker.path = ""
                if waiting:
                    worker.give(waiting.pop(), patience)
    finally:
        for worker in workers:
            worker.stop()


def _context() -> BaseContext:
    """Forking is cheap, and safe while there is one thread."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _start(context: BaseContext, read: Read) -> Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, read), daemon=True)  # type: ignore[attr-defined]  # typeshed has it on each context, not on their base
    process.start()
    theirs.close()
    return Worker(process, ours)


def _serve(pipe: Connection, read: Read) -> None:
    """The life of a worker; Ctrl-C is its parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setrecursionlimit(20_000)
    while True:
        try:
            path = pipe.recv()
        except (EOFError, OSError):
            return  # the parent is gone
        try:
            answer: tuple[Fact, ...] | Lost | str = read(path)
        except RecursionError:
            answer = Lost(path, "it nests too deeply to be followed")
        except MemoryError:
            answer = Lost(path, "it takes more memory than there is")
        except Exception:
            answer = traceback.format_exc()
        pipe.send(answer)


def _ready(workers: Sequence[Worker]) -> list[Worker]:
    """The workers that answered, died or ran out of time."""
    busy = [worker for worker in workers if worker.path]
    left = min(worker.deadline for worker in busy) - time.monotonic()
    heard = wait([worker.pipe for worker in busy], timeout=max(left, 0.0))
    now = time.monotonic()
    return [worker for worker in busy if worker.pipe in heard or worker.deadline <= now]


def _outcome(worker: Worker, patience: float) -> tuple[str, tuple[Fact, ...]] | Lost:
    path = worker.path
    if not worker.pipe.poll():
        worker.path = ""  # it is stuck; it will be replaced
        return Lost(path, f"it takes more than {patience:.0f} s to read")
    try:
        answer = worker.pipe.recv()
    except EOFError:
        worker.path = ""
        return Lost(path, "reading it crashes the parser")
    if isinstance(answer, str):
        raise Bug(path, answer)
    return answer if isinstance(answer, Lost) else (path, answer)
