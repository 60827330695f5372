"""A project's files, as a frontend sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from outbox_guard.facts import Unreadable
from outbox_guard.names import Names
from outbox_guard.sources import Source

Open = Callable[[str], Source | Unreadable]


@dataclass(frozen=True)
class Tree:
    """The `Project` that files are read against; `open` gives the text at a path."""

    names: Names
    paths: frozenset[str] = field(repr=False)
    open: Open = field(repr=False)
    opened: dict[str, Source | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, texts: Mapping[str, str], names: Names) -> Tree:
        """A project that is only in memory."""

        def opened(path: str) -> Source:
            return Source(path, texts[path], names.zones.of(path))

        return cls(names, frozenset(texts), opened)

    def source(self, path: str) -> Source | None:
        if path not in self.opened:
            found = self.open(path) if path in self.paths else None
            self.opened[path] = found if isinstance(found, Source) else None
        return self.opened[path]

    def exists(self, path: str) -> bool:
        return path in self.paths or path in self._folders

    def files(self) -> Iterable[str]:
        return self.paths

    @cached_property
    def _folders(self) -> frozenset[str]:
        folders: set[str] = set()
        for path in self.paths:
            while path := path.rpartition("/")[0]:
                if path in folders:
                    break
                folders.add(path)
        return frozenset(folders)
