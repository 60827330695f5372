"""The lines of a project that were changed since a revision, as git tells."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from outbox_guard.discovery import escaped
from outbox_guard.errors import UsageError
from outbox_guard.facts import Place
from outbox_guard.findings import Report
from outbox_guard.git.asking import Answer, ask

# Of the user's own settings for diffs none may change what is asked here.
_DIFF = (
    *("diff", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv", "--diff-filter=d"),
    *("--submodule=short", "--inter-hunk-context=0"),
)
_FILE = re.compile(rb"^diff --git ", re.MULTILINE)
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines by path, counted from 1; None stands for all lines of a file that is new to git."""

    lines: Mapping[str, Collection[int] | None]

    def touch(self, place: Place) -> bool:
        if place.path not in self.lines:
            return False
        changed = self.lines[place.path]
        return changed is None or any(
            line in changed for line in range(place.line, place.end_line + 1)
        )


def only_changed(report: Report, changes: Changes) -> Report:
    """The report without the findings on lines that are as they were."""
    kept = (finding for finding in report.findings if changes.touch(finding.place))
    return dataclasses.replace(report, findings=tuple(kept))


def changes_since(root: Path, revision: str) -> Changes:
    """What the work tree changes since it parted from a revision; UsageError where git can't say.

    On a branch, what the revision's own branch has got since is no change of ours.
    """
    base = _asked(root, revision, "merge-base", "--", revision, "HEAD").output.decode().strip()
    names = _asked(root, revision, *_DIFF, "--name-only", "-z", base, "--", ".").names
    patch = _asked(root, revision, *_DIFF, "--unified=0", "--no-color", base, "--", ".").output
    untracked = _asked(root, revision, "ls-files", "--others", "--exclude-standard", "-z").names
    changed: dict[str, Collection[int] | None] = {escaped(name): None for name in untracked}
    # The patch has a part for each name, in the same order; its own spelling of them is quoted.
    for name, part in zip(names, _FILE.split(patch)[1:], strict=True):
        changed[escaped(name)] = _new_lines(part)
    return Changes(changed)


def _new_lines(part: bytes) -> frozenset[int]:
    """The lines that a file's part of a patch adds or changes."""
    lines: set[int] = set()
    for hunk in _HUNK.finditer(part):
        first, count = int(hunk[1]), int(hunk[2] or 1)
        lines.update(range(first, first + count))
    return frozenset(lines)


def _asked(root: Path, revision: str, *arguments: str) -> Answer:
    answer = ask(root, arguments)
    if isinstance(answer, Answer):
        return answer
    why = answer.splitlines()[-1]
    raise UsageError(
        f"--since {revision}: git cannot say what was changed since then ({why});"
        " name a commit that this clone has: CI often fetches the last one only"
    )
