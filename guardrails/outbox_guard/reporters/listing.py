"""The findings as a person reads them: where, what, the words themselves, why, and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.text import Text

from outbox_guard.findings import Finding, Fix, Report, RulePage
from outbox_guard.reporters.console import console
from outbox_guard.reporters.excerpt import excerpt
from outbox_guard.reporters.phrases import at, first_sentence
from outbox_guard.reporters.safety import printable

INDENT = "  "
LABEL = 6  # "paste" is the longest, and the space after it
LONGEST_LINE = 100  # of prose: longer ones are hard to read on any screen
QUIET = "dim"
SEVERITIES = {"error": "bold red", "warning": "bold yellow"}
SUPPRESSED_BY = {"inline": "an allow comment", "baseline": "the baseline"}


def listing(report: Report, *, width: int, color: bool) -> str:
    """Every listed finding, each followed by an empty line; a rule is explained once."""
    output = StringIO()
    printer = console(output, width=width, color=color)
    gutter = max(len(str(finding.place.line)) for finding in report.listed)
    for finding, page in _explained_once(report):
        lines = _block(finding, page, gutter, printer)
        printer.print(Text("\n").join(lines), end="\n\n", soft_wrap=True)
    return output.getvalue().removesuffix("\n")


def _explained_once(report: Report) -> Iterator[tuple[Finding, RulePage | None]]:
    """Each listed finding, with the page of its rule where the rule is open for the first time."""
    unexplained = {page.code: page for page in report.rules}
    for finding in report.listed:
        yield finding, None if finding.suppressed else unexplained.pop(finding.code, None)


def _block(
    finding: Finding, page: RulePage | None, gutter: int, printer: Console
) -> Iterator[Text]:
    yield _header(finding)
    yield from _wrapped(Text(INDENT), finding.message, printer)
    if finding.lines:
        yield from _excerpt(finding, gutter, printer.width)
    for label, text in _notes(finding, page):
        yield from _wrapped(Text(f"{INDENT}{label:<{LABEL}}", QUIET), text, printer)


def _header(finding: Finding) -> Text:
    style = _style(finding)
    return Text.assemble(
        (printable(at(finding.place)), "bold"),
        " ",
        (printable(finding.code), style),
        f" {printable(finding.name)} ",
        (finding.severity, style),
        (" (suppressed)" if finding.suppressed else "", QUIET),
    )


def _style(finding: Finding) -> str:
    return QUIET if finding.suppressed else SEVERITIES[finding.severity]


def _excerpt(finding: Finding, gutter: int, width: int) -> Iterator[Text]:
    place = finding.place
    margin = f"{INDENT}{'':>{gutter}} |"
    more = f" … to line {place.end_line}" if place.end_line > place.line else ""
    shown = excerpt(place, finding.lines[0], width - len(margin) - 1 - len(more))
    number = f"{INDENT}{place.line:>{gutter}} |"
    carets = (shown.carets, _style(finding))
    yield Text(margin, QUIET)
    yield Text.assemble((number, QUIET), f" {shown.before}{shown.words}{shown.after}")
    yield Text.assemble((margin, QUIET), " " * (1 + shown.indent), carets, (more, QUIET))


def _notes(finding: Finding, page: RulePage | None) -> Iterator[tuple[str, str]]:
    for related in finding.related:
        yield "note", f"{at(related.place)}: {related.message}"
    if finding.fix:
        yield from _ways_out(finding.fix)
    if finding.suppressed:
        by = SUPPRESSED_BY[finding.suppressed.kind]
        yield "note", f"suppressed by {by}: {finding.suppressed.reason}"
    if page:
        yield "why", first_sentence(page.why)
        yield "fix", first_sentence(page.fix)


def _wrapped(lead: Text, text: str, printer: Console) -> Iterator[Text]:
    """The text beside its lead, and its further lines below its first."""
    width = min(printer.width, LONGEST_LINE) - lead.cell_len
    for number, line in enumerate(Text(printable(text)).wrap(printer, width)):
        line.rstrip()  # wrapping leaves the space that it broke at
        yield Text.assemble(lead if number == 0 else " " * lead.cell_len, line)


def _ways_out(fix: Fix) -> Iterator[tuple[str, str]]:
    for edit in fix.edits:
        before, after = edit.words.strip(), edit.replacement.strip()
        change = f"{before} → {after}" if after else f"removes {before}"
        yield "edit", f"{change} with --fix: {fix.message}"
    if fix.statement:
        yield "paste", fix.statement
