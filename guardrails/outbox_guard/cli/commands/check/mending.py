"""What `check --fix` writes and `check --diff` shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from outbox_guard.cli.terminal import complain, write_file
from outbox_guard.findings import Report
from outbox_guard.fixes.edits import diff, fixes_of
from outbox_guard.fixes.files import Mended, mended


def diff_of(report: Report, root: Path) -> str:
    """What --fix would change."""
    return "".join(diff(each.path, each.before, each.after) for each in _possible(report, root))


def apply(report: Report, root: Path) -> bool:
    """Write the fixes, and say of how many; whether there were any."""
    files = list(_possible(report, root))
    for each in files:
        write_file(each.data, each.file, called=f"--fix: {each.path}")
    if files:
        paths = {each.path for each in files}
        done = [
            fix for fix in fixes_of(report) if paths.issuperset(e.place.path for e in fix.edits)
        ]
        complain(f"outbox-guard: mended {len(done)} in {', '.join(sorted(paths))}")
    return bool(files)


def _possible(report: Report, root: Path) -> Iterator[Mended]:
    for each in mended(root, report):
        if each.fault:
            complain(f"outbox-guard: {each.path} is left as it is: {each.fault}")
        else:
            yield each
