"""Leaves a record of a run for `recall.py`, which answers from it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from outbox_guard.baseline import read_baseline
from outbox_guard.config import Loaded
from outbox_guard.git import Listing
from outbox_guard.intake import Trace
from outbox_guard.record.form import (
    Record,
    folders,
    is_file,
    is_usual,
    record_file,
    stamp,
    state_of,
)

CONFIGURATION = ("outbox-guard.toml", "pyproject.toml")  # at the root, there or not
PARSERS = ("libcst", "sqlglot")  # by which files are followed
TICK = 2_000_000_000  # nanoseconds within which a file can change without a change of its time
OLD = 14 * 86_400  # seconds after which nobody comes back to a record
RACY = "?"  # a state that is none: it may have changed since without a trace


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of a project before a run reads them."""

    taken: int  # nanoseconds
    names: frozenset[str]
    states: dict[str, str]

    def state(self, file: str) -> str:
        state = self.states[file]
        changed = max(map(int, state.split()[:2]), default=0)
        return RACY if changed > self.taken - TICK else state


def snapshot(loaded: Loaded) -> Snapshot | None:
    """The files as they are; None where no record can be made of the project.

    It has to be a repository, and globs may not choose among files that nobody lists.
    """
    if loaded.alone or loaded.rule_files or loaded.proof_files or loaded.root != Path.cwd():
        return None
    if not hasattr(os, "posix_spawnp") or not os.path.lexists(loaded.root / ".git"):
        return None
    taken = time.time_ns()
    try:
        with Listing() as listing:
            names = frozenset(listing.names())
        if not all(map(is_usual, folders(names))):
            return None
    except OSError:
        return None
    watched = {*names, *CONFIGURATION, *_configured(loaded), *_parsers()}
    return Snapshot(taken, names, {file: state_of(str(loaded.root / file)) for file in watched})


def _configured(loaded: Loaded) -> Iterator[str]:
    yield from map(str, loaded.files)
    yield str(loaded.baseline)


def _parsers() -> Iterator[str]:
    for parser in PARSERS:
        spec = find_spec(parser)
        if spec is not None and spec.origin is not None:
            yield spec.origin


def remember(before: Snapshot, loaded: Loaded, trace: Trace, clean: Sequence[str]) -> None:
    """Write down what was found out, if that is possible.

    `clean` is `Record.clean`.
    """
    root = str(loaded.root)
    file = record_file(root, os.environ)
    if file is None or not before.names.issuperset(trace.files):
        return  # files came, or their names are no UTF-8
    known = read_baseline(loaded.baseline, loaded.baseline_path, required=False)
    exempt = {entry.path for entry in known.entries} if known else set()
    unusual = {each for each, state in before.states.items() if not is_file(state)}
    others = before.states.keys() - before.names
    touched = ((trace.touched | exempt) & before.names) | unusual | others
    files = sorted({*trace.files, *touched})
    record = Record(
        stamp=stamp(root),
        names=sorted(before.names),
        files=files,
        states=[before.state(file) for file in files],
        touched=sorted(touched),
        words=[word.decode("latin-1") for word in trace.words],
        given=[name.decode("latin-1") for name in sorted(trace.given)],
        clean=clean,
    )
    with suppress(OSError):
        _write(Path(file), record.packed())


def _write(file: Path, data: bytes) -> None:
    """Put it in place whole, and make room: other projects may be gone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    for each in file.parent.glob("*.record"):
        if time.time() - each.stat().st_mtime > OLD:
            each.unlink(missing_ok=True)
