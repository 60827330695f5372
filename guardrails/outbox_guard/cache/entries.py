"""The facts of files that were read before, for as long as nothing that they depend on changes.

An entry belongs to a file's path and text, to the names in force and to this very build of the
tool. It also holds every question that was asked of the project while the file was read, with the
answer (`questions.py`): where one is answered otherwise today, the file is read again.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field
from functools import lru_cache

from outbox_guard.cache.questions import Facts, Questions, Recorded, digest
from outbox_guard.cache.storing import Storage, hex_of
from outbox_guard.names import Names
from outbox_guard.sources import Project


@dataclass(frozen=True)
class Cache:
    """What was read of the files of one project, kept from run to run."""

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
        return hex_of(self.stamp, _asked(project.names, project.every_call), path, own.hex())


@lru_cache(maxsize=1)
def _asked(names: Names, every_call: bool) -> str:
    """By what facts are looked for: the same for all files of a project."""
    return repr((names, every_call))


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
