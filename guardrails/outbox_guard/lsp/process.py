"""The engine in a process of its own, so that no file can keep the editor's server busy."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from outbox_guard.lsp.engine import Engine, Outcome

PATIENCE = 60.0  # seconds; of a first check of a large project, most is reading


@dataclass(frozen=True, slots=True)
class Broken:
    """There is no answer: a bug of ours, or code that takes too long."""

    says: str


class Checker:
    """Asks the engine; starts it, and again where it is lost. One question at a time."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def check(self, buffers: Mapping[Path, str]) -> Outcome | Broken:
        """Blocks until there is an answer, at most for the time that a check may take."""
        pipe = self._started()
        try:
            pipe.send(dict(buffers))
            if not pipe.poll(PATIENCE):
                self.stop()
                return Broken(f"no answer in {PATIENCE:.0f} s; a file may take too long to read")
            answer: Outcome | Broken = pipe.recv()
        except (EOFError, OSError):
            self.stop()
            return Broken("the process that checks has ended; it is started anew")
        return answer

    def _started(self) -> Connection:
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        return ours

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    """The other end: answers until the server is gone."""
    engine = Engine()
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            pipe.send(_answer(engine, pipe.recv()))


def _answer(engine: Engine, buffers: Mapping[Path, str]) -> Outcome | Broken:
    try:
        return engine.check(buffers)
    except Exception:
        return Broken(traceback.format_exc(limit=-3))
