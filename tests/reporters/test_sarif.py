"""SARIF as its schema and code scanning want it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.sarif import render
from tests.support.paths import DATA
from tests.support.sample_reports import (
    AGAIN,
    ALLOWED,
    CLAIM,
    EVERYTHING,
    KNOWN,
    REPORTS,
    RULES,
    TABBED,
    paths,
)

SCHEMA = json.loads((DATA / "sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def run_of(report: Report) -> Any:
    return json.loads(render(report))["runs"][0]


def results_of(*findings: Finding) -> list[Any]:
    results: list[Any] = run_of(Report(findings=findings, rules=RULES, show_suppressed=True))[
        "results"
    ]
    return results


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_report_is_valid_against_the_official_schema(report: Report) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(render(report)))] == []


def test_a_result_names_its_rule_its_words_and_its_other_places() -> None:
    [result] = results_of(CLAIM)
    assert RULES[result["ruleIndex"]].code == result["ruleId"] == "OBG101"
    assert result["level"] == "error"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {
        "uri": "services/relay/claim.py",
        "uriBaseId": "SRCROOT",
    }
    assert location["region"] == {"startLine": 12, "startColumn": 9, "endLine": 12, "endColumn": 15}
    assert [related["id"] for related in result["relatedLocations"]] == [1, 2]
    assert result["relatedLocations"][0]["message"] == {"text": "the rows are locked here"}


def test_a_rule_of_the_project_itself_has_no_page_on_the_web() -> None:
    own = replace(RULES[0], code="ACME1")
    rules = run_of(Report(rules=(*RULES, own)))["tool"]["driver"]["rules"]
    assert rules[0]["helpUri"].endswith("/docs/rules.md#obg101")
    assert "helpUri" not in rules[-1]


def test_columns_count_code_points_and_the_root_is_nowhere_said() -> None:
    run = run_of(EVERYTHING)
    assert run["columnKind"] == "unicodeCodePoints"
    assert "uri" not in run["originalUriBaseIds"]["SRCROOT"]


def test_suppressions_say_where_they_stand_and_why() -> None:
    inline, baseline, open_one = results_of(ALLOWED, KNOWN, CLAIM)
    assert inline["suppressions"] == [
        {"kind": "inSource", "justification": "the repair runs as the owner"}
    ]
    assert baseline["suppressions"][0]["kind"] == "external"
    assert open_one["suppressions"] == []


def line_hashes(*findings: Finding) -> list[str]:
    results = results_of(*findings)
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_equal_findings_have_hashes_of_their_own_that_outlive_moved_lines() -> None:
    first, second = line_hashes(TABBED, AGAIN)
    assert first != second
    assert line_hashes(moved_down(TABBED), moved_down(AGAIN)) == [first, second]


def moved_down(finding: Finding) -> Finding:
    place = finding.place
    lower = replace(place, line=place.line + 7, end_line=place.end_line + 7)
    return replace(finding, place=lower)


@given(path=paths)
def test_any_path_is_a_relative_uri_that_leads_back_to_the_file(path: str) -> None:
    [result] = results_of(replace(CLAIM, place=Place(path, 1, 1, 1, 1)))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert urlsplit(uri).scheme == ""
    assert unquote_to_bytes(uri) == os.fsencode(path)
