"""What the fixes of a report make of the files of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from outbox_guard.discovery import decode, encoded
from outbox_guard.facts import Edit
from outbox_guard.findings import Report
from outbox_guard.fixes.edits import by_path, edited, fixes_of
from outbox_guard.sources import Source


@dataclass(frozen=True, slots=True)
class Mended:
    """A file before and after."""

    path: str
    file: Path
    before: str
    after: str
    data: bytes  # what to write
    fault: str = ""  # why it is left as it is


def mended(root: Path, report: Report) -> Iterator[Mended]:
    """Each file that the fixes of the open findings change; all other bytes of it stay."""
    for path, edits in by_path(fixes_of(report)).items():
        yield _mended(root / path, path, edits)


def _mended(file: Path, path: str, edits: Sequence[Edit]) -> Mended:
    try:
        data = file.read_bytes()
    except OSError as error:
        return _left(path, file, f"it cannot be read: {error.strerror or error}")
    source = decode(data, path)
    after = edited(source, edits) if isinstance(source, Source) else None
    if not isinstance(source, Source) or after is None:
        return _left(path, file, "it was changed while it was checked")
    written = encoded(after, data, path)
    if written is None:
        return _left(path, file, "its encoding would change other bytes as well")
    return Mended(path, file, source.text, after, written)


def _left(path: str, file: Path, fault: str) -> Mended:
    return Mended(path, file, "", "", b"", fault)
