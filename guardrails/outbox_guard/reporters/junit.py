"""JUnit's XML: a failed test for each finding, or a passed one."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.phrases import at, first_sentence, related
from outbox_guard.reporters.safety import printable

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(report: Report) -> str:
    totals = {
        "name": "outbox-guard",
        "tests": str(len(report.listed) or 1),
        "failures": str(sum(finding.suppressed is None for finding in report.listed)),
        "errors": "0",
        "skipped": str(sum(finding.suppressed is not None for finding in report.listed)),
    }
    suites = ET.Element("testsuites", totals)
    suite = ET.SubElement(suites, "testsuite", totals)
    suite.extend([_case(finding, report) for finding in report.listed])
    if not report.listed:  # a suite without a test is an error to many readers
        ET.SubElement(suite, "testcase", classname="outbox-guard", name="no findings")
    ET.indent(suites)
    return DECLARATION + ET.tostring(suites, encoding="unicode") + "\n"


def _case(finding: Finding, report: Report) -> ET.Element:
    place = finding.place
    path = printable(place.path)
    title = printable(f"{finding.code} {finding.name}")
    case = ET.Element(
        "testcase",
        classname=path,
        name=f"{title} at {place.line}:{place.column}",
        file=path,
        line=str(place.line),
    )
    if finding.suppressed:
        ET.SubElement(case, "skipped", message=printable(finding.suppressed.reason))
        return case
    failure = ET.SubElement(
        case, "failure", type=finding.severity, message=printable(finding.message)
    )
    failure.text = "\n".join(map(printable, _details(finding, report)))
    return case


def _details(finding: Finding, report: Report) -> Iterator[str]:
    yield f"{at(finding.place)} {finding.code} {finding.name}"
    yield finding.message
    yield from related(finding)
    if page := report.page(finding.code):
        yield f"Why: {first_sentence(page.why)}"
        yield f"Fix: {first_sentence(page.fix)}"
