"""Allow comments put to work: which findings they cover, and which of them are good for nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from outbox_guard.errors import did_you_mean
from outbox_guard.facts import Allow, UselessAllow
from outbox_guard.findings import Finding, Suppression

FILE_HEAD = 10  # lines, in which an allow-file may stand

# What the tool says of itself. A comment in a file that nobody could read proves nothing, and
# one that allowed useless or bare comments would allow itself.
NEVER_ALLOWED = {
    "OBG001": "a file that cannot be read stays a finding; mend it, exclude it or use a baseline",
    "OBG003": "an allow comment cannot excuse a useless one; remove the useless one",
    "OBG004": "an allow comment cannot excuse a bare one; give the bare one a code and a reason",
}


def judged(allow: Allow, codes: Collection[str], today: str = "") -> Allow:
    """The comment with its fault, as seen by who knows the codes of all rules.

    `today` is a day such as "2027-01-31"; without one, nothing is over.
    """
    if allow.fault:
        return allow
    if allow.until and allow.until <= today:
        fault = (
            f"it was for the time until {allow.until}; mend what it allowed, or name a later day"
        )
        return dataclasses.replace(allow, fault=fault)
    if allow.whole_file and allow.place.line > FILE_HEAD:
        fault = f"allow-file counts in the first {FILE_HEAD} lines of a file only"
        return dataclasses.replace(allow, fault=fault)
    faults = (_fault(code, codes) for code in allow.codes)
    return dataclasses.replace(allow, fault=next(filter(None, faults), ""))


def _fault(code: str, codes: Collection[str]) -> str:
    if code in NEVER_ALLOWED:
        return NEVER_ALLOWED[code]
    if code not in codes:
        hint = did_you_mean(code, codes, otherwise="`outbox-guard rules` lists them")
        return f"no rule {code}; {hint}"
    return ""


class _Spot(NamedTuple):
    """What one code of one comment covers: a line of a file, or all of it (line 0)."""

    path: str
    line: int
    code: str


def suppress(
    findings: Iterable[Finding],
    allows: Iterable[Allow],
    *,
    active: Container[str],
    reported: Container[str],
) -> tuple[list[Finding], list[UselessAllow]]:
    """The findings, the allowed ones marked; and the codes of comments that covered nothing.

    A comment stands on the finding's first line, or alone on a line above it with nothing but
    such comments between, or is for the whole file. Where several cover a finding, the one for
    the file counts, then the first: so a comment is useless exactly if it could go.

    `active` are the rules that ran: of others no comment is known to be useless, nor in files
    that are not `reported` on. Comments with a fault do nothing here.
    """
    allows = sorted(allows, key=lambda allow: (not allow.whole_file, allow.place))
    spots: dict[_Spot, Allow] = {}
    placed = list(_spots(allows))
    for spot, allow in placed:
        spots.setdefault(spot, allow)
    used: set[tuple[_Spot, Allow]] = set()

    def marked(finding: Finding) -> Finding:
        path, line = finding.place.path, finding.place.line
        for spot in (_Spot(path, 0, finding.code), _Spot(path, line, finding.code)):
            if allow := spots.get(spot):
                used.add((spot, allow))
                why = Suppression("inline", allow.reason, allow.owner, allow.until)
                return dataclasses.replace(finding, suppressed=why)
        return finding

    result = [marked(finding) for finding in findings]
    useless = [
        UselessAllow(place=allow.place, inside=allow.inside, code=spot.code, origin="comment")
        for spot, allow in placed
        if (spot, allow) not in used and spot.code in active and spot.path in reported
    ]
    return result, useless


def _spots(allows: Iterable[Allow]) -> Iterator[tuple[_Spot, Allow]]:
    """What each comment covers, a code at a time."""
    allows = list(allows)
    ends = _ends_of_stacks(allows)
    for allow in allows:
        if allow.fault:
            continue
        path, line = allow.place.path, allow.place.line
        if allow.whole_file:
            line = 0
        elif allow.alone:
            line = ends[path, line]
        for code in dict.fromkeys(allow.codes):
            yield _Spot(path, line, code), allow


def _ends_of_stacks(allows: Iterable[Allow]) -> Mapping[tuple[str, int], int]:
    """For the line of each comment that stands alone, the first line below its stack."""
    below = {
        (allow.place.path, allow.place.line): allow.place.end_line + 1
        for allow in allows
        if allow.alone
    }
    ends: dict[tuple[str, int], int] = {}
    for (path, line), following in sorted(below.items(), reverse=True):
        ends[path, line] = ends.get((path, following), following)
    return ends
