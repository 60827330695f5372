"""A step of a job, with what is said of it at every level: where it stands, `if`, leniences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from outbox_guard.facts import Edit, Place
from outbox_guard.frontends.workflow.documents import Node, Scalar, Table
from outbox_guard.frontends.workflow.scopes import Scope
from outbox_guard.sources import Source


@dataclass(frozen=True, slots=True)
class Said:
    """A value that says something of a step, at some level: an `if`, a `continue-on-error`."""

    text: str
    scope: Scope
    place: Place | None  # None where nothing is written


@dataclass(frozen=True, slots=True)
class Step:
    """`address` counts the job, the step, and the step in each action around it."""

    table: Table
    source: Source
    scope: Scope = field(repr=False)
    address: tuple[int, ...]
    conditions: tuple[Said, ...]  # the `if` at each level of the address, outermost first
    leniences: tuple[Said, ...]  # the `continue-on-error` that are written, likewise
    shell: str
    holds: bool = False  # it runs an action of the project, whose steps follow

    @property
    def place(self) -> Place:
        """Its first line: a name, mostly."""
        first = next(iter(self.table.entries.values()))
        if isinstance(first.value, Scalar) and "\n" not in self.raw(first.value):
            return self.source.place(first.key.start, first.value.end)
        return self.source.place(first.key.start, first.key.end)

    def raw(self, scalar: Node) -> str:
        return self.source.text[scalar.start : scalar.end]

    def words(self, scalar: Scalar, start: int, end: int) -> Place:
        """Where scalar.text[start:end] stands in the file; the scalar itself, if that is unclear.

        Indentation, quotes and folds are in the file and not in the text, so the words are
        counted in both.
        """
        words = scalar.text[start:end].strip().partition("\n")[0]
        raw = self.raw(scalar)
        if words and raw.count(words) == scalar.text.count(words):
            at = -1
            for _ in range(scalar.text.count(words, 0, start) + 1):
                at = raw.index(words, at + 1)
            begin = scalar.start + at
            return self.source.place(begin, begin + len(words))
        last = scalar.start + len(raw.partition("\n")[0].rstrip())
        return self.source.place(scalar.start, last)

    def with_line(self, line: str) -> Edit | None:
        """A line more below its first; None where its keys do not stand below each other."""
        first = next(iter(self.table.entries.values())).key
        text = self.source.text
        begins = text.rfind("\n", 0, first.start) + 1
        indent = text[begins : first.start]
        if not re.fullmatch(r" *- +", indent) or not isinstance(self.table.get(first.text), Scalar):
            return None
        if "\n" in self.raw(self.table.entries[first.text].value):
            return None
        end = re.compile(r"\r?$", re.MULTILINE).search(text, first.end)
        at = end.start() if end else len(text)
        newline = "\r\n" if end and end[0] else "\n"
        return Edit(self.source.place(at, at), "", f"{newline}{' ' * len(indent)}{line}")


def all_secrets(step: Step) -> Iterator[str]:
    """Every secret that a step is handed, whatever for."""
    for bound in step.scope.env.values():
        yield from bound.scope.secrets_of(bound.text)
    for _, text in (*step.table.table("with").texts(), ("", step.table.text("run"))):
        yield from step.scope.secrets_of(text)
