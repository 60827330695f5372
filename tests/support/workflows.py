"""Workflows that are wrong in one way, as edits of the right one (fixtures/workflows/README.md)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.support.paths import FIXTURES

FOLDER = FIXTURES / "workflows"
RIGHT = (FOLDER / "right.yml").read_text("utf-8")
PATH = ".github/workflows/gate.yml"
MARK = re.compile(r"# <-- (OBG\d+(?: OBG\d+)*)")

Edits = list[list[str]]  # what stands there, and what does instead
Found = Counter[str]  # "OBG604 path:line"


@dataclass(frozen=True)
class Case:
    name: str
    wrong: Edits
    harmless: Edits
    files: Mapping[str, str]

    def texts(self, edits: Edits) -> dict[str, str]:
        text = RIGHT
        for old, new in edits:
            assert text.count(old) == 1, f"{self.name}: {old!r} is not there once"
            text = text.replace(old, new)
        return {PATH: text, **self.files}


def cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.toml")):
        for table in tomllib.loads(file.read_text("utf-8"))["case"]:
            files = table.get("files", {})
            name = f"{file.stem}: {table['what']}"
            yield Case(name, table["wrong"], table["harmless"], files)


def marked(texts: Mapping[str, str]) -> Found:
    return Counter(
        f"{code} {path}:{number}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        for mark in MARK.findall(line)
        for code in mark.split()
    )
