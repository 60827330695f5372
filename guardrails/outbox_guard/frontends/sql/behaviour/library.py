"""The routines of a project that a body may call: those of its own file, and of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from outbox_guard.frontends.sql.behaviour.session import Definition
from outbox_guard.frontends.sql.passages import Cutter
from outbox_guard.frontends.sql.routines import header
from outbox_guard.frontends.sql.text import SqlText
from outbox_guard.sources import Project


@dataclass(slots=True)
class Routines:
    """Definitions by name, read when they are asked for."""

    text: SqlText
    cutter: Cutter
    project: Project | None = None
    found: dict[str, Definition | None] = field(default_factory=dict)
    _own: dict[str, Definition] | None = None

    def find(self, name: str) -> Definition | None:
        if name not in self.found:
            self.found[name] = self._here().get(name) or self._elsewhere(name)
        return self.found[name]

    def _here(self) -> dict[str, Definition]:
        if self._own is None:
            self._own = {d.routine.name: d for d in definitions(self.text, self.cutter)}
        return self._own

    def _elsewhere(self, name: str) -> Definition | None:
        """The last definition, by path, among the files of the schema."""
        if self.project is None:
            return None
        found: Definition | None = None
        zones = self.project.names.zones
        for path in sorted(self.project.files()):
            if not path.endswith(".sql") or zones.of(path) != "schema":
                continue
            source = self.project.source(path)
            if source is None or name not in source.text.lower():
                continue
            for each in definitions(SqlText.of(source), Cutter(psql=True)):
                if each.routine.name == name:
                    found = each
        return found


def definitions(text: SqlText, cutter: Cutter) -> Iterator[Definition]:
    """Every CREATE FUNCTION and PROCEDURE of a text."""
    for passage in cutter.passages(text):
        if passage.error is not None or not passage.tokens:
            continue
        routine = header(passage.sql, passage.tokens)
        if routine is None or routine.kind == "do" or routine.body is None:
            continue
        kind = next(token for token in passage.tokens if token.is_word(routine.kind))
        yield Definition(
            routine=routine,
            text=routine.body.text(text),
            header=passage.sql,
            place=passage.place(passage.tokens[0], kind),
        )
