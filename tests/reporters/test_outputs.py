"""What holds for every output: it can be read by its reader, whatever the findings quote."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Related, Report, Suppression
from outbox_guard.reporters import FORMATS, renderer
from tests.support.sample_reports import CLEAN, COVERAGE, EMPTY, REPORTS, RULES, paths

JSON_FORMATS = ("json", "sarif", "gitlab", "rdjson")

texts = st.text(max_size=60)  # any text at all, lone surrogates too
lines = st.text(st.characters(exclude_characters="\r\n"), max_size=60)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    spanned = tuple(draw(st.lists(lines, min_size=1, max_size=3)))
    start = draw(st.integers(0, len(spanned[0])))
    end = draw(st.integers(start if len(spanned) == 1 else 0, len(spanned[-1])))
    first = draw(st.integers(1, 10_000))
    path = draw(paths)
    place = Place(path, first, start + 1, first + len(spanned) - 1, end + 1)
    return Finding(
        code=draw(st.sampled_from(["OBG101", "OBG205", "ACME1"])),
        name="a-name",
        severity=draw(st.sampled_from(["error", "warning"])),
        message=draw(texts),
        place=place,
        fingerprint=draw(st.sampled_from(["f1", "f2"])),
        lines=draw(st.sampled_from([spanned, ()])),
        suppressed=draw(st.none() | st.builds(Suppression, st.just("inline"), texts)),
        related=draw(st.sampled_from([(), (Related(place, draw(texts)),)])),
    )


reports = st.builds(
    Report,
    findings=st.lists(findings(), max_size=3).map(tuple),
    coverage=st.just(COVERAGE),
    rules=st.just(RULES),
    show_suppressed=st.booleans(),
)


@pytest.mark.parametrize("format_name", FORMATS)
@given(report=reports)
def test_no_finding_makes_an_output_that_cannot_be_written_as_utf8(
    format_name: str, report: Report
) -> None:
    output = renderer(format_name)(report)
    output.encode("utf-8")
    assert output == "" or output.endswith("\n")
    assert output == renderer(format_name)(report)


@given(report=reports)
def test_every_output_has_every_listed_finding(report: Report) -> None:
    listed = len(report.listed)
    outputs = {name: renderer(name)(report) for name in FORMATS}
    assert len(json.loads(outputs["json"])["findings"]) == listed
    assert len(json.loads(outputs["sarif"])["runs"][0]["results"]) == listed
    assert len(json.loads(outputs["gitlab"])) == listed
    assert len(json.loads(outputs["rdjson"])["diagnostics"]) == listed
    assert outputs["github"].count("\n") == listed
    assert len(ET.fromstring(outputs["junit"]).findall(".//testcase")) == (listed or 1)
    headers = re.findall(r":\d+ \w+ a-name (?:error|warning)", outputs["text"])
    assert len(headers) == listed


@pytest.mark.parametrize("format_name", JSON_FORMATS)
@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_no_machine_learns_where_the_project_lies(format_name: str, report: Report) -> None:
    assert "/home/someone" not in renderer(format_name)(report)


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_found_is_an_output_too(format_name: str) -> None:
    assert renderer(format_name)(CLEAN).strip() or format_name == "github"
    assert renderer(format_name)(EMPTY).strip() or format_name == "github"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_run_loads_only_what_its_output_needs(format_name: str) -> None:
    code = (
        "import sys; from outbox_guard.findings import Report; "
        "from outbox_guard.reporters import renderer; "
        f"renderer({format_name!r})(Report()); print('rich' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
