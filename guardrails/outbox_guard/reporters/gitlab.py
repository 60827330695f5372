"""GitLab's Code Quality report."""

from __future__ import annotations

from typing import Literal

from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.identity import identified
from outbox_guard.reporters.safety import json_text

Severity = Literal["info", "minor", "major", "critical", "blocker"]


def render(report: Report) -> str:
    return json_text([_issue(finding, name) for finding, name in identified(report.listed)])


def _issue(finding: Finding, identity: str) -> dict[str, object]:
    place = finding.place
    return {
        "description": f"{finding.code} {finding.name}: {finding.message}",
        "check_name": finding.code,
        "fingerprint": identity,
        "severity": _severity(finding),
        "location": {
            "path": place.path,
            "lines": {"begin": place.line, "end": place.end_line},
            "positions": {
                "begin": {"line": place.line, "column": place.column},
                "end": {"line": place.end_line, "column": place.end_column},
            },
        },
    }


def _severity(finding: Finding) -> Severity:
    if finding.suppressed:
        return "info"
    return "critical" if finding.severity == "error" else "minor"
