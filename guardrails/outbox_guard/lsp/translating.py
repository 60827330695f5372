"""Findings as the protocol says them: places in the client's units, severities, related places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.workspace import PositionCodec

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, RulePage
from outbox_guard.lsp.outcomes import Problem
from outbox_guard.reporters.phrases import rule_url

SOURCE = "outbox-guard"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}


def diagnostic(
    finding: Finding, lines: Sequence[str], root: Path, codec: PositionCodec
) -> types.Diagnostic:
    """A finding; `lines` are those of the text in which it was found."""
    url = rule_url(finding.code)
    return types.Diagnostic(
        range=range_of(finding.place, lines, codec),
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(href=url) if url else None,
        source=SOURCE,
        related_information=[
            types.DiagnosticRelatedInformation(
                location=types.Location(
                    uri=uri_of(root / related.place.path), range=_plain_range(related.place)
                ),
                message=related.message,
            )
            for related in finding.related
        ],
        data={"fingerprint": finding.fingerprint},
    )


def problem_diagnostic(problem: Problem) -> types.Diagnostic:
    """A mistake in a configuration: the whole line, or the first one."""
    line = max(problem.line - 1, 0)
    return types.Diagnostic(
        range=types.Range(types.Position(line, 0), types.Position(line + 1, 0)),
        message=problem.says,
        severity=types.DiagnosticSeverity.Error,
        source=SOURCE,
    )


def range_of(place: Place, lines: Sequence[str], codec: PositionCodec) -> types.Range:
    """Lines and columns from 0, columns in the client's units."""
    plain = _plain_range(place)
    if lines and lines[0].startswith("\ufeff"):  # it is in the client's text, and in no place
        for position in (plain.start, plain.end):
            position.character += position.line == 0
    return codec.range_to_client_units(list(lines), plain)


def _plain_range(place: Place) -> types.Range:
    return types.Range(
        types.Position(place.line - 1, place.column - 1),
        types.Position(place.end_line - 1, place.end_column - 1),
    )


def hover(finding: Finding, page: RulePage | None) -> str:
    """What a reader is told of a finding, as Markdown."""
    said = [f"**{finding.code} {finding.name}**: {finding.message}"]
    if page is not None:
        said += [page.why, f"**Fix.** {page.fix}"]
    if url := rule_url(finding.code):
        said.append(f"[The rule]({url})")
    return "\n\n".join(said)


def uri_of(file: Path) -> str:
    return file.absolute().as_uri()
