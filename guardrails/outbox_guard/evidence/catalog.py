"""18 and 19: what a database's catalog has of the outbox, and how that differs from the files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from outbox_guard.checking import Judgement, judge
from outbox_guard.evidence.sections import Section
from outbox_guard.facts import Fact
from outbox_guard.findings import Finding, Report
from outbox_guard.folding import what_stands
from outbox_guard.frontends import sql
from outbox_guard.live.catalog.differences import Drift
from outbox_guard.live.reports import drift as reports
from outbox_guard.names import Names
from outbox_guard.reporters.safety import printable
from outbox_guard.schema.objects import Schema
from outbox_guard.schema.rights import Estate
from outbox_guard.sources import Source
from outbox_guard.trees import Tree

FILE, DRIFT = "18_catalog.txt", "19_drift.txt"
_TITLE = "The outbox as the live catalog has it, as SQL"
# About the order of files, the comments in them, and roles taken on, which here tell who granted.
_OF_FILES = ("OBG204", "OBG404", "OBG406")


@dataclass(frozen=True)
class Catalog:
    """The catalog of one database, in place of what the files of the schema declare."""

    database: str  # without its secrets
    version: int  # of PostgreSQL
    sql: str = field(repr=False)  # the statements that would make what it has
    names: Names
    drift: Drift | None  # None where the files could not be compared with it
    fault: str = ""  # why not

    @property
    def said(self) -> str:
        """Where it comes from, on one line."""
        return f"the live catalog of {printable(self.database)} (PostgreSQL {self.version})"

    @cached_property
    def source(self) -> Source:
        """Its text as it stands in the bundle, so that what is said of it has a line there."""
        return Source(FILE, f"-- {_TITLE}\n-- {self.said}\n\n{self.sql}", "schema")

    @property
    def stands(self) -> tuple[Schema, Estate]:
        return what_stands(self._facts, self._names)

    def judged(self, report: Report, judgement: Judgement) -> Report:
        """With what the rules find in the catalog and did not find in the files."""
        asked = dataclasses.replace(judgement, names=self._names, settings=())
        here = judge(self._facts, self._tree, asked, reported=self._tree.paths)
        known = {_told(finding) for finding in report.findings}
        more = (f for f in here.findings if f.code not in _OF_FILES and _told(f) not in known)
        return dataclasses.replace(report, findings=(*report.findings, *more))

    def sections(self) -> Iterator[Section]:
        yield Section(FILE, _TITLE, self.source.text, is_code=True)
        title = "How the live catalog differs from what the files of the schema make"
        missing = (f"the comparison with the files: {self.fault}",) if self.fault else ()
        yield Section(DRIFT, title, f"# {title}\n\n{self._differences}", missing, is_code=True)

    @property
    def summary(self) -> str:
        if self.drift is None:
            return "DRIFT: NOT COMPARED with the files of the schema."
        number = len(self.drift.differences)
        if not number:
            return "DRIFT: none, the database has what the files of the schema make."
        counted = f"{number} difference{'' if number == 1 else 's'}"
        return f"DRIFT: {counted} between the database and the files ({DRIFT})."

    @property
    def _differences(self) -> str:
        return f"{self.fault}\n" if self.drift is None else reports.text(self.drift)

    @property
    def _names(self) -> Names:
        return dataclasses.replace(self.names, target_version=self.version)

    @cached_property
    def _tree(self) -> Tree:
        return Tree(self._names, frozenset((FILE,)), lambda _path: self.source)

    @cached_property
    def _facts(self) -> tuple[Fact, ...]:
        return tuple(sql.lower(self.source, self._tree))


def _told(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.message
