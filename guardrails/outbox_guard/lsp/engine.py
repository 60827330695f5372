"""Checks the projects that an editor has open as `check` does, with what it holds of them.

A file is read anew only if it, or an answer that the project gave while it was read, is another
one now: see `cache/entries.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from outbox_guard.cache.questions import digest
from outbox_guard.config import ConfigError
from outbox_guard.config import Problem as ConfigProblem
from outbox_guard.errors import UsageError
from outbox_guard.gathering import Facts
from outbox_guard.intake import Intake, Reader, Request
from outbox_guard.lsp.outcomes import (
    Buffers,
    Outcome,
    Problem,
    Settled,
    Superseded,
    World,
    outcome_of,
)
from outbox_guard.lsp.projects import Configuration, by_project, paths_in
from outbox_guard.project import Setup, examine, is_enforced


class Interrupted(Exception):
    """There is something newer to check."""


def never() -> bool:
    return False


class Engine:
    """All projects of an editor; each check looks at all that they consist of."""

    def __init__(self, *, reader: Reader | None = None) -> None:
        self._reader = reader
        self._projects: dict[Path, _Project] = {}
        self._news: list[World] = []  # that nobody was told of yet

    def check(
        self,
        buffers: Buffers,
        *,
        afresh: bool = False,
        interrupted: Callable[[], bool] = never,
    ) -> Settled | Superseded:
        """Judge the open files, each by its own project, with all that is open in it.

        Whether it is interrupted is asked after each file that had to be read. The news are of
        what has changed since the last ones, or all there is to know where they are lost.
        """
        if afresh:
            self._projects.clear()
            self._news.clear()

        def go_on(done: int, of: int) -> None:
            if done < of and interrupted():
                raise Interrupted

        outcome = Outcome()
        try:
            for root, held in by_project(buffers).items():
                project = self._projects.setdefault(root, _Project(root, self._reader))
                found, news = project.check(held, go_on)
                outcome |= found
                self._news += news
        except Interrupted:
            return Superseded(self._told())
        return Settled(outcome, self._told())

    def _told(self) -> tuple[World, ...]:
        news = tuple(self._news)
        self._news.clear()
        return news


class _Project:
    """One project, and what was told of it."""

    def __init__(self, root: Path, reader: Reader | None) -> None:
        self._configuration = Configuration(root)
        self._root = root
        self._reader = reader
        self._told: dict[str, tuple[bytes, Facts]] = {}
        self._paths: frozenset[str] | None = None

    def check(
        self, held: Buffers, go_on: Callable[[int, int], None]
    ) -> tuple[Outcome, list[World]]:
        try:
            return self._checked(self._configuration.current(), held, go_on)
        except ConfigError as error:
            problems = tuple(_problem(each, self._root) for each in error.problems)
        except UsageError as error:
            problems = (Problem(self._root, 0, str(error)),)
        return Outcome(problems=problems), []

    def _checked(
        self, setup: Setup, held: Buffers, go_on: Callable[[int, int], None]
    ) -> tuple[Outcome, list[World]]:
        files = paths_in(self._root, held)
        request = Request(
            held={path: held[file] for path, file in files.items()},
            typed_only=True,
            cached=True,
            reader=self._reader,
        )
        judgement = setup.judgement(enforced=is_enforced(os.environ))
        taken, report = examine(setup, request, judgement, progress=go_on)
        return outcome_of(report, files, self._root), [self._news(taken)]

    def _news(self, taken: Intake) -> World:
        """What is another since it was last told."""
        known: dict[str, tuple[bytes, Facts]] = {}
        for path, facts in taken.by_path.items():
            entry = digest(taken.tree.source(path)) or b"", facts
            if self._told.get(path) != entry:
                known[path] = self._told[path] = entry
        paths = taken.tree.paths
        told = None if paths == self._paths else paths
        self._paths = paths
        return World(
            self._root,
            self._configuration.stamps,
            known,
            tuple(taken.by_path),
            taken.tree.carriers,
            taken.unread,
            told,
        )


def _problem(problem: ConfigProblem, root: Path) -> Problem:
    return Problem(root / problem.file, problem.line, problem.says)
