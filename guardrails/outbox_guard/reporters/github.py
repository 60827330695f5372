"""Annotations for GitHub Actions, as workflow commands."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.phrases import first_sentence, related
from outbox_guard.reporters.safety import encodable, printable

# GitHub shows the first ten of each kind in a step, so what matters most comes first.
COMMANDS = ("error", "warning", "notice")


def render(report: Report) -> str:
    """One command a line, and nothing else: any other line could be read as a command, too."""
    findings = sorted(report.listed, key=lambda finding: COMMANDS.index(_command(finding)))
    return "".join(f"{_annotation(finding, report)}\n" for finding in findings)


def _annotation(finding: Finding, report: Report) -> str:
    properties = {
        "file": encodable(finding.place.path),
        **_span(finding.place),
        "title": printable(f"{finding.code} {finding.name}"),
    }
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_command(finding)} {listed}::{_data(_message(finding, report))}"


def _command(finding: Finding) -> str:
    return "notice" if finding.suppressed else finding.severity


def _span(place: Place) -> dict[str, str]:
    lines = {"line": str(place.line), "endLine": str(place.end_line)}
    if place.line != place.end_line:  # GitHub takes columns within one line only
        return lines
    return {**lines, "col": str(place.column), "endColumn": str(place.end_column)}


def _message(finding: Finding, report: Report) -> str:
    return "\n".join(_message_lines(finding, report))


def _message_lines(finding: Finding, report: Report) -> Iterator[str]:
    yield printable(finding.message)
    yield from map(printable, related(finding))
    if finding.suppressed:
        yield printable(f"Suppressed: {finding.suppressed.reason}")
    elif page := report.page(finding.code):
        yield printable(f"Fix: {first_sentence(page.fix)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
