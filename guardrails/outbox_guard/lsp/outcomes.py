"""What the processes that judge tell each other and the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outbox_guard.findings import Finding, Report, RulePage
from outbox_guard.gathering import Facts

Buffers = Mapping[Path, str]  # the texts that an editor holds, by the file
Known = Mapping[str, tuple[bytes, Facts]]  # by path: the digest of a text, and its facts
Stamps = tuple[object, ...]  # of configuration files


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
    roots: Mapping[Path, Path] = field(default_factory=dict)  # the project of each file

    def __or__(self, other: Outcome) -> Outcome:
        """Of both: they are about different projects."""
        return Outcome(
            {**self.findings, **other.findings},
            self.problems + other.problems,
            {**self.pages, **other.pages},
            {**self.roots, **other.roots},
        )


@dataclass(frozen=True, slots=True)
class World:
    """What a project says besides the files that are being typed into.

    It is told piece by piece: `known` holds the files of which there is news, `paths` is None
    where they are the same as before.
    """

    root: Path
    stamps: Stamps
    known: Known
    read: tuple[str, ...]  # the files that matter, in order
    carriers: frozenset[str]
    unread: Facts  # what is said of files that nobody could read
    paths: frozenset[str] | None

    @property
    def listed(self) -> frozenset[str]:
        return self.paths or frozenset()

    def after(self, before: World) -> World:
        """All of it, where this is news of what was known before."""
        known = {**before.known, **self.known}
        paths = before.paths if self.paths is None else self.paths
        return World(self.root, self.stamps, known, self.read, self.carriers, self.unread, paths)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a whole check has found, and what is new of the projects since the last one."""

    outcome: Outcome
    news: tuple[World, ...]


@dataclass(frozen=True, slots=True)
class Superseded:
    """A check was given up, for there is something newer to check."""

    news: tuple[World, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file in which somebody may type soon, among all that are open."""

    texts: Buffers
    file: Path


def outcome_of(report: Report, files: Mapping[str, Path], root: Path) -> Outcome:
    """Of the open files, by the paths that they have in their project."""
    found: dict[Path, list[Finding]] = {file: [] for file in files.values()}
    for finding in report.open:
        if finding.place.path in files:
            found[files[finding.place.path]].append(finding)
    return Outcome(
        {file: tuple(listed) for file, listed in found.items()},
        pages={page.code: page for page in report.rules},
        roots=dict.fromkeys(files.values(), root),
    )
