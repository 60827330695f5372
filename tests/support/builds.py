"""The little projects of data/builds.toml, and which of their builds ship the helper."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.support.paths import DATA

NOT_FILES = ("name", "tree", "ships", "at", "also", "git")


@dataclass(frozen=True)
class LittleProject:
    name: str
    files: Mapping[str, str]
    verdicts: tuple[tuple[str, str], ...]  # what ships it, and what stands at the finding
    git: bool  # whether it must be a repository to be built

    def __str__(self) -> str:
        return self.name

    def is_shipped_by(self, artefact: str) -> bool:
        return any(artefact in ships for ships, _ in self.verdicts)


def little_projects() -> Iterator[LittleProject]:
    table = tomllib.loads((DATA / "builds.toml").read_text("utf-8"))
    for entry in table["project"]:
        tree = entry["tree"]
        paths = table["trees"][tree] if isinstance(tree, str) else tree
        files = {path: f"# {path}\n" for path in paths}
        files |= {key: value for key, value in entry.items() if key not in NOT_FILES}
        verdicts = [each for each in (entry, entry.get("also", {})) if each.get("ships")]
        yield LittleProject(
            name=entry["name"],
            files=files,
            verdicts=tuple((each["ships"], each["at"]) for each in verdicts),
            git=entry.get("git", False),
        )


LITTLE_PROJECTS = tuple(little_projects())
