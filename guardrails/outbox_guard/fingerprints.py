"""What identifies a finding by its content, so that it stays the same when lines above it move."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from outbox_guard.findings import Finding

_LENGTH = 32  # of 64 hexadecimal digits: no two findings of a project will ever share these


def fingerprint(code: str, path: str, lines: Sequence[str], ordinal: int = 0) -> str:
    """Of a finding of this rule in this file, by the words of its lines, whatever their spacing.

    `ordinal` tells equal ones apart: it counts those above.
    """
    import hashlib  # most runs find nothing

    words = "\n".join(" ".join(line.split()) for line in lines)
    content = "\0".join((code, path, words, str(ordinal)))
    return hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()[:_LENGTH]


def first_of_its_kind(finding: Finding) -> str:
    """The fingerprint that a finding and all its equals in the file have in common."""
    return fingerprint(finding.code, finding.place.path, finding.lines)


def fingerprinted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order of place, each with its fingerprint."""
    seen: Counter[str] = Counter()
    for finding in sorted(findings, key=lambda each: (each.place, each.code)):
        kind = first_of_its_kind(finding)
        own = fingerprint(finding.code, finding.place.path, finding.lines, seen[kind])
        seen[kind] += 1
        yield dataclasses.replace(finding, fingerprint=own)
