"""GitHub, GitLab, reviewdog and JUnit read what was meant."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Report
from outbox_guard.reporters import github, gitlab, junit, rdjson
from tests.support.sample_reports import (
    AGAIN,
    ALLOWED,
    CLAIM,
    CLEAN,
    EVERYTHING,
    MULTILINE,
    REPORTS,
    RULES,
    SUPPRESSED_HIDDEN,
    TABBED,
    WIDE,
)

utf8_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def report_of(*findings: Finding) -> Report:
    return Report(findings=findings, rules=RULES, show_suppressed=True)


def at(path: str, message: str) -> Finding:
    return Finding(
        code="X1", name="x", severity="error", message=message, place=Place(path, 1, 1, 1, 2)
    )


# GitHub


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command, as the runner reads it."""
    match = re.fullmatch(r"::(\w+) ([^:\r\n]*)::([^\r\n]*)", line)
    assert match, line
    command, properties, data = match.groups()
    pairs = (each.split("=", 1) for each in properties.split(","))
    return command, {name: unescape(value) for name, value in pairs}, unescape(data)


def unescape(text: str) -> str:
    for code, char in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(code, char)
    return text


def test_an_annotation_says_where_and_what_and_how_to_mend_it() -> None:
    command, properties, message = read_command(github.render(report_of(CLAIM)).rstrip("\n"))
    assert command == "error"
    assert properties == {
        "file": "services/relay/claim.py",
        "line": "12",
        "endLine": "12",
        "col": "9",
        "endColumn": "15",
        "title": "OBG101 delete-on-claim",
    }
    assert message.splitlines() == [
        CLAIM.message,
        "services/relay/claim.py:9:5: the rows are locked here",
        "libs/sql, 100%.py:3:1: and come from here",
        "Fix: Call `claim_outbox_batch`, which leases due rows.",
    ]


@given(path=utf8_texts, message=utf8_texts)
def test_nothing_in_a_path_or_a_message_ends_a_github_command(path: str, message: str) -> None:
    output = github.render(report_of(at(path, message)))
    assert output.endswith("\n")
    _, properties, data = read_command(output[:-1])
    assert properties["file"] == path
    if message.isprintable():
        assert data == message


def test_columns_are_left_out_where_the_words_span_lines() -> None:
    _, properties, _ = read_command(github.render(report_of(MULTILINE)).rstrip("\n"))
    assert (properties["line"], properties["endLine"]) == ("7", "8")
    assert not {"col", "endColumn"} & set(properties)


def test_errors_come_first_and_suppressed_findings_last() -> None:
    commands = [read_command(line)[0] for line in github.render(EVERYTHING).splitlines()]
    assert commands == ["error"] * 4 + ["warning"] * 2 + ["notice"] * 2


def test_github_hears_nothing_of_a_clean_run() -> None:
    assert github.render(CLEAN) == ""


# GitLab


def test_an_issue_has_what_the_merge_request_shows() -> None:
    [issue] = json.loads(gitlab.render(report_of(TABBED)))
    assert issue["description"] == "OBG205 unroled-query: db.query names no role"
    assert issue["check_name"] == "OBG205"
    assert issue["severity"] == "minor"
    assert issue["location"] == {
        "path": "services/relay/claim.py",
        "lines": {"begin": 30, "end": 30},
        "positions": {"begin": {"line": 30, "column": 3}, "end": {"line": 30, "column": 11}},
    }


def test_no_two_issues_share_a_fingerprint_and_none_depends_on_the_others() -> None:
    issues = json.loads(gitlab.render(EVERYTHING))
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(issues)
    alone = json.loads(gitlab.render(report_of(TABBED, AGAIN)))
    assert [issue["fingerprint"] for issue in alone] == [
        issue["fingerprint"] for issue in issues if issue["check_name"] == "OBG205"
    ][1:]


# reviewdog

