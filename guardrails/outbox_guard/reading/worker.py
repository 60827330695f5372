"""A process that reads one file after another, seen from both of its ends."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

from outbox_guard import garbage
from outbox_guard.facts import Fact
from outbox_guard.forking import is_alone

Answer = tuple[Fact, ...]
Read = Callable[[str], "Answer"]
Prepare = Callable[[], None]
Start = Callable[[], "Worker"]

STARTING = 60.0  # seconds for a new interpreter, and for importing the parsers
ROOM = 4 << 30  # bytes that one process may take
DEEPEST = 20_000  # frames
STALLED = 6  # times the patience may pass on a clock where work counts, for a busy machine

_COUNTS_WORK = hasattr(signal, "setitimer")
_MAIN = threading.Lock()


@dataclass(frozen=True, slots=True)
class Lost:
    """A file could not be read to the end; `reason` says why, and what to do."""

    reason: str


Outcome = Answer | Lost | str


@dataclass(eq=False, slots=True)
class Worker:
    """The parent's end."""

    process: BaseProcess
    pipe: Connection
    path: str = ""
    deadline: float = 0.0
    started: bool = False

    def give(self, path: str, patience: float) -> bool:
        """Hand over a file, and start the clock; False where the process is gone.

        Patience is for work, which the process itself counts, where the system can.
        """
        try:
            if not self.started:
                self._await_start()
            self.path = path
            self.pipe.send((path, patience))
        except (BrokenPipeError, ConnectionResetError):
            return False
        self.deadline = time.monotonic() + patience * (STALLED if _COUNTS_WORK else 1)
        return True

    def _await_start(self) -> None:
        problem = "a process of its own does not start"
        with suppress(EOFError):
            problem = self.pipe.recv() if self.pipe.poll(STARTING) else problem
        if problem:
            raise RuntimeError(problem)
        self.started = True

    def ran_out_of_time(self) -> bool:
        """Of a process that is gone: whether it was its clock that ended it."""
        self.process.join()
        return _COUNTS_WORK and self.process.exitcode in (-signal.SIGPROF, -signal.SIGALRM)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


def starter(read: Read, prepare: Prepare) -> Start:
    """How to start a process here.

    A fork is cheap, but it copies the locks that other threads hold. So it is for a process
    with one thread only; whoever embeds us gets new interpreters.
    """
    if sys.platform == "linux" and is_alone():
        prepare()  # once, for all of them
        return lambda: _started(multiprocessing.get_context("fork"), read, nothing)
    return lambda: _started(multiprocessing.get_context("spawn"), read, prepare)


def nothing() -> None:
    """What there is to prepare where all is there."""


def _started(context: BaseContext, read: Read, prepare: Prepare) -> Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, read, prepare), daemon=True)  # type: ignore[attr-defined]  # typeshed has it on each context, not on their base
    with _deaf(), _without_main():
        process.start()
    theirs.close()
    return Worker(process, ours)


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C is not for the new process, not even in its first moments."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_main() -> Iterator[None]:
    """A new interpreter would run the embedder's script again, to have its definitions.

    We have no use for them, and the script may be a notebook, or may lack the guard against it.
    """
    with _MAIN:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _serve(pipe: Connection, read: Read, prepare: Prepare) -> None:
    """The life of a worker."""
    sys.setrecursionlimit(DEEPEST)
    garbage.look_seldom()
    try:
        prepare()
        garbage.keep_all()
        _limit_memory()
        pipe.send("")
        while (given := _next(pipe)) is not None:
            pipe.send(_read(read, *given))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent is gone


def _next(pipe: Connection) -> tuple[str, float] | None:
    """The next file and the time for it; None when the parent is gone.

    The pipe alone does not tell that: a process forked later holds its other end open.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    if pipe not in wait([pipe, parent.sentinel]):
        return None
    given: tuple[str, float] = pipe.recv()
    return given


def _read(read: Read, path: str, patience: float) -> Outcome:
    """The same, within a time."""
    _end_after(patience)
    try:
        return outcome(read, path)
    finally:
        _end_after(0.0)


def outcome(read: Read, path: str) -> Outcome:
    """The facts of a file, why there are none, or the traceback of a bug."""
    try:
        return read(path)
    except RecursionError:
        return Lost("it nests too deep to be followed; flatten it, or exclude it")
    except MemoryError:
        return Lost("it takes more memory than there is; split it, or exclude it")
    except Exception:
        return traceback.format_exc()


def _end_after(seconds: float) -> None:
    """End this process after so many seconds of work; 0 calls it off.

    It ends itself, since nothing in it may get to run any more, and nobody be left to end it.
    """
    if not _COUNTS_WORK:
        return
    for number, timer, factor in (
        (signal.SIGPROF, signal.ITIMER_PROF, 1),
        (signal.SIGALRM, signal.ITIMER_REAL, STALLED),
    ):
        signal.signal(number, signal.SIG_DFL)  # an embedder may have a handler of its own
        signal.setitimer(timer, seconds * factor)


def _limit_memory() -> None:
    """Over what the process has already: a fork of a large embedder is large from the start."""
    if sys.platform != "linux":
        return
    import resource

    held = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = held + ROOM
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
