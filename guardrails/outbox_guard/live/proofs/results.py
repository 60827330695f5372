"""What a run of the proofs showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.live.proofs.files import Proof

Verdict = Literal["proved", "failed", "inapplicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was carried out."""

    case: str  # which of several, "" of one
    says: str
    session: str
    statement: str
    expected: str
    got: str  # the same as what was expected where it held
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A proof that was carried out, up to the first step of each case that did not hold."""

    proof: Proof
    cases: int
    steps: tuple[Done, ...]

    @property
    def failures(self) -> tuple[Done, ...]:
        return tuple(step for step in self.steps if not step.held)

    @property
    def verdict(self) -> Verdict:
        if not self.steps:
            return "inapplicable"  # the project has nothing of what it is about
        return "failed" if self.failures else "proved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of several proofs on one schema."""

    server: int  # PostgreSQL's major version
    database: str  # "embedded", or the URL without its secrets
    files: tuple[str, ...]  # the schema, in the order in which it was applied
    results: tuple[Result, ...]
    cleared: tuple[str, ...] = ()  # what killed runs had left on the server

    def of(self, verdict: Verdict) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.verdict == verdict)
