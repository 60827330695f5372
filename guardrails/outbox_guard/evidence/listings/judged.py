"""12 to 15, and 17: by what the project was judged, and what was found."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.evidence.material import Material, where
from outbox_guard.evidence.sections import Section, columns
from outbox_guard.findings import Finding


def judged(material: Material) -> Iterator[Section]:
    yield _files(material)
    yield _rules(material)
    yield _findings(material)
    yield _waivers(material)


def configuration(material: Material) -> Section:
    title = "The configuration in force, and where each value comes from"
    return Section("17_configuration.toml", title, f"# {title}\n\n{material.settings}")


def _files(material: Material) -> Section:
    title = "The files of the schema, in the order in which they are applied"
    rows = [(material.digest(path), path) for path in material.files]
    missing = () if rows else ("files of the schema: the zone `schema` has none",)
    text = f"# {title}, with the SHA-256 of their text\n\n{columns(rows)}"
    return Section("12_schema_files.txt", title, text, missing)


def _rules(material: Material) -> Section:
    title = "The rules, with the SHA-256 of their files"
    rows = [("CODE", "NAME", "IN FORCE", "SEVERITY", "SHA-256")]
    for each in material.rules:
        rule, stands = each.rule, "yes" if each.active else "NO"
        rows.append((rule.code, rule.name, stands, rule.severity["default"], each.digest))
    return Section("13_rules.txt", title, f"# {title}\n\n{columns(rows)}")


def _findings(material: Material) -> Section:
    title = "What the rules find, and nothing suppresses"
    rows = [_finding(finding) for finding in material.report.open]
    text = columns(rows) if rows else "none\n"
    return Section("14_findings.txt", title, f"# {title}\n\n{text}")


def _finding(finding: Finding) -> tuple[str, str, str, str]:
    return (finding.code, finding.severity, where(finding.place), _line(finding.message))


def _waivers(material: Material) -> Section:
    """What is found and was allowed: by whom, how long, and why."""
    title = "What was waived: allow comments and the baseline, with their reasons"
    note = "# Whether a waiver's time is over is for the reader to say: the bundle has no clock."
    rows = [("CODE", "AT", "BY", "OWNER", "UNTIL", "REASON", "FINDING")]
    for finding in material.report.findings:
        if (waived := finding.suppressed) is not None:
            by = "comment" if waived.kind == "inline" else "baseline"
            end = (waived.owner or "-", waived.until or "-", _line(waived.reason))
            rows.append((finding.code, where(finding.place), by, *end, _line(finding.message)))
    text = columns(rows) if len(rows) > 1 else "none\n"
    return Section("15_waivers.txt", title, f"# {title}\n{note}\n\n{text}")


def _line(text: str) -> str:
    return " ".join(text.split())
