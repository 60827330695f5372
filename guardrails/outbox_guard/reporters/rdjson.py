"""Reviewdog's diagnostic format."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.phrases import HOME, related, rule_url
from outbox_guard.reporters.safety import json_text

SOURCE = {"name": "outbox-guard", "url": HOME}


def render(report: Report) -> str:
    return json_text({"source": SOURCE, "diagnostics": [_diagnostic(f) for f in report.listed]})


def _diagnostic(finding: Finding) -> dict[str, object]:
    url = rule_url(finding.code)
    return {
        "message": "\n".join(_message(finding)),
        "location": {"path": finding.place.path, "range": _range(finding, finding.place)},
        "severity": "INFO" if finding.suppressed else finding.severity.upper(),
        "code": {"value": finding.code, **({"url": url} if url else {})},
        **({"suggestions": suggestions} if (suggestions := _suggestions(finding)) else {}),
    }


def _suggestions(finding: Finding) -> list[dict[str, object]]:
    """A suggestion is taken by itself, and in the finding's file: so of single edits only."""
    edits = finding.fix.edits if finding.fix else ()
    if len(edits) != 1 or not _spans(finding, edits[0].place):
        return []
    return [{"range": _range(finding, edits[0].place), "text": edits[0].replacement}]


def _spans(finding: Finding, place: Place) -> bool:
    own = finding.place
    return own.path == place.path and own.line <= place.line <= place.end_line <= own.end_line


def _message(finding: Finding) -> Iterator[str]:
    yield f"{finding.name}: {finding.message}"
    yield from related(finding)  # the format has no field for them
    if finding.suppressed:
        yield f"Suppressed: {finding.suppressed.reason}"


def _range(finding: Finding, place: Place) -> dict[str, object]:
    """Columns are bytes of UTF-8; where the lines are not at hand, the range is of whole lines."""
    first, last = (number - finding.place.line for number in (place.line, place.end_line))
    if len(finding.lines) <= last:
        return {"start": {"line": place.line}, "end": {"line": place.end_line}}
    start = _byte_column(finding.lines[first], place.column)
    end = _byte_column(finding.lines[last], place.end_column)
    return {
        "start": {"line": place.line, "column": start},
        "end": {"line": place.end_line, "column": end},
    }


def _byte_column(line: str, column: int) -> int:
    return len(line[: column - 1].encode("utf-8", "surrogatepass")) + 1
