"""The example project's schema with something changed: a mistake, or another way to be right."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.paths import DATA, REFERENCE
from tests.support.provable import reference_schema


@dataclass(frozen=True, kw_only=True)
class Mutant:
    says: str
    change: Sequence[tuple[str, str, str]]  # file, what stands there, what stands there instead
    proof: str = ""  # one that must catch it
    rules: Sequence[str] = ()  # all that catch it
    proofs: Sequence[str] = ()  # that must hold all the same

    def project(self) -> dict[str, str]:
        """The files of the schema and the configuration, with the change."""
        files = reference_schema()
        for name, old, new in self.change:
            path = f"schema/v1/{name}"
            assert files[path].count(old) == 1, f"{self.says}: {old!r} stands once in {name}"
            files[path] = files[path].replace(old, new)
        return files | {"pyproject.toml": (REFERENCE / "pyproject.toml").read_text("utf-8")}


def _read(name: str) -> list[Mutant]:
    return [Mutant(**table) for table in tomllib.loads((DATA / name).read_text("utf-8"))["mutants"]]


MISTAKES = _read("sabotage.toml")
INNOCENT = _read("innocent.toml")
