"""What a run says: findings, and the report that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.facts import Edit, Place

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding fails no run: an allow comment, or an entry of the baseline."""

    kind: Literal["inline", "baseline"]
    reason: str
    owner: str = ""  # who answers for it
    until: str = ""  # "2027-01-31": the day on which it ends


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has a part in a finding."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A way out that is certain: edits to apply together, or SQL to paste where it belongs."""

    message: str
    edits: tuple[Edit, ...] = ()
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says of a place."""

    code: str
    name: str
    severity: Severity
    message: str
    place: Place
    fingerprint: str = ""  # of the content: the same when lines above it move
    lines: tuple[str, ...] = ()  # the source lines that `place` spans, without line breaks
    suppressed: Suppression | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """What a reader is told of a rule; the texts are Markdown of one paragraph."""

    code: str
    name: str
    severity: Severity  # where no zone or mode says otherwise
    summary: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much was looked at."""

    files: int = 0  # in scope, whether or not the sieve let them through
    parsed: int = 0  # of those, read by a parser
    statements: int = 0  # SQL statements that name a guarded object or switch a role, followed
    undetermined: int = 0  # of those, not followed to the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`findings` are in order of place, then code; the suppressed ones are among them."""

    findings: tuple[Finding, ...] = ()
    coverage: Coverage = Coverage()
    rules: tuple[RulePage, ...] = ()  # those in force, by code
    enforced: bool = False
    strict: bool = False
    show_suppressed: bool = False
    root: str = field(default=".", compare=False)

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nothing suppresses."""
        return tuple(finding for finding in self.findings if finding.suppressed is None)

    @property
    def listed(self) -> tuple[Finding, ...]:
        """The findings to show: the open ones, and the others on request."""
        return self.findings if self.show_suppressed else self.open

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.open)

    @property
    def warnings(self) -> int:
        return len(self.open) - self.errors

    @property
    def suppressed(self) -> int:
        return len(self.findings) - len(self.open)

    @property
    def failed(self) -> bool:
        return self.errors > 0 or (self.warnings > 0 and (self.strict or self.enforced))

    def page(self, code: str) -> RulePage | None:
        return next((page for page in self.rules if page.code == code), None)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.open)
