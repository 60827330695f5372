"""Processes of their own for what may take long, so that the editor's server never does."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from outbox_guard import garbage
from outbox_guard.lsp.engine import Engine
from outbox_guard.lsp.glancing import Glancer
from outbox_guard.lsp.outcomes import Buffers, Opened, Outcome, Settled, Superseded, World
from outbox_guard.reading import DEEPEST

Answer = TypeVar("Answer")
LEISURE = 5  # by how much a whole check gives way to what somebody waits for
Serve = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Broken:
    """There is no answer: a bug of ours, or code that takes too long."""

    says: str


class Asked(Generic[Answer]):
    """A process that answers one question at a time; it is started anew where it is lost."""

    def __init__(self, serve: Serve, patience: float) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._serve = serve
        self._patience = patience
        self._sending = threading.Lock()
        self._life = threading.Lock()
        self._over = False
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def ask(self, question: object) -> Answer | Broken:
        """Blocks until there is an answer, at most for the time that one may take."""
        try:
            pipe = self._started()
            self._send(pipe, question)
            if not pipe.poll(self._patience):
                self.stop()
                return Broken(f"no answer in {self._patience:.0f} s")
            answer: Answer | Broken = pipe.recv()
        except (EOFError, OSError):
            self.stop()
            return Broken("the process that checks has ended; it is started anew")
        return answer

    def interrupt(self) -> None:
        """Say that there will be another question; who is at one gives it up."""
        if self._pipe is not None:
            with suppress(OSError):
                self._send(self._pipe, None)

    def _send(self, pipe: Connection, question: object) -> None:
        with self._sending:  # one thread asks, another one interrupts
            pipe.send(question)

    def _started(self) -> Connection:
        """Raises EOFError where nobody asks any more."""
        with self._life:
            if self._over:
                raise EOFError
            if self._pipe is not None and self._process is not None and self._process.is_alive():
                return self._pipe
            ours, theirs = self._context.Pipe()
            # No daemon: it has processes of its own. It ends when the pipe does.
            process = self._context.Process(target=self._serve, args=(theirs,))
            process.start()
            theirs.close()
            self._process, self._pipe = process, ours
            return ours

    def stop(self) -> None:
        """End the process; the next question starts another one."""
        with self._life:
            if self._process is not None:
                self._process.kill()
                self._process.join()
            if self._pipe is not None:
                self._pipe.close()
            self._process = self._pipe = None

    def end(self) -> None:
        """For good."""
        self._over = True
        self.stop()


def checker() -> Asked[Settled | Superseded]:
    """Checks all: who asks for that gives it texts."""
    return Asked(_serve_checks, patience=600.0)  # each file has a time of its own


def glancer() -> Asked[Outcome | None]:
    """Checks what is typed: it is given texts, or what it has to know."""
    return Asked(_serve_glances, patience=10.0)


def _serve_checks(pipe: Connection) -> None:
    if hasattr(os, "nice"):
        os.nice(LEISURE)
    _answer_all(pipe, partial(_checked, Engine(), pipe.poll))


def _checked(
    engine: Engine, interrupted: Callable[[], bool], question: tuple[Buffers, bool]
) -> Settled | Superseded:
    texts, afresh = question
    return engine.check(texts, afresh=afresh, interrupted=interrupted)


def _serve_glances(pipe: Connection) -> None:
    sys.setrecursionlimit(DEEPEST)
    garbage.look_seldom()
    _answer_all(pipe, partial(_glanced, Glancer()))


def _glanced(engine: Glancer, question: Buffers | Opened | tuple[World, ...]) -> Outcome | None:
    match question:
        case tuple():
            for world in question:
                engine.learn(world)
        case Opened(texts=texts, file=file):
            engine.prepare(texts, file)
        case _:
            return engine.glance(question)
    gc.collect()
    garbage.keep_all()  # not to be looked through while somebody types
    return None


def _answer_all(pipe: Connection, answer: Callable[[object], object]) -> None:
    """Until the server is gone; an interruption that comes too late has no answer."""
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            question = pipe.recv()
            if question is not None:
                pipe.send(_safe(answer, question))


def _safe(answer: Callable[[object], object], question: object) -> object:
    try:
        return answer(question)
    except Exception:
        return Broken(traceback.format_exc(limit=-3))
