"""What `check --add-allow` writes: comments for what is found today, tried before they stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from outbox_guard.allowing.exempting import Exemption, exemptions
from outbox_guard.cli.terminal import complain, write_file
from outbox_guard.discovery import decode, encoded
from outbox_guard.findings import Report
from outbox_guard.fixes.edits import edited
from outbox_guard.sources import Source

Found = Counter[tuple[str, str, str]]


def add_allows(report: Report, root: Path, reason: str, check: Callable[[], Report]) -> Report:
    """The report after comments were written for all that they can allow.

    A file in which they do anything else than that is left as it was.
    """
    held = _Files(root)
    asked = list(exemptions(report.open, held.source, reason))
    for each in asked:
        if each.edit is None:
            _leave(each.path, f"line {each.line}: {each.fault}")
    written = [
        path for path in dict.fromkeys(each.path for each in asked) if held.write(path, asked)
    ]
    if not written:
        return report
    after = check()
    wrong = _wrong(report, after, [each for each in asked if each.path in written])
    for path in sorted(wrong & set(written)):
        held.restore(path)
        _leave(path, "a comment would change more there than what is found")
    kept = [path for path in written if path not in wrong]
    lines = sum(each.path in kept and each.edit is not None for each in asked)
    counted = f"{lines} line{'' if lines == 1 else 's'}"
    complain(f"outbox-guard: allowed on {counted}, in {', '.join(kept) or 'no file'}")
    return check() if wrong else after


def _wrong(before: Report, after: Report, asked: Iterable[Exemption]) -> set[str]:
    """The paths where something else is found now than what was not to be allowed."""
    expected = _found(before)
    for each in asked:
        if each.edit is not None:
            gone = [f for f in before.open if f.place.path == each.path]
            here = [f for f in gone if f.place.line == each.line and f.code in each.codes]
            expected -= Counter((f.place.path, f.code, f.message) for f in here)
    found = _found(after)
    return {path for path, _, _ in (found - expected) + (expected - found)}


def _found(report: Report) -> Found:
    return Counter((f.place.path, f.code, f.message) for f in report.open)


class _Files:
    """The files of a project, as they were."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._data: dict[str, bytes] = {}

    def source(self, path: str) -> Source | None:
        try:
            data = self._data.setdefault(path, (self._root / path).read_bytes())
        except OSError:
            return None
        source = decode(data, path)
        return source if isinstance(source, Source) else None

    def write(self, path: str, asked: Sequence[Exemption]) -> bool:
        """Write the comments of a file, if there are any that can be written."""
        edits = [each.edit for each in asked if each.path == path and each.edit is not None]
        source = self.source(path)
        if source is None or not edits:
            return False
        after = edited(source, edits)
        data = None if after is None else encoded(after, self._data[path], path)
        if data is None:
            _leave(path, "its encoding cannot hold the reason")
            return False
        self._put(path, data)
        return True

    def restore(self, path: str) -> None:
        self._put(path, self._data[path])

    def _put(self, path: str, data: bytes) -> None:
        write_file(data, self._root / path, called=f"--add-allow: {path}")


def _leave(path: str, why: str) -> None:
    complain(f"outbox-guard: {path} is left as it is: {why}")
