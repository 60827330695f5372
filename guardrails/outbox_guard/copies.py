"""Work shared with copies of this process, where copying is safe and pays."""

from __future__ import annotations

import marshal
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """How many of them are for this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_alone() -> bool:
    """Whether this process has one thread only, counting those that Python knows nothing of.

    A fork copies the locks that other threads hold, and nobody would ever open them.
    """
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 — no paths are wanted
    except OSError:
        return threading.active_count() == 1


def side_by_side(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item], *, worth: int
) -> Iterator[Result]:
    """What `work` makes of the parts of some items; `worth` of them make up for a process.

    It makes texts, numbers, and lists and tuples of such, which `marshal` can write.
    """
    number = min(cores(), len(items) // worth) if sys.platform == "linux" and is_alone() else 1
    first, *others = (items[start :: number or 1] for start in range(number or 1))
    with ExitStack() as stack:
        copies = [Copy.start(partial(work, part)) for part in others]
        for copy in copies:
            stack.callback(copy.end)
        yield work(first)
        for copy, part in zip(copies, others, strict=True):
            told = copy.told()
            yield work(part) if told is None else cast("tuple[Result]", marshal.loads(told))[0]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of this process, and the pipe on which it tells what came out."""

    process: int
    pipe: int

    @classmethod
    def start(cls, work: Callable[[], object]) -> Copy:
        ours, theirs = os.pipe()
        process = os.fork()
        if process:
            os.close(theirs)
            return cls(process, ours)
        try:
            _write(theirs, marshal.dumps((work(),)))  # type: ignore[arg-type]  # as promised
        finally:  # whatever went wrong here goes wrong again in the parent, who can tell of it
            os._exit(0)

    def told(self) -> bytes | None:
        """What it wrote; None where it did not come to its end."""
        data = b"".join(iter(partial(os.read, self.pipe, 1 << 16), b""))
        size, told = data[:8], data[8:]
        return told if int.from_bytes(size, "big") == len(told) > 0 else None

    def end(self) -> None:
        os.close(self.pipe)
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        with suppress(ChildProcessError):  # an embedder may leave it to the system
            os.waitpid(self.process, 0)


def _write(pipe: int, data: bytes) -> None:
    left = memoryview(len(data).to_bytes(8, "big") + data)
    while left:
        left = left[os.write(pipe, left) :]
