"""A name for each finding that no other in the report has, and that outlives moved lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

from outbox_guard.findings import Finding


def identified(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each finding with its identity; equal findings of one file are told apart by count."""
    seen: Counter[str] = Counter()
    for finding in findings:
        parts = (finding.place.path, finding.code, finding.fingerprint)
        digest = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        yield finding, f"{digest}:{seen[digest]}"
