"""All that a bundle is made of, and the words of the project that it quotes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outbox_guard.config import Config
from outbox_guard.evidence.catalog import Catalog
from outbox_guard.evidence.excerpts import statement_at
from outbox_guard.evidence.results import Proved
from outbox_guard.facts import Place
from outbox_guard.findings import Report
from outbox_guard.globs import any_name
from outbox_guard.live.proofs.files import Proof
from outbox_guard.names import Names
from outbox_guard.rules import Rule
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.schema.rights import Estate
from outbox_guard.sources import Project, Source


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule, and how it stands in this project."""

    rule: Rule
    digest: str  # of its file
    active: bool


@dataclass(frozen=True)
class Material:
    """What all sections are written from."""

    config: Config
    settings: str  # the configuration in force, as TOML
    schema: Schema
    rights: Estate
    report: Report
    rules: tuple[InForce, ...]
    files: tuple[str, ...]  # of the schema, in the order in which they are applied
    project: Project = field(repr=False)
    proofs: tuple[Proof, ...] = ()
    results: Mapping[str, Proved] | None = None  # by the name of the proof; None where none ran
    catalog: Catalog | None = None  # in place of the files, where a database was asked

    @property
    def names(self) -> Names:
        return self.config.names

    @property
    def origin(self) -> str:
        """Where grants and definitions come from, which the whole bundle has to say."""
        told = "the project's files alone" if self.catalog is None else self.catalog.said
        return f"Grants and definitions: from {told}"

    def statement(self, place: Place) -> str:
        """The statement that a declaration stands in, as it is written."""
        return statement_at(self._source(place), place)

    def line(self, place: Place) -> str:
        return self._source(place).line(place.line)

    def _source(self, place: Place) -> Source:
        source = self.project.source(place.path)
        if self.catalog is not None and place.path == self.catalog.source.path:
            source = self.catalog.source
        assert source is not None, f"{place.path} was read, and is gone"
        return source

    def digest(self, path: str) -> str:
        source = self.project.source(path)
        return digest(source.text if source is not None else "")

    def tables(self, globs: Iterable[str]) -> list[StandingTable]:
        """The standing tables that are meant, without the parts of others."""
        meant = tuple(globs)
        return sorted(
            (t for t in self.schema.tables if any_name(meant, t.name) and not t.created.parent),
            key=written,
        )


def digest(text: str) -> str:
    """By its characters: the same wherever lines end with a carriage return as well."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8", "replace")).hexdigest()


def written(table: StandingTable) -> str:
    """Its name, with the schema that it was created in where that was said."""
    return ".".join(filter(None, (table.created.namespace, table.name)))


def where(place: Place) -> str:
    return f"{place.path}:{place.line}"
