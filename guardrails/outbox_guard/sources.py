"""A file's text, and offsets in it to lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

from outbox_guard.facts import Place, Zone
from outbox_guard.names import Names

_NEWLINE = re.compile(r"\r\n|\n|\r")
Found = TypeVar("Found")


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
        line, column = self.at(start)
        end_line, end_column = self.at(end)
        return Place(self.path, line, column, end_line, end_column, self.zone)

    def at(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset, both counted from 1."""
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


@dataclass(frozen=True, slots=True)
class Question(Generic[Found]):
    """Something to ask of a file's text, which may stay as it is where the rest is changed."""

    name: str
    find: Callable[[Source, str], Found]  # `str` is what it is asked about
    spelt: Callable[[Source, Found, bool], str]  # the answer; with its places, or without

    def answer(self, source: Source, about: str, *, placed: bool) -> str:
        return self.spelt(source, self.find(source, about), placed)


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

    def outlined(self, path: str) -> Source | None:
        """The same, where nothing of its text counts but what `asked` and `speaks` say of it."""

    def asked(self, source: Source, question: Question[Found], about: str) -> Found:
        """What a file that was outlined says to a question."""

    def speaks(self, path: str) -> bool:
        """Whether `mentions` says so of the text of a file."""

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

    @property
    def memory(self) -> MutableMapping[str, object] | None:
        """What a frontend may keep of a file for its next state, by path, as long as no other
        file changes; None where each state is read for itself."""
