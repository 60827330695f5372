"""Text for people: the findings, then a summary that says how much was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.safety import encodable, printable
from outbox_guard.summary import found, looked_at

WIDTH = 100
NARROWEST = 40


@dataclass(frozen=True, slots=True)
class Options:
    """How wide, and whether in colour."""

    width: int = WIDTH
    color: bool = False


def terminal_options(environ: Mapping[str, str], *, is_terminal: bool, columns: int) -> Options:
    """How to write to this stream; `columns` counts only where it is a terminal."""
    width = columns if is_terminal else WIDTH
    if environ.get("NO_COLOR"):
        return Options(width, color=False)
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return Options(width, color=True)
    return Options(width, color=is_terminal and environ.get("TERM") != "dumb")


def render(report: Report, *, width: int = WIDTH, color: bool = False) -> str:
    lines = _lines(report, max(width, NARROWEST), color)
    return encodable("".join(f"{line}\n" for line in lines))


def _lines(report: Report, width: int, color: bool) -> Iterator[str]:
    if report.listed:
        # Loads rich: a run without findings does not pay for it.
        from outbox_guard.reporters.listing import listing

        yield listing(report, width=width, color=color)
    yield summary(report, width=width)
    if report.enforced or report.strict:
        mode = "Enforce mode" if report.enforced else "Strict mode"
        yield f"{mode}: warnings fail the run."
    if report.open:
        yield f"More on a rule: outbox-guard explain {printable(report.open[0].code)}"


def summary(report: Report, *, width: int = WIDTH) -> str:
    """One line, or two where the terminal is too narrow for it."""
    coverage = report.coverage
    said = found(report.errors, report.warnings, report.suppressed)
    seen = looked_at(coverage.files, coverage.parsed, coverage.statements, coverage.undetermined)
    line = f"{said} · {seen}"
    return line if len(line) <= width else line.replace(" · ", "\n")


def statistics(report: Report) -> str:
    """How often each rule found something, the most frequent first."""
    counts = Counter(map(_rule, report.listed))
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    digits = max((len(f"{number:,}") for _, number in rows), default=0)
    widths = [max((len(rule[part]) for rule in counts), default=0) for part in (0, 1)]
    lines = (
        f"{number:>{digits},}  {code:<{widths[0]}}  {name:<{widths[1]}}  {severity}\n"
        for (code, name, severity), number in rows
    )
    return encodable("".join(lines))


def _rule(finding: Finding) -> tuple[str, str, str]:
    return printable(finding.code), printable(finding.name), finding.severity
