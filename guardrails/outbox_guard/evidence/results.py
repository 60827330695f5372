"""The results of proofs, as `outbox-guard prove --format json` wrote them down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from outbox_guard.errors import UsageError

_VERSION = 1
_VERDICTS = ("proved", "failed", "inapplicable")


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof showed."""

    verdict: str
    failures: tuple[str, ...]  # what was expected, and what came


def read_results(text: str, name: str) -> Mapping[str, Proved]:
    """By the name of the proof; raises UsageError where this is no such file."""
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"--proofs {name}: is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        says = f"is not what `outbox-guard prove --format json` writes, version {_VERSION}"
        raise UsageError(f"--proofs {name}: {says}")
    try:
        return {each["name"]: _proved(each) for each in document["proofs"]}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"--proofs {name}: a part of it is missing or wrong: {error}") from error


def _proved(table: Mapping[str, Any]) -> Proved:
    verdict = table["result"]
    if verdict not in _VERDICTS:
        raise ValueError(f"{verdict!r} is no result")
    return Proved(verdict, tuple(_failures(table["steps"])))


def _failures(steps: list[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        if not step["held"]:
            yield f"{step['says']}: expected {step['expected']}, got {step['got']}"
