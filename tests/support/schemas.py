"""The schemas that are wrong in one way each, and their harmless variants, as texts by path."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import FIXTURES

BASE = FIXTURES / "payment-service/schema/v1"
FOLDER = "schema/v1"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One schema in two variants; `found` is what the rules find in the wrong one."""

    name: str
    what: str
    wrong: Texts
    harmless: Texts
    found: tuple[str, ...]  # "OBG405 schema/v1/004_indexes.sql:3"


def base() -> dict[str, str]:
    """The schema of the example project, which is correct."""
    return {f"{FOLDER}/{path.name}": path.read_text("utf-8") for path in sorted(BASE.iterdir())}


def cases() -> list[Case]:
    return [_case(path) for path in sorted((FIXTURES / "schemas").glob("OBG*.toml"))]


def _case(path: Path) -> Case:
    table = tomllib.loads(path.read_text("utf-8"))
    code = path.name.partition("-")[0]
    wrong = edited(table["wrong"])
    return Case(
        path.stem,
        table["what"],
        wrong,
        edited(table["harmless"]),
        tuple(sorted(_spot(wrong, spot, code) for spot in table["found"])),
    )


def edited(edits: Iterable[Mapping[str, Any]]) -> Texts:
    """The correct schema with these edits, one after the other."""
    texts = base()
    for edit in edits:
        path, new = f"{FOLDER}/{edit['file']}", edit["new"]
        if "old" not in edit:
            texts[path] = f"{texts.get(path, '')}\n{new}".lstrip("\n")
            continue
        assert texts[path].count(edit["old"]) == 1, f"{path}: once, please: {edit['old']}"
        texts[path] = texts[path].replace(edit["old"], new)
    return texts


def _spot(texts: Texts, spot: Mapping[str, str], code: str) -> str:
    path = f"{FOLDER}/{spot['file']}"
    lines = [n for n, line in enumerate(texts[path].splitlines(), 1) if spot["line"] in line]
    assert len(lines) == 1, f"{path}: on one line, please: {spot['line']}"
    return f"{spot.get('code', code)} {path}:{lines[0]}"
