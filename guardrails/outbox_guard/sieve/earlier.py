"""What the last run found out about the files of a project, for those that are as they were."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeVar, cast

SUM = 16  # bytes of a digest

Found = TypeVar("Found", bound="bool | frozenset[bytes]")
Names = frozenset[bytes]
Used = Mapping[str, Names]  # by files that use any: names
Question = tuple[str, int, bytes]  # of a file: of which kind, about which names


@dataclass
class Earlier:
    """Answers about single files by their path, and what is to be kept for the next run."""

    digests: Mapping[str, bytes] = field(default_factory=dict)  # of all files then
    passed: frozenset[str] = frozenset()
    answers: Mapping[tuple[str, Question], object] = field(default_factory=dict)
    used: Mapping[bytes, Used] = field(default_factory=dict)  # by what was given
    same: frozenset[str] = frozenset()  # the files that are as they were
    kept: dict[tuple[str, Question], object] = field(default_factory=dict)
    kept_used: dict[bytes, Used] = field(default_factory=dict)

    @classmethod
    def unpacked(cls, data: bytes | None) -> Earlier:
        """Of what was kept; nothing is known where that is not whole."""
        if data is None:
            return cls()
        try:
            digests, passed, answers, used = marshal.loads(data)
        except (EOFError, ValueError, TypeError):
            return cls()
        return cls(digests, passed, answers, used)

    def packed(self, digests: Mapping[str, bytes], passed: Iterable[str]) -> bytes:
        kept = (dict(digests), frozenset(passed), self.kept, self.kept_used)
        return marshal.dumps(kept)

    def compared(self, digests: Mapping[str, bytes]) -> None:
        """Take for the same what has the same digest."""
        known = self.digests.items()
        self.same = frozenset(path for path, digest in digests.items() if (path, digest) in known)

    def of(self, path: str, question: Question, find: Callable[[], Found]) -> Found:
        """What is known of a file, or is found out now."""
        answer = self.answers.get((path, question)) if path in self.same else None
        found = find() if answer is None else cast("Found", answer)
        self.kept[path, question] = found
        return found

    def users(self, given: Set[tuple[str, bytes]], find: Callable[[Set[str]], Used]) -> Used:
        """Who uses these names: of the files that are the same as is known, of the others anew."""
        key = digest(repr(sorted(given)).encode())
        known = self.used.get(key)
        if known is None:
            found = find(frozenset())
        else:
            before = {path: names for path, names in known.items() if path in self.same}
            found = {**before, **find(self.same)}
        self.kept_used[key] = found
        return found

    def also(self, kept: Mapping[tuple[str, Question], object], used: Mapping[bytes, Used]) -> None:
        """What another process found out."""
        self.kept.update(kept)
        self.kept_used.update(used)


def digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=SUM).digest()
