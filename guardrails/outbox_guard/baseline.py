"""The file of known findings, so that only new ones fail; it may shrink, and grows only on demand.

It is JSON with one finding a line, in order, so that a review of it reads well and merges do.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outbox_guard.errors import UsageError, did_you_mean
from outbox_guard.facts import Place, UselessAllow
from outbox_guard.findings import Finding, Suppression
from outbox_guard.fingerprints import first_of_its_kind

VERSION = 1
UNEXPLAINED = "in the baseline"

# What is said of suppressions: a baseline of useless entries would keep itself alive.
NEVER_KNOWN = ("OBG003", "OBG004")


class BaselineError(UsageError):
    """The file of known findings cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """Findings of one rule in one file whose lines say the same, and how many there are."""

    path: str
    code: str
    fingerprint: str  # of the first of them
    count: int = 1
    message: str = field(default="", compare=False)  # for those who read the file
    reason: str = field(default="", compare=False)  # from those who write in it
    line: int = field(default=1, compare=False)  # where the entry stands in the file

    def place(self, path: str) -> Place:
        return Place(path, self.line, 1, self.line, 2)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that are known, and where they are written down."""

    entries: tuple[Entry, ...] = ()
    path: str = ""  # of the file, from the project's root


def read_baseline(file: Path, path: str, *, required: bool = False) -> Baseline | None:
    """The baseline in a file; None where there is none, and none is `required`."""
    try:
        text = file.read_text("utf-8-sig")
    except FileNotFoundError as error:
        if required:
            says = "is not there; `outbox-guard baseline` writes it"
            raise BaselineError(f"{path}: {says}") from error
        return None
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: is not UTF-8; restore it from version control") from error
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_baseline(text, path)


def parse_baseline(text: str, path: str) -> Baseline:
    """The entries of a baseline; BaselineError where it is none."""
    import json

    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        merged = "; a merge left its marks in it" if "<<<<<<<" in text else ""
        raise BaselineError(f"{path}:{error.lineno}: is not JSON: {error.msg}{merged}") from error
    except RecursionError:
        raise BaselineError(f"{path}: is nested too deep to be a baseline") from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise BaselineError(f"{path}: is no baseline of this version, which is {VERSION}")
    listed = document.get("findings")
    if not isinstance(listed, list):
        raise BaselineError(f"{path}: 'findings' is a list")
    return Baseline(tuple(_entries(listed, text, path)), path)


def _entries(listed: list[Any], text: str, path: str) -> Iterator[Entry]:
    seen: set[str] = set()
    for number, table in enumerate(listed, 1):
        fault = _fault(table)
        if fault:
            raise BaselineError(f"{path}: entry {number}: {fault}")
        offset = max(text.find(f'"{table["fingerprint"]}"'), 0)
        entry = Entry(**table, line=text.count("\n", 0, offset) + 1)
        if entry.fingerprint in seen:
            raise BaselineError(f"{path}:{entry.line}: the same entry again; add up the counts")
        seen.add(entry.fingerprint)
        yield entry


_TYPES: Mapping[str, type[Any]] = {
    "code": str,
    "path": str,
    "fingerprint": str,
    "count": int,
    "message": str,
    "reason": str,
}
_OPTIONAL = ("message", "reason")


def _fault(table: object) -> str:
    """What is wrong with one entry."""
    if not isinstance(table, dict):
        return "is no object"
    for key, value in table.items():
        if key not in _TYPES:
            return f"no key {key!r}; {did_you_mean(key, _TYPES)}"
        if type(value) is not _TYPES[key]:
            return f"{key} is a {'number' if _TYPES[key] is int else 'text'}"
    missing = [key for key in _TYPES if key not in table and key not in _OPTIONAL]
    if missing:
        return f"{missing[0]!r} is missing"
    return "" if table["count"] > 0 else "count is 1 or more"


def render_baseline(baseline: Baseline) -> str:
    import json

    def line(entry: Entry) -> str:
        table = {key: getattr(entry, key) for key in _TYPES if getattr(entry, key) != ""}
        return "  " + json.dumps(table, ensure_ascii=False)

    entries = ",\n".join(map(line, sorted(baseline.entries)))
    listed = f"[\n{entries}\n ]" if entries else "[]"
    return f'{{"version": {VERSION},\n "findings": {listed}}}\n'


def apply(
    findings: Iterable[Finding],
    baseline: Baseline,
    *,
    active: Container[str],
    covers: Callable[[str], bool] = lambda _: True,
) -> tuple[list[Finding], list[UselessAllow]]:
    """The findings, the known ones marked; and the entries that know more than there is.

    Of equal findings the first ones are the known. `active` are the rules that ran, `covers`
    says which paths were reported on: of the rest, no entry is known to be stale.
    """
    left = {entry.fingerprint: entry.count for entry in baseline.entries}
    reasons = {entry.fingerprint: entry.reason or UNEXPLAINED for entry in baseline.entries}

    def marked(finding: Finding) -> Finding:
        if finding.suppressed or finding.code in NEVER_KNOWN:
            return finding
        key = first_of_its_kind(finding)
        if not left.get(key):
            return finding
        left[key] -= 1
        return dataclasses.replace(finding, suppressed=Suppression("baseline", reasons[key]))

    result = [marked(finding) for finding in findings]
    stale = [
        UselessAllow(place=entry.place(baseline.path), code=entry.code, origin="baseline")
        for entry in baseline.entries
        if left[entry.fingerprint] and entry.code in active and covers(entry.path)
    ]
    return result, stale


@dataclass(frozen=True, slots=True)
class Update:
    """What writing the baseline anew would do."""

    baseline: Baseline
    removed: int = 0  # known findings that are gone
    added: tuple[Finding, ...] = ()  # findings that become known
    refused: tuple[Finding, ...] = ()  # findings that do not, and fail the command


def update(
    old: Baseline | None, findings: Iterable[Finding], *, accept_new: bool = False
) -> Update:
    """The baseline of today's findings, in the place of `old`.

    The first baseline takes all. After that it only loses what is gone, unless new findings
    are accepted on demand. Reasons stay with their entries. `findings` are those of the whole
    project, under all the rules that are in force; what a comment allows needs no entry.
    """
    known = {entry.fingerprint: entry for entry in old.entries} if old else {}
    grows = old is None or accept_new
    entries: list[Entry] = []
    new: list[Finding] = []
    removed = sum(entry.count for entry in known.values())
    for fingerprint, equals in _by_kind(findings).items():
        entry = known.get(fingerprint)
        before = min(entry.count, len(equals)) if entry else 0
        removed -= before
        new += equals[before:]
        count = len(equals) if grows else before
        if count:
            entries.append(_entry(fingerprint, equals[0], count, entry))
    baseline = Baseline(tuple(sorted(entries)), old.path if old else "")
    added, refused = (tuple(new), ()) if grows else ((), tuple(new))
    return Update(baseline, removed, added, refused)


def _by_kind(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """The findings that a baseline may know, equal ones together."""
    kinds: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        allowed = finding.suppressed is not None and finding.suppressed.kind == "inline"
        if not allowed and finding.code not in NEVER_KNOWN:
            kinds[first_of_its_kind(finding)].append(finding)
    return kinds


def _entry(fingerprint: str, finding: Finding, count: int, known: Entry | None) -> Entry:
    return Entry(
        path=finding.place.path,
        code=finding.code,
        fingerprint=fingerprint,
        count=count,
        message=finding.message,
        reason=known.reason if known else "",
    )