POSITION = {
    "type": "object",
    "properties": {
        "line": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1},
    },
    "required": ["line"],
    "additionalProperties": False,
}
# What `DiagnosticResult` of reviewdog's protocol says, and no more: it refuses unknown fields.
RDJSON = {
    "type": "object",
    "required": ["source", "diagnostics"],
    "additionalProperties": False,
    "properties": {
        "source": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "url": {"type": "string"}},
            "additionalProperties": False,
        },
        "diagnostics": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message", "location", "severity", "code"],
                "additionalProperties": False,
                "properties": {
                    "message": {"type": "string"},
                    "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
                    "location": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "path": {"type": "string"},
                            "range": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {"start": POSITION, "end": POSITION},
                            },
                        },
                    },
                    "code": {
                        "type": "object",
                        "required": ["value"],
                        "additionalProperties": False,
                        "properties": {"value": {"type": "string"}, "url": {"type": "string"}},
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_rdjson_has_only_what_reviewdog_knows(report: Report) -> None:
    Draft202012Validator(RDJSON).validate(json.loads(rdjson.render(report)))


def range_of(finding: Finding) -> Any:
    [diagnostic] = json.loads(rdjson.render(report_of(finding)))["diagnostics"]
    return diagnostic["location"]["range"]


def test_rdjson_columns_are_bytes_of_utf8() -> None:
    found = range_of(WIDE)
    line = WIDE.lines[0].encode("utf-8")
    assert line[found["start"]["column"] - 1 : found["end"]["column"] - 1] == b"SET ROLE"


def test_rdjson_ends_a_range_in_the_bytes_of_its_last_line() -> None:
    last = range_of(
        Finding(
            code="X",
            name="x",
            severity="error",
            message="m",
            place=Place("a.py", 1, 2, 2, 3),
            lines=("ab", "äöü"),
        )
    )
    assert last == {"start": {"line": 1, "column": 2}, "end": {"line": 2, "column": 5}}


def test_rdjson_speaks_of_whole_lines_where_the_source_is_not_at_hand() -> None:
    assert range_of(at("a.py", "m")) == {"start": {"line": 1}, "end": {"line": 1}}


# JUnit


def test_a_finding_is_a_failed_test_and_a_suppressed_one_is_skipped() -> None:
    suite = ET.fromstring(junit.render(EVERYTHING).encode()).find("testsuite")
    assert suite is not None
    totals = {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")}
    assert totals == {"tests": "8", "failures": "6", "skipped": "2", "errors": "0"}
    assert str(len(suite.findall("testcase/failure"))) == totals["failures"]
    skipped = [case.get("message") for case in suite.findall("testcase/skipped")]
    assert skipped == ["the repair runs as the owner", "known since the baseline"]


def test_a_failed_test_tells_the_whole_story() -> None:
    case = ET.fromstring(junit.render(report_of(CLAIM)).encode()).find(".//testcase")
    assert case is not None
    assert case.get("classname") == case.get("file") == "services/relay/claim.py"
    assert case.get("name") == "OBG101 delete-on-claim at 12:9"
    story = case.findtext("failure")
    assert story is not None
    assert story.splitlines()[0] == "services/relay/claim.py:12:9 OBG101 delete-on-claim"
    assert "Fix: Call `claim_outbox_batch`, which leases due rows." in story


@pytest.mark.parametrize("report", [CLEAN, Report(findings=(ALLOWED,))], ids=["clean", "allowed"])
def test_a_run_without_findings_is_a_passed_test(report: Report) -> None:
    suite = ET.fromstring(junit.render(report).encode()).find("testsuite")
    assert suite is not None
    assert suite.attrib["tests"] == "1"
    assert [list(case) for case in suite.findall("testcase")] == [[]]


def test_hidden_suppressions_are_no_tests() -> None:
    assert len(ET.fromstring(junit.render(SUPPRESSED_HIDDEN)).findall(".//testcase")) == 1
