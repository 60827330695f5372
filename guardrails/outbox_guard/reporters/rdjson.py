"""Reviewdog's diagnostic format."""

from __future__ import annotations

from collections.abc import Iterator

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
        "location": {"path": finding.place.path, "range": _range(finding)},
        "severity": "INFO" if finding.suppressed else finding.severity.upper(),
        "code": {"value": finding.code, **({"url": url} if url else {})},
    }


def _message(finding: Finding) -> Iterator[str]:
    yield f"{finding.name}: {finding.message}"
    yield from related(finding)  # the format has no field for them
    if finding.suppressed:
        yield f"Suppressed: {finding.suppressed.reason}"


def _range(finding: Finding) -> dict[str, object]:
    """Columns are bytes of UTF-8; where the line is not at hand, the range is of whole lines."""
    place = finding.place
    if len(finding.lines) <= place.end_line - place.line:
        return {"start": {"line": place.line}, "end": {"line": place.end_line}}
    start = _byte_column(finding.lines[0], place.column)
    end = _byte_column(finding.lines[place.end_line - place.line], place.end_column)
    return {
        "start": {"line": place.line, "column": start},
        "end": {"line": place.end_line, "column": end},
    }


def _byte_column(line: str, column: int) -> int:
    return len(line[: column - 1].encode("utf-8", "surrogatepass")) + 1
