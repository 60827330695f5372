"""Projects inside a project: each is judged by its own configuration, and told of in one report."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from outbox_guard.facts import Edit
from outbox_guard.findings import Coverage, Finding, Related, Report, RulePage

_Placed = TypeVar("_Placed", Finding, Related, Edit)


@dataclass(frozen=True, slots=True)
class Shares:
    """Which paths each project is to report on; no paths stand for the whole of it."""

    own: tuple[str, ...] | None  # of the project around; None where nothing of it is meant
    inner: Mapping[str, tuple[str, ...]]  # by folder, of those inside of it that are meant


def shares(paths: Sequence[str], inner: Iterable[str], root: Path, cwd: Path) -> Shares:
    """The paths, sorted by the project that they lie in; `inner` are folders, from the root."""
    if not paths:
        return Shares((), dict.fromkeys(inner, ()))
    own: list[str] = []
    meant: dict[str, tuple[str, ...]] = {}
    for path in paths:
        target = os.path.realpath(cwd / path)
        holding = [folder for folder in inner if _within(target, root / folder)]
        if not holding:
            own.append(path)
            meant |= {folder: () for folder in inner if _within(root / folder, target)}
        for folder in holding:
            known = meant.get(folder)
            meant[folder] = () if known == () else (*(known or ()), target)
    return Shares(tuple(own) or None, meant)


def _within(path: str | Path, folder: str | Path) -> bool:
    return Path(path).is_relative_to(folder)


def together(own: Report, inner: Mapping[str, Report]) -> Report:
    """One report, of a project and of those in its folders."""
    if not inner:
        return own
    moved = [_moved(finding, folder) for folder, each in inner.items() for finding in each.findings]
    reports = (own, *inner.values())
    pages: dict[str, RulePage] = {page.code: page for each in reports for page in each.rules}
    findings = sorted((*own.findings, *moved), key=lambda found: (found.place, found.code))
    return dataclasses.replace(
        own,
        findings=tuple(findings),
        coverage=_sum(each.coverage for each in reports),
        rules=tuple(pages[code] for code in sorted(pages)),
    )


def seen_from(report: Report, folder: str) -> Report:
    """A report as it reads from around its project, which is in this folder there."""
    moved = (_moved(finding, folder) for finding in report.findings)
    return dataclasses.replace(report, findings=tuple(moved))


def _moved(finding: Finding, folder: str) -> Finding:
    """As seen from the project around: its fingerprint is that of its own project."""
    related = tuple(_placed(each, folder) for each in finding.related)
    fix = finding.fix
    if fix is not None:
        edits = tuple(_placed(each, folder) for each in fix.edits)
        fix = dataclasses.replace(fix, edits=edits)
    return dataclasses.replace(_placed(finding, folder), related=related, fix=fix)


def _placed(each: _Placed, folder: str) -> _Placed:
    place = dataclasses.replace(each.place, path=f"{folder}/{each.place.path}")
    return dataclasses.replace(each, place=place)


def _sum(coverages: Iterable[Coverage]) -> Coverage:
    total = Coverage()
    for each in coverages:
        total = Coverage(
            files=total.files + each.files,
            parsed=total.parsed + each.parsed,
            statements=total.statements + each.statements,
            undetermined=total.undetermined + each.undetermined,
        )
    return total
