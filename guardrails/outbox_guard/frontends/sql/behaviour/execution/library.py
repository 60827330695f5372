"""The routines and views of a project: those of the file at hand, and of the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from outbox_guard.frontends.sql.behaviour.execution.session import Definition
from outbox_guard.frontends.sql.lexing.literals import Decoded
from outbox_guard.frontends.sql.lexing.passages import Cutter, Passage
from outbox_guard.frontends.sql.lexing.phrases import skip_words
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.parsing.wrappers import unwrap
from outbox_guard.frontends.sql.routines.blocks import PlpgsqlError
from outbox_guard.frontends.sql.routines.folding import fold
from outbox_guard.frontends.sql.routines.headers import header
from outbox_guard.frontends.sql.routines.plpgsql import extract
from outbox_guard.sources import Project


@dataclass(slots=True)
class Routines:
    """What is created by a name, read when it is asked for."""

    text: SqlText
    cutter: Cutter
    project: Project | None = None
    found: dict[str, Definition | None] = field(default_factory=dict)
    _views: dict[str, str | None] = field(default_factory=dict)

    def find(self, name: str) -> Definition | None:
        """The definition of a routine: the last of this file, or else of the schema's."""
        if name not in self.found:
            self.found[name] = None
            for text, cutter in self._naming(name):
                mine = [d for d in definitions(text, cutter) if d.routine.name == name]
                if mine:
                    self.found[name] = mine[-1]
                    break
        return self.found[name]

    def view(self, name: str) -> str | None:
        """The query of a view."""
        if name not in self._views:
            self._views[name] = None
            for text, cutter in self._naming(name):
                queries = [query for view, query in _views(text, cutter) if view == name]
                if queries:
                    self._views[name] = queries[-1]
                    break
        return self._views[name]

    def _naming(self, name: str) -> Iterator[tuple[SqlText, Cutter]]:
        """This text, and the files of the schema from the last to the first, that name a thing."""
        if name in self.text.text.lower():
            yield self.text, self.cutter
        if self.project is None:
            return
        zones = self.project.names.zones
        for path in sorted(self.project.files(), reverse=True):
            if path.endswith(".sql") and zones.of(path) == "schema":
                source = self.project.source(path)
                if source is not None and name in source.text.lower():
                    yield SqlText.of(source), Cutter(psql=True)


def definitions(text: SqlText, cutter: Cutter) -> Iterator[Definition]:
    """Every CREATE FUNCTION and PROCEDURE of a text."""
    for passage in _created(text, cutter):
        routine = header(passage.sql, passage.tokens)
        if routine is None or routine.kind == "do" or routine.body is None:
            continue
        kind = next(token for token in passage.tokens if token.is_word(routine.kind))
        yield Definition(
            routine=routine,
            text=routine.body.text(passage.text),
            header=passage.sql,
            place=passage.place(passage.tokens[0], kind),
        )


def _views(text: SqlText, cutter: Cutter) -> Iterator[tuple[str, str]]:
    """The name and the query of each CREATE VIEW."""
    for passage in _created(text, cutter):
        kind = skip_words(passage.tokens, 1, "or", "replace", "temp", "temporary", "materialized")
        if kind < len(passage.tokens) and passage.tokens[kind].is_word("view"):
            for inner in unwrap(passage.tokens):
                if inner.makes in ("view", "table") and inner.tokens:
                    start, end = inner.tokens[0].start, inner.tokens[-1].end
                    yield inner.name, passage.sql[start:end]


def _created(text: SqlText, cutter: Cutter) -> Iterator[Passage]:
    """What a text creates, in its DO blocks as well."""
    for passage in cutter.passages(text):
        if passage.error is not None or not passage.tokens:
            continue
        if passage.tokens[0].is_word("create"):
            yield passage
        elif passage.tokens[0].is_word("do"):
            for sent in _sent(passage):
                yield from _created(sent, Cutter())


def _sent(passage: Passage) -> Iterator[SqlText]:
    """The statements of a DO block, and the texts that it runs, as far as they are literal."""
    block = header(passage.sql, passage.tokens)
    if block is None or block.body is None:
        return
    body = block.body.text(passage.text)
    with suppress(PlpgsqlError):  # which is told where all bodies are read
        for item in extract(body.text):
            if item.kind == "sql":
                yield body.inside(Decoded(item.text, range(item.start, item.end)))
            elif item.kind == "dynamic":
                texts = fold(body, item.start, item.end)
                yield from (text.sql(body) for text in texts if not text.holes)
