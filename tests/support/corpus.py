"""The corpus: forms that must be found, and their innocent twins (fixtures/corpus/README.md)."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from outbox_guard.checking import Judgement, check_sources
from outbox_guard.findings import Finding
from outbox_guard.names import Names, Outbox
from outbox_guard.rules import Rule, build_rule
from outbox_guard.sources import Source
from tests.support.examples import TABLES
from tests.support.paths import FIXTURES

FOLDER = FIXTURES / "corpus"
MARK = re.compile(r"<-- (OBG\d+(?: OBG\d+)*)")
WHOLE = re.compile(r"OBG40[2-9]|OBG41|OBG5")
CODES = tuple(table["code"] for table in TABLES.values())

Found = Counter[tuple[str, int, str]]  # path, line and code


@dataclass(frozen=True)
class Case:
    """A little project, its lines marked with what must be found there."""

    files: Mapping[str, str]
    path: str  # the file that the case is about
    outbox: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # configured names

    @property
    def marked(self) -> Found:
        return Counter(
            (path, number, code)
            for path, text in self.files.items()
            for number, line in enumerate(text.splitlines(), 1)
            for mark in MARK.findall(line)
            for code in mark.split()
        )

    @property
    def found(self) -> Found:
        return Counter((f.place.path, f.place.line, f.code) for f in self.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        names = Names(outbox=Outbox(**self.outbox))
        judgement = Judgement(names=names, rules=_rules(names), codes=CODES)
        return tuple(check_sources(self.files, judgement).findings)

    def codes_within(self, path: str, start: int, end: int) -> list[str]:
        """What is found between two offsets of a file."""
        source = Source(path, self.files[path], "application")
        inside = source.place(start, end)
        first, last = (inside.line, inside.column), (inside.end_line, inside.end_column)
        return [
            finding.code
            for finding in self.findings
            if finding.place.path == path
            and first <= (finding.place.line, finding.place.column) < last
        ]

    def with_file(self, path: str, text: str) -> Case:
        return dataclasses.replace(self, files={**self.files, path: text})


@dataclass(frozen=True)
class Form:
    """Code in which something must be found, and the twin that differs by what matters."""

    name: str
    case: Case
    changes: Mapping[str, str]

    @property
    def twin(self) -> Case:
        files = {path: self._innocent(text) for path, text in self.case.files.items()}
        return dataclasses.replace(self.case, files=files)

    @property
    def idle(self) -> list[str]:
        """Changes that change nothing."""
        whole = "".join(self.case.files.values())
        return [old for old in self.changes if old not in whole]

    def _innocent(self, text: str) -> str:
        """A mark that no change puts in its place goes."""
        kept = [new for old, new in self.changes.items() if MARK.match(old)]
        for old, new in self.changes.items():
            text = text.replace(old, new)
        return MARK.sub(lambda mark: mark.group() if mark.group() in kept else "", text)


@cache
def _rules(names: Names) -> tuple[Rule, ...]:
    """Those about single statements: a form is no whole schema, with grants and triggers."""
    tables = ((name, table) for name, table in TABLES.items() if not WHOLE.match(table["code"]))
    return tuple(build_rule(table, names, file=name) for name, table in tables)


def forms() -> Iterator[Form]:
    for name, table in _tables("form"):
        yield Form(name, _case(table), table["twin"])


def innocents() -> Iterator[tuple[str, Case]]:
    for name, table in _tables("innocent"):
        yield name, _case(table)


def _tables(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(FOLDER.rglob("*.toml")):
        theme = file.relative_to(FOLDER).with_suffix("").as_posix()
        for table in tomllib.loads(file.read_text(encoding="utf-8")).get(kind, []):
            yield f"{theme}: {table['name']}", table


def _case(table: Mapping[str, Any]) -> Case:
    files = {table["path"]: table["code"], **table.get("files", {})}
    outbox = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table.get("outbox", {}).items()
    }
    return Case(files, table["path"], outbox)
