"""JSON for programs: the public contract, version 1."""

from __future__ import annotations

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Fix, Report, Suppression
from outbox_guard.reporters.safety import json_text
from outbox_guard.version import __version__

CONTRACT = 1


def render(report: Report) -> str:
    return json_text(
        {
            "version": CONTRACT,
            "tool": {"name": "outbox-guard", "version": __version__},
            "enforced": report.enforced,
            "findings": [_finding(finding) for finding in report.listed],
            "summary": _summary(report),
        }
    )


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        **_place(finding.place),
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed and _suppression(finding.suppressed),
        "fix": finding.fix and _fix(finding.fix),
        "related": [
            {"message": related.message, **_place(related.place)} for related in finding.related
        ],
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "message": fix.message,
        "edits": [
            {**_place(edit.place), "words": edit.words, "replacement": edit.replacement}
            for edit in fix.edits
        ],
        "statement": fix.statement or None,
    }


def _suppression(suppression: Suppression) -> dict[str, str]:
    return {"kind": suppression.kind, "reason": suppression.reason}


def _summary(report: Report) -> dict[str, int]:
    return {
        "files": report.coverage.files,
        "errors": report.errors,
        "warnings": report.warnings,
        "suppressed": report.suppressed,
        "parsed": report.coverage.parsed,
        "statements": report.coverage.statements,
        "undetermined": report.coverage.undetermined,
    }
