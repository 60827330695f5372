"""The example project's schema with one mistake in it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provable import reference_schema

FILE = Path(__file__).parent / "data/sabotage.toml"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    says: str
    proof: str  # one that must catch it
    change: Sequence[tuple[str, str, str]]  # file, what stands there, what stands there instead

    def schema(self) -> dict[str, str]:
        """All files of the schema, with the mistake."""
        files = reference_schema()
        for name, old, new in self.change:
            path = f"schema/v1/{name}"
            assert files[path].count(old) == 1, f"{self.says}: {old!r} stands once in {name}"
            files[path] = files[path].replace(old, new)
        return files


MUTANTS = [Mutant(**table) for table in tomllib.loads(FILE.read_text("utf-8"))["mutants"]]
