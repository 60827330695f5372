"""The projects that an editor has open, checked again and again with what it holds of them.

Facts are kept by file. A file is read anew only if it, or an answer that the project gave while
it was read, is another one now.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outbox_guard.caching import Cache, Recorded
from outbox_guard.checking import read
from outbox_guard.config import ConfigError, find_root, load
from outbox_guard.config import Problem as ConfigProblem
from outbox_guard.errors import UsageError
from outbox_guard.facts import Fact
from outbox_guard.findings import Finding, RulePage
from outbox_guard.intake import Progress, Request
from outbox_guard.project import Setup, is_enforced, run, set_up
from outbox_guard.trees import Tree

KEPT = 10_000  # files whose facts stay in memory

Buffers = Mapping[Path, str]  # the texts that an editor holds, by the file


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a project cannot be checked; line 0 is the file as a whole."""

    file: Path
    line: int
    says: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be said of the open files, and of configurations that cannot be in force."""

    findings: Mapping[Path, tuple[Finding, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    pages: Mapping[str, RulePage] = field(default_factory=dict)


class Engine:
    """All projects of an editor, in one process."""

    def __init__(self) -> None:
        self._projects: dict[Path, _Project] = {}

    def check(self, buffers: Buffers) -> Outcome:
        """Judge the open files, each by its own project, with all that is open in it."""
        outcome = Outcome()
        for root, held in _by_project(buffers).items():
            project = self._projects.setdefault(root, _Project(root))
            outcome = _both(outcome, project.check(held))
        return outcome


def _by_project(buffers: Buffers) -> Mapping[Path, dict[Path, str]]:
    projects: dict[Path, dict[Path, str]] = {}
    for file, text in buffers.items():
        projects.setdefault(find_root(file), {})[file] = text
    return projects


def _both(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(
        {**one.findings, **other.findings},
        one.problems + other.problems,
        {**one.pages, **other.pages},
    )


class _Project:
    """One project: its configuration while it is the same, and the facts of its files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._setup: Setup | None = None
        self._stamps: tuple[object, ...] = ()
        self._cache = Cache(Memory(), "")  # one build, as long as the process lives

    def check(self, held: Mapping[Path, str]) -> Outcome:
        try:
            setup = self._current()
            return self._checked(setup, held)
        except ConfigError as error:
            return Outcome(problems=tuple(_problem(each, self.root) for each in error.problems))
        except UsageError as error:
            return Outcome(problems=(Problem(self.root, 0, str(error)),))

    def _checked(self, setup: Setup, held: Mapping[Path, str]) -> Outcome:
        texts = {Path(os.path.relpath(file, self.root)).as_posix(): file for file in held}
        data = {path: held[file].encode("utf-8", "surrogatepass") for path, file in texts.items()}
        request = Request(held=data, reader=self._read)
        report = run(setup, request, enforced=is_enforced(os.environ), inside=False)
        found: dict[Path, list[Finding]] = {file: [] for file in held}
        for finding in report.open:
            if finding.place.path in texts:
                found[texts[finding.place.path]].append(finding)
        return Outcome(
            {file: tuple(listed) for file, listed in found.items()},
            pages={page.code: page for page in report.rules},
        )

    def _current(self) -> Setup:
        """The configuration, read anew where a file of it has changed."""
        stamps = tuple(_stamp(path) for path in self._configuration())
        if self._setup is None or stamps != self._stamps:
            self._setup = None
            self._setup = set_up(load(self.root))
            self._stamps = tuple(_stamp(path) for path in self._configuration())
        return self._setup

    def _configuration(self) -> Iterator[Path]:
        yield self.root / "outbox-guard.toml"
        yield self.root / "pyproject.toml"
        if self._setup is not None:
            yield from self._setup.loaded.files
            yield from self._setup.loaded.rule_files

    def _read(self, paths: Sequence[str], tree: Tree, progress: Progress | None) -> Iterable[Fact]:
        """The facts of these files, those that are known from before as they are."""
        del progress
        for path in paths:
            facts = self._cache.facts(path, tree)
            if facts is None:
                recorded = Recorded(tree)
                facts = tuple(read(path, recorded))
                self._cache.keep(path, recorded, facts)
            yield from facts


class Memory:
    """Where the facts are kept: of texts that were typed over, the latest ones only."""

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}

    def load(self, key: str) -> bytes | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._entries[key] = entry  # the last to be forgotten
        return entry

    def save(self, key: str, data: bytes) -> None:
        self._entries[key] = data
        self.forget_the_old()

    def forget_the_old(self) -> None:
        while len(self._entries) > KEPT:
            del self._entries[next(iter(self._entries))]


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return path, None
    return path, status.st_mtime_ns, status.st_size


def _problem(problem: ConfigProblem, root: Path) -> Problem:
    file = root / problem.file
    return Problem(file, problem.line, problem.says)
