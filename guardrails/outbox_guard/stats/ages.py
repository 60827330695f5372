"""How old lines are, as git knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from outbox_guard.git.asking import Answer, ask

_COMMIT = re.compile(rb"^([0-9a-f]{40,64}) \d+ (\d+)", re.MULTILINE)
_TIME = re.compile(rb"^author-time (\d+)$", re.MULTILINE)


def written(root: Path, path: str, lines: Collection[int]) -> Mapping[int, date]:
    """The day by UTC on which each line of a file was committed as it is now.

    What git does not know, or what is not committed yet, is left out.
    """
    wanted = [option for line in sorted(lines) for option in ("-L", f"{line},{line}")]
    answer = ask(root, ("blame", "--line-porcelain", *wanted, "--", path))
    return dict(_days(answer.output)) if isinstance(answer, Answer) else {}


def _days(blamed: bytes) -> Mapping[int, date]:
    days: dict[int, date] = {}
    found = list(_COMMIT.finditer(blamed))
    ends = [*(commit.start() for commit in found[1:]), len(blamed)]
    for commit, end in zip(found, ends, strict=True):
        at = _TIME.search(blamed, commit.end(), end)
        if at is not None and set(commit[1]) != set(b"0"):
            days[int(commit[2])] = datetime.fromtimestamp(int(at[1]), UTC).date()
    return days
