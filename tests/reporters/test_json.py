"""The JSON output is a public contract: these keys, in this order, with these meanings."""

from __future__ import annotations

import json

from outbox_guard.findings import Coverage, Report
from outbox_guard.reporters.json import render
from outbox_guard.version import __version__
from tests.support.sample_reports import CLAIM, EVERYTHING, RULES, SUPPRESSED_HIDDEN

CONTRACT = """\
{
  "version": 1,
  "tool": {
    "name": "outbox-guard",
    "version": "VERSION"
  },
  "enforced": false,
  "findings": [
    {
      "code": "OBG101",
      "name": "delete-on-claim",
      "severity": "error",
      "message": "DELETE of payment_outbox_pending takes the rows that the same claim locked",
      "path": "services/relay/claim.py",
      "line": 12,
      "column": 9,
      "end_line": 12,
      "end_column": 15,
      "fingerprint": "f1",
      "suppressed": null,
      "fix": null,
      "related": [
        {
          "message": "the rows are locked here",
          "path": "services/relay/claim.py",
          "line": 9,
          "column": 5,
          "end_line": 9,
          "end_column": 27
        },
        {
          "message": "and come from here",
          "path": "libs/sql, 100%.py",
          "line": 3,
          "column": 1,
          "end_line": 3,
          "end_column": 4
        }
      ]
    }
  ],
  "summary": {
    "files": 120,
    "errors": 1,
    "warnings": 0,
    "suppressed": 0,
    "parsed": 4,
    "statements": 9,
    "undetermined": 2
  }
}
""".replace("VERSION", __version__)


def test_the_contract_to_the_letter() -> None:
    coverage = Coverage(files=120, parsed=4, statements=9, undetermined=2)
    assert render(Report(findings=(CLAIM,), coverage=coverage, rules=RULES)) == CONTRACT


def test_suppressed_findings_are_counted_and_listed_only_on_request() -> None:
    hidden = json.loads(render(SUPPRESSED_HIDDEN))
    codes = [finding["code"] for finding in hidden["findings"]]
    assert (codes, hidden["summary"]["suppressed"]) == (["OBG101"], 2)

    shown = json.loads(render(EVERYTHING))
    assert shown["enforced"] is True
    assert [f["suppressed"] for f in shown["findings"] if f["suppressed"]] == [
        {"kind": "inline", "reason": "the repair runs as the owner"},
        {"kind": "baseline", "reason": "known since the baseline"},
    ]
    assert (shown["summary"]["errors"], shown["summary"]["warnings"]) == (4, 2)
