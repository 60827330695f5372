"""What an interruption may not cut short, and which signals are one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def interruptible() -> Iterator[None]:
    """Let whoever ends the process interrupt it, so that what was made is taken away again."""
    with _handling(_interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Clean up to the end; who interrupts meanwhile is heard after it."""
    heard: list[int] = []
    with _handling(lambda number, _: heard.append(number)):
        yield
    for number in heard:
        signal.raise_signal(number)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _handling(handler: _Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    # What is ignored stays ignored: whoever started us under nohup meant it.
    heeded = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heeded}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
