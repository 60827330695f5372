"""A project's files, as a frontend sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from outbox_guard.facts import Unreadable
from outbox_guard.names import Names
from outbox_guard.sieve import Sieve, sift
from outbox_guard.sources import Found, Question, Source

KEPT = 2_000  # texts of which it is known whether they mention anything
# What stands in another file under a name that this one does not say.
_STAR = re.compile(rb"import\s*\*")  # seldom, and soon found
_SPREADS = re.compile(rb"^\s*from\s[^\n]*import\s*\*", re.MULTILINE)

Open = Callable[[str], Source | Unreadable]


@dataclass(frozen=True)
class Tree:
    """The `Project` that files are read against; `open` gives the text at a path."""

    names: Names
    paths: frozenset[str] = field(repr=False)
    open: Open = field(repr=False)
    carriers: frozenset[str] = field(default=frozenset(), repr=False)
    every_call: bool = True  # without rules of the user's nobody asks about most of them
    # What was answered, by path; for `mentions` by text, of the latest texts.
    opened: dict[str, Source | None] = field(default_factory=dict, repr=False)  # `source`
    judged: dict[str, bool] = field(default_factory=dict, repr=False)  # `carries`
    told: dict[str, bool] = field(default_factory=dict, repr=False)  # `tells`
    said: dict[str, bool] = field(default_factory=dict, repr=False)  # `mentions`
    spoken: dict[str, bool] = field(default_factory=dict, repr=False)  # `speaks`
    memory: dict[str, object] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, texts: Mapping[str, str], names: Names) -> Tree:
        """A project that is only in memory."""

        def opened(path: str) -> Source:
            return Source(path, texts[path], names.zones.of(path))

        data = {path: text.encode("utf-8", "replace") for path, text in texts.items()}
        return cls(names, frozenset(texts), opened, sift(Sieve(names), data).carriers)

    def source(self, path: str) -> Source | None:
        if path not in self.opened:
            found = self.open(path) if path in self.paths else None
            self.opened[path] = found if isinstance(found, Source) else None
        return self.opened[path]

    def outlined(self, path: str) -> Source | None:
        return self.source(path)

    def asked(self, source: Source, question: Question[Found], about: str) -> Found:
        return question.find(source, about)

    def forget(self, path: str) -> None:
        """What was known of a file: it has changed."""
        if self.memory is not None:
            for other in self.memory.keys() - {path}:
                del self.memory[other]
        for known in (self.opened, self.judged, self.told, self.spoken):
            known.pop(path, None)

    def exists(self, path: str) -> bool:
        return path in self.paths or path in self._folders

    def carries(self, path: str) -> bool:
        if path in self.carriers:
            return True
        if path not in self.judged:
            held = self._bytes(path)
            # A package hands on what its modules declare, as Django's `models` does.
            spreads = path.endswith("__init__.py") and b"import" in held
            self.judged[path] = spreads or self.sieve.carries(held) or _spreads(held)
        return self.judged[path]

    def tells(self, path: str) -> bool:
        if path in self.carriers:
            return True
        if path not in self.told:
            self.told[path] = self.sieve.mentions(self._bytes(path))
        return self.told[path]

    def speaks(self, path: str) -> bool:
        if path not in self.spoken:
            source = self.source(path)
            self.spoken[path] = source is not None and self.mentions(source.text)
        return self.spoken[path]

    def mentions(self, text: str) -> bool:
        if text not in self.said:
            if len(self.said) >= KEPT:
                self.said.clear()
            data = text.encode("utf-8", "replace")
            self.said[text] = self.sieve.mentions(data) or self.sieve.switches(data)
        return self.said[text]

    def _bytes(self, path: str) -> bytes:
        source = self.source(path)
        return b"" if source is None else source.text.encode("utf-8", "replace")

    @cached_property
    def sieve(self) -> Sieve:
        return _sieve(self.names)

    def files(self) -> Iterable[str]:
        return self.paths

    @cached_property
    def _folders(self) -> frozenset[str]:
        folders = {path.rpartition("/")[0] for path in self.paths}
        for folder in tuple(folders):
            while (folder := folder.rpartition("/")[0]) and folder not in folders:
                folders.add(folder)
        folders.discard("")
        return frozenset(folders)


def _spreads(held: bytes) -> bool:
    return _STAR.search(held) is not None and _SPREADS.search(held) is not None


@lru_cache(maxsize=8)
def _sieve(names: Names) -> Sieve:
    return Sieve(names)  # what it looks for is worked out once
