"""A run as JUnit's XML: a test for each proof."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from outbox_guard.live.proofs.results import Result, Run
from outbox_guard.reporters.safety import encodable, printable

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(run: Run) -> str:
    totals = {
        "name": "outbox-guard prove",
        "tests": str(len(run.results)),
        "failures": str(len(run.of("failed"))),
        "errors": "0",
        "skipped": str(len(run.of("inapplicable"))),
    }
    suites = ET.Element("testsuites", totals)
    suite = ET.SubElement(suites, "testsuite", totals)
    suite.extend([_case(result) for result in run.results])
    ET.indent(suites)
    return encodable(DECLARATION + ET.tostring(suites, encoding="unicode") + "\n")


def _case(result: Result) -> ET.Element:
    case = ET.Element("testcase", classname="outbox-guard.prove", name=printable(result.proof.name))
    if result.verdict == "inapplicable":
        ET.SubElement(case, "skipped", message="the project has nothing of this")
    if result.verdict == "failed":
        title = printable(result.proof.title)
        failure = ET.SubElement(case, "failure", type="failed", message=title)
        failure.text = "\n".join(
            printable(
                f"{done.session}: {done.statement}"
                f" | expected {done.expected} | got {done.got} | {done.case}"
            )
            for done in result.failures
        )
    return case
