"""The facts of files that were read before, for as long as nothing that they depend on changes.

An entry belongs to a file's path and text, to the names in force and to this very build of the
tool. It also holds every question that was asked of the project while the file was read, with the
answer (`recording.py`): where one is answered otherwise today, the file is read again.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from outbox_guard.recording import SUM, Facts, Questions, Recorded, digest, digest_of
from outbox_guard.records import cache_folder
from outbox_guard.sources import Project
from outbox_guard.version import __version__

OLD = 14 * 86_400  # seconds after which nobody comes back to an entry


class Storage(Protocol):
    def load(self, key: str) -> bytes | None:
        """What was saved under a key, or None where it is not there, or no longer whole."""

    def save(self, key: str, data: bytes) -> None:
        """Save it, if that is possible."""

    def forget_the_old(self) -> None:
        """Make room."""


@dataclass(frozen=True)
class Cache:
    storage: Storage
    stamp: str  # of all that facts depend on besides the project's files
    seen: dict[str, Questions] = field(default_factory=dict, repr=False, compare=False)  # by file

    def facts(self, path: str, project: Project) -> Facts | None:
        """What is known of a file; None where it has to be read."""
        entry = self._entry(path, project)
        asked = None if entry is None else entry.questions()
        now = None if asked is None else asked.renewed(project)
        if entry is None or now is None:
            return None
        self.seen[path] = now
        facts = entry.facts()
        if facts is not None and now != asked:  # the next run need not ask so much
            self._keep(path, project, now, facts)
        return facts

    def followed(self, path: str, project: Project) -> frozenset[str] | None:
        """The files whose text had a part in what is known of a file; None where that is not."""
        if path not in self.seen:
            entry = self._entry(path, project)
            asked = None if entry is None else entry.questions()
            if asked is None:
                return None
            self.seen[path] = asked
        return self.seen[path].followed

    def _entry(self, path: str, project: Project) -> Entry | None:
        data = self.storage.load(self._key(path, project))
        return None if data is None else Entry(io.BytesIO(data))

    def keep(self, path: str, recorded: Recorded, facts: Facts) -> None:
        self._keep(path, recorded.project, recorded.questions(facts), facts)

    def _keep(self, path: str, project: Project, asked: Questions, facts: Facts) -> None:
        parts = (asked.packed(), facts)
        data = b"".join(pickle.dumps(part, protocol=5) for part in parts)
        self.storage.save(self._key(path, project), data)

    def _key(self, path: str, project: Project) -> str:
        own = digest(project.source(path)) or b""
        asked = repr((project.names, project.every_call))
        return _hex(self.stamp, asked, path, own.hex())


def _hex(*parts: str) -> str:
    return digest_of("\0".join(parts)).hex()


class _Unpickler(pickle.Unpickler):
    """Makes facts and nothing else, whoever wrote the file."""

    def find_class(self, module_name: str, global_name: str) -> object:
        if module_name.partition(".")[2].partition(".")[0] != "facts":
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no fact")
        return super().find_class(module_name, global_name)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a file; the questions come first, and stand for themselves."""

    stored: io.BytesIO

    def questions(self) -> Questions | None:
        return Questions.unpacked(self._next())

    def facts(self) -> Facts | None:
        found = self._next()
        return found if isinstance(found, tuple) else None

    def _next(self) -> object:
        try:
            return _Unpickler(self.stored).load()  # each remembers what it has met
        except _UNREADABLE:
            return None


_UNREADABLE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, TypeError, ValueError)


@dataclass(frozen=True)
class Folder:
    """A folder with a file for each entry: a sum of the entry, and the entry.

    Files are put in place whole, so runs may share it, and may be killed. Where nothing can be
    written, nothing is kept.
    """

    path: Path

    def load(self, key: str) -> bytes | None:
        try:
            data = (self.path / key).read_bytes()
        except OSError:
            return None
        entry = data[SUM:]
        return entry if blake2b(entry, digest_size=SUM).digest() == data[:SUM] else None

    def save(self, key: str, data: bytes) -> None:
        with suppress(OSError):
            self.path.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=self.path)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(blake2b(data, digest_size=SUM).digest() + data)
                Path(name).replace(self.path / key)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def forget_the_old(self) -> None:
        """Entries that no run has written for a while, and what killed runs left."""
        with suppress(OSError):
            for entry in os.scandir(self.path):
                if time.time() - entry.stat().st_mtime > OLD:
                    Path(entry.path).unlink(missing_ok=True)


def cache_of(root: Path) -> Cache | None:
    """The cache of a project, in the user's folder for caches; None where there is none."""
    folder = cache_folder(os.environ)
    if folder is None:
        return None
    return Cache(Folder(Path(folder) / _hex(str(root))), _build())


def _build() -> str:
    """This build of the tool, of its parsers, and of Python."""
    from importlib.util import find_spec

    stamps = [__version__, sys.version]
    for parser in ("libcst", "sqlglot"):
        spec = find_spec(parser)
        stamps += [parser, _state(Path(spec.origin)) if spec and spec.origin else ""]
    package = Path(__file__).parent
    installed = (package / "rules").is_dir()  # a checkout changes without its version
    stamps += map(_state, [package / "version.py"] if installed else sorted(package.rglob("*.py")))
    return _hex(*stamps)


def _state(file: Path) -> str:
    state = file.stat()
    return f"{file} {state.st_mtime_ns} {state.st_size}"
