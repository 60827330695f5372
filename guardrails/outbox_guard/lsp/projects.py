"""Which project an open file is of, and the configuration that holds there now."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outbox_guard.config import find_root, load
from outbox_guard.lsp.outcomes import Buffers, Stamps
from outbox_guard.project import Setup, set_up


def by_project(
    buffers: Buffers, known: dict[Path, Path] | None = None
) -> Mapping[Path, dict[Path, str]]:
    """The open files of each project, by its root; `known` are roots that need no search."""
    roots = {} if known is None else known
    projects: dict[Path, dict[Path, str]] = {}
    for file, text in buffers.items():
        if file not in roots:
            roots[file] = find_root(file)
        projects.setdefault(roots[file], {})[file] = text
    return projects


def paths_in(root: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Open files by their paths from the root of their project, links resolved."""
    return {Path(os.path.relpath(os.path.realpath(file), root)).as_posix(): file for file in files}


@dataclass
class Configuration:
    """The configuration of one project, read anew where a file of it has changed."""

    root: Path
    stamps: Stamps = ()
    _setup: Setup | None = field(default=None)

    def current(self) -> Setup:
        """Raises UsageError for what cannot be in force."""
        stamps = tuple(map(stamp, self._files()))
        if self._setup is None or stamps != self.stamps:
            self._setup = None
            self._setup = set_up(load(self.root))
            self.stamps = tuple(map(stamp, self._files()))
        return self._setup

    def _files(self) -> Iterator[Path]:
        yield self.root / "outbox-guard.toml"
        yield self.root / "pyproject.toml"
        if self._setup is not None:
            yield from self._setup.loaded.files
            yield from self._setup.loaded.rule_files


def stamp(path: Path) -> object:
    """What is another one when a file is."""
    try:
        status = path.stat()
    except OSError:
        return str(path), None
    return str(path), status.st_mtime_ns, status.st_size
