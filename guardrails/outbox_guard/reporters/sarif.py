"""SARIF 2.1.0, as GitHub's code scanning and other viewers read it."""

from __future__ import annotations

import os
from urllib.parse import quote

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Fix, Report, RulePage, Suppression
from outbox_guard.reporters.identity import identified
from outbox_guard.reporters.phrases import HOME, rule_url
from outbox_guard.reporters.safety import json_text
from outbox_guard.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "SRCROOT"  # paths are relative to it, and where it lies on this machine is nobody's business
SUPPRESSION_KINDS = {"inline": "inSource", "baseline": "external"}

Object = dict[str, object]


def render(report: Report) -> str:
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]})


def _run(report: Report) -> Object:
    numbers = {page.code: number for number, page in enumerate(report.rules)}
    return {
        "tool": {
            "driver": {
                "name": "outbox-guard",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": HOME,
                "rules": [_rule(page) for page in report.rules],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, identity, numbers.get(finding.code))
            for finding, identity in identified(report.listed)
        ],
    }


def _rule(page: RulePage) -> Object:
    url = rule_url(page.code)
    more = f"\n\n[{page.code} on the web]({url})" if url else ""
    return {
        "id": page.code,
        "name": page.name,
        "shortDescription": {"text": page.summary},
        "fullDescription": {"text": page.why},
        "help": {
            "text": f"{page.why}\n\nFix: {page.fix}",
            "markdown": f"{page.why}\n\n**Fix:** {page.fix}{more}",
        },
        **({"helpUri": url} if url else {}),
        "defaultConfiguration": {"level": page.severity},
        "properties": {
            "tags": ["transactional-outbox", "postgresql"],
            "precision": "high",
            "problem.severity": page.severity,
        },
    }


def _result(finding: Finding, identity: str, rule_number: int | None) -> Object:
    return {
        "ruleId": finding.code,
        **({} if rule_number is None else {"ruleIndex": rule_number}),
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [_location(finding.place)],
        "partialFingerprints": {
            "primaryLocationLineHash": identity,
            "outboxGuard/v1": finding.fingerprint,
        },
        "relatedLocations": [
            {"id": number, **_location(related.place), "message": {"text": related.message}}
            for number, related in enumerate(finding.related, start=1)
        ],
        **({"fixes": [_fix(finding.fix)]} if finding.fix and finding.fix.edits else {}),
        "suppressions": [_suppression(finding.suppressed)] if finding.suppressed else [],
    }


def _fix(fix: Fix) -> Object:
    return {
        "description": {"text": fix.message},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(edit.place),
                "replacements": [
                    {
                        "deletedRegion": _region(edit.place),
                        "insertedContent": {"text": edit.replacement},
                    }
                ],
            }
            for edit in fix.edits
        ],
    }


def _location(place: Place) -> Object:
    return {"physicalLocation": {"artifactLocation": _artifact(place), "region": _region(place)}}


def _artifact(place: Place) -> Object:
    # Quoted whole, ":" too: "a:b.py" would be read as a URI of the scheme "a".
    return {"uri": quote(os.fsencode(place.path), safe="/"), "uriBaseId": ROOT}


def _region(place: Place) -> Object:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _suppression(suppression: Suppression) -> Object:
    return {"kind": SUPPRESSION_KINDS[suppression.kind], "justification": suppression.reason}
