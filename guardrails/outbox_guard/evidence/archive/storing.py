"""A bundle on disk: written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from outbox_guard.errors import UsageError
from outbox_guard.evidence.archive import manifest


def read_bundle(folder: Path) -> dict[str, bytes]:
    """All that lies in a bundle; raises UsageError where there is none."""
    try:
        _recover(folder)
        if not (folder / manifest.FILE).is_file():
            raise UsageError(f"{folder}: is no bundle; `outbox-guard evidence` writes one")
        inside = sorted(folder.iterdir())
        # A folder, a pipe or a dead link is no file of a bundle: `faults` says so by its name.
        return {path.name: path.read_bytes() if path.is_file() else b"" for path in inside}
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from error


def write_bundle(files: Mapping[str, bytes], folder: Path) -> None:
    """In the place of the old bundle, which stays until the new one is complete."""
    folder = Path(os.path.realpath(folder))
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        _recover(folder)
        if folder.exists() and not _is_replaceable(folder):
            raise UsageError(
                f"--output {folder.name}: there is something else, which would be lost;"
                " name a folder of its own"
            )
        draft.mkdir(parents=True)
        for name, data in files.items():
            (draft / name).write_bytes(data)
        _exchange(draft, folder)
    except OSError as error:
        raise UsageError(f"--output {folder.name}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _exchange(draft: Path, folder: Path) -> None:
    """Two renames: should the run die between them, the next one finds the old bundle again."""
    old = _aside(folder)
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path) -> None:
    """The bundle that a run put aside and died."""
    old = _aside(folder)
    if not old.exists():
        return
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.rename(folder)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _is_replaceable(folder: Path) -> bool:
    """A bundle, or an empty folder."""
    return folder.is_dir() and ((folder / manifest.FILE).is_file() or not any(folder.iterdir()))
