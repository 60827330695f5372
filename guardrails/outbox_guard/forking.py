"""Work shared with forks of this process, where copying is safe and pays."""

from __future__ import annotations

import marshal
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

SHARES = 8  # for each process, so that none waits long for the others
MOST_SHARES = 256  # as a byte can number

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


def nothing(_: object) -> None:
    """What there is to do with a result before all are there."""


def side_by_side(
    work: Callable[[Sequence[Item]], Result],
    items: Sequence[Item],
    *,
    worth: int,
    heard: Callable[[Result], None] = nothing,
) -> Iterator[Result]:
    """What `work` makes of the parts of some items; `worth` of them make up for a process.

    It makes texts, numbers, and collections of such, which `marshal` can write. `heard` is told
    of what was made in this process, while the others are at work.
    """
    most = min(cores(), MOST_SHARES)
    number = min(most, len(items) // worth) if sys.platform == "linux" and is_alone() else 1
    if number <= 1:
        yield work(items)
        return
    many = min(number * SHARES, len(items), MOST_SHARES)
    shares = tuple(items[start::many] for start in range(many))
    done: dict[int, Result] = {}
    with _claims(range(number, many)) as claims, ExitStack() as stack:
        off = partial(_worked_off, work, shares, claims)
        copies = [Copy.start(partial(dict, off(first))) for first in range(1, number)]
        for copy in copies:
            stack.callback(copy.end)
        for share, result in off(0):
            done[share] = result
            heard(result)
        for copy in copies:
            told = copy.told()
            done |= {} if told is None else cast("tuple[dict[int, Result]]", marshal.loads(told))[0]
    for share in range(many):  # those of a copy that died are done again
        yield done[share] if share in done else work(shares[share])


@contextmanager
def _claims(numbers: Iterable[int]) -> Iterator[int]:
    """A pipe with these numbers, of which each goes to who reads it first."""
    claims, giving = os.pipe()
    try:
        os.write(giving, bytes(numbers))
        os.close(giving)
        yield claims
    finally:
        os.close(claims)


def _worked_off(
    work: Callable[[Sequence[Item]], Result],
    shares: Sequence[Sequence[Item]],
    claims: int,
    first: int,
) -> Iterator[tuple[int, Result]]:
    """The shares that fall to one process, which is sure of its first."""
    claimed = bytes((first,))
    while claimed:
        yield claimed[0], work(shares[claimed[0]])
        claimed = os.read(claims, 1)


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
