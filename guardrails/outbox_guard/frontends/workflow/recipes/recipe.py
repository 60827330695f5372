"""A script that a program finds in a file of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import join, normpath

from outbox_guard.facts import Place
from outbox_guard.sources import Project, Source

Environment = Mapping[str, str | None]
PLAIN: frozenset[str] = frozenset()  # the options of `sh -c`


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it is run: where, and with which variables (None where not known)."""

    program: str
    path: str  # the program as it is written
    arguments: Sequence[str]
    environment: Environment
    folder: str
    project: Project

    def open(self, *names: str, within: str = "") -> Source | None:
        """The first of these files that is there."""
        paths = (normpath(join(self.folder, within, name)) for name in names)
        return next((found for path in paths if (found := self.project.source(path))), None)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A script, the options of the shell that runs it, and what it finds set."""

    source: Source
    text: str
    start: int  # where in the file it is written
    end: int
    environment: Environment
    folder: str
    options: frozenset[str] = PLAIN
    ignored: str = ""  # what makes nothing of its failure

    @property
    def place(self) -> Place:
        """Its first line."""
        line = self.source.text[self.start : self.end].partition("\n")[0].rstrip()
        return self.source.place(self.start, self.start + len(line))

    def words(self, start: int, end: int) -> Place:
        """Where text[start:end] stands; all of it where it is not written word for word."""
        if self.source.text[self.start : self.end] != self.text:
            return self.place
        words = self.text[start:end].partition("\n")[0]
        return self.source.place(self.start + start, self.start + start + len(words))
