"""A file's text, and offsets in it to lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

from outbox_guard.facts import Place, Zone
from outbox_guard.names import Names

_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Source:
    """The decoded text of one file; a byte order mark is no part of it."""

    path: str  # relative to the project's root, with "/"
    text: str = field(repr=False)
    zone: Zone = "application"

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins; the first line is number 0 here."""
        return [0, *(match.end() for match in _NEWLINE.finditer(self.text))]

    @cached_property
    def digest(self) -> bytes:
        """Of its text: the same only where the text is."""
        return blake2b(self.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def place(self, start: int, end: int) -> Place:
        """The place of text[start:end], both in code points."""
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return Place(self.path, line, column, end_line, end_column, self.zone)

    def _at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both counted from 1."""
        return self.line_starts[line - 1] + column - 1

    def span(self, place: Place) -> tuple[int, int]:
        """The offsets between which a place of this file lies."""
        start = self.offset(place.line, place.column)
        return start, self.offset(place.end_line, place.end_column)

    def words(self, place: Place) -> str:
        """What stands at a place of this file."""
        start, end = self.span(place)
        return self.text[start:end]

    def line(self, number: int) -> str:
        """A line, counted from 1, without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


class Project(Protocol):
    """What a frontend may ask about the rest of the project while it reads one file.

    Every answer is remembered as a dependency of that file, so that `read` stays a pure
    function of what it was given.
    """

    @property
    def names(self) -> Names: ...

    @property
    def every_call(self) -> bool:
        """Whether a rule of the user's may ask about any call of a toolkit."""

    def source(self, path: str) -> Source | None:
        """The file at this path, or None where there is none that can be read as text."""

    def exists(self, path: str) -> bool:
        """Whether the project has a file, or a folder with files, at this path."""

    def carries(self, path: str) -> bool:
        """Whether a file may hold a value that matters to the code that imports it."""

    def tells(self, path: str) -> bool:
        """Whether a file names a guarded table, or uses a name that stands for one."""

    def mentions(self, text: str) -> bool:
        """Whether a text may name a guarded table, or switch a role."""

    def files(self) -> Iterable[str]:
        """The path of every file of the project, in whatever language."""
