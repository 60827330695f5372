"""Findings counted by rule, directory and the age of their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from outbox_guard.findings import Finding, Report

Age = Literal["week", "month", "year", "older", "unknown"]
AGES: tuple[Age, ...] = get_args(Age)
_DAYS: Mapping[Age, int] = {"week": 7, "month": 31, "year": 366}  # an age is below so many

# The days on which lines of a file were written, as far as that is known.
Written = Callable[[str, Collection[int]], Mapping[int, date]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The findings of one rule in one directory."""

    code: str
    name: str
    directory: str  # "." for the top
    open: int
    suppressed: int
    ages: Mapping[Age, int]  # of the open ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """A finding that an allow comment or the baseline keeps from failing the run."""

    code: str
    path: str
    line: int
    kind: Literal["inline", "baseline"]
    reason: str
    owner: str
    until: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a report adds up to."""

    rows: tuple[Row, ...]  # the most findings first
    exempt: tuple[Exempt, ...]  # the ones that end first come first


def tally(report: Report, written: Written, today: date, *, depth: int) -> Statistics:
    """Count a report; directories are cut after `depth` parts."""
    days = _days(report.open, written)
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        key = (finding.code, _directory(finding.place.path, depth))
        groups.setdefault(key, []).append(finding)
    rows = [_row(directory, group, days, today) for (_, directory), group in groups.items()]
    return Statistics(
        tuple(sorted(rows, key=lambda row: (-row.open, -row.suppressed, row.code, row.directory))),
        tuple(sorted(map(_exempt, _suppressed(report)), key=_ending)),
    )


def _days(findings: Iterable[Finding], written: Written) -> Mapping[tuple[str, int], date]:
    lines: dict[str, set[int]] = {}
    for finding in findings:
        lines.setdefault(finding.place.path, set()).add(finding.place.line)
    return {
        (path, line): day
        for path, wanted in lines.items()
        for line, day in written(path, wanted).items()
    }


def _directory(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:-1][:depth]) or "."


def _row(
    directory: str, group: list[Finding], days: Mapping[tuple[str, int], date], today: date
) -> Row:
    open_ = [finding for finding in group if finding.suppressed is None]
    places = ((finding.place.path, finding.place.line) for finding in open_)
    ages = Counter(_age(days.get(place), today) for place in places)
    return Row(
        code=group[0].code,
        name=group[0].name,
        directory=directory,
        open=len(open_),
        suppressed=len(group) - len(open_),
        ages={age: ages[age] for age in AGES},
    )


def _age(day: date | None, today: date) -> Age:
    if day is None:
        return "unknown"
    return next((age for age, below in _DAYS.items() if (today - day).days < below), "older")


def _suppressed(report: Report) -> Iterable[Finding]:
    return (finding for finding in report.findings if finding.suppressed is not None)


def _exempt(finding: Finding) -> Exempt:
    assert finding.suppressed is not None
    return Exempt(
        code=finding.code,
        path=finding.place.path,
        line=finding.place.line,
        kind=finding.suppressed.kind,
        reason=finding.suppressed.reason,
        owner=finding.suppressed.owner,
        until=finding.suppressed.until,
    )


def _ending(exempt: Exempt) -> tuple[str, str, int, str]:
    """What never ends comes last."""
    return exempt.until or "~", exempt.path, exempt.line, exempt.code
