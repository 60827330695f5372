"""Answers for files that the record of the last run shows to be of no consequence.

A hook asks about a few files of a project that hardly changed. A full run imports whatever it may
need to find out that they say nothing, which takes longer than Python takes to start. So a run
leaves a record (`remembering.py`), and this module, which imports next to nothing, answers from it
where a full run could not say anything else:

- The tool, Python, the configuration and the names of all files are those of the record.
- A file that changed since, reported or not, is *quiet* now: it has none of the words that it takes
  for the sieve to let a file through, and no name that another file hands on. When it was read
  last, nobody followed it. So nothing is in it, and nobody else's facts depend on it.
- A reported file had no part in what was found, and did not change or is quiet; and it compiles.

A hook that names no files asks about all of them. What the last run was asked is answered in its
own words, where it found nothing to report, and what changed since is quiet, and compiles.

Whatever else is asked, or is not as it was, is for a full run.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Sequence, Set

from outbox_guard.git import Listing
from outbox_guard.parseable import PYTHON, broken
from outbox_guard.record.form import Record, folders, is_usual, record_file, stamp, state_of
from outbox_guard.record.quiet import is_quiet
from outbox_guard.summary import found, looked_at

# Whatever these say, a full run listens to it.
SPEAKING = ("ENFORCE_NO_DB_QUERY", "SOURCE_DATE_EPOCH", "COLUMNS")
CONFIGURATIONS = (".git", "outbox-guard.toml", "pyproject.toml")  # they make a folder a project
_OPENING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def answer(arguments: Sequence[str]) -> int | None:
    """Print what a full run would print, and return its status; None where it has to be run."""
    command, *paths = arguments or ("",)
    if command != "check" or any(not p or p.startswith("-") for p in paths):
        return None
    if not hasattr(os, "posix_spawnp") or any(map(os.environ.get, SPEAKING)):
        return None
    try:
        line = _line(os.getcwd(), paths)
        if line is None or not _can_be_shown(line):
            return None
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except (OSError, ValueError, StopIteration):  # a full run meets it again, and tells of it
        return None
    return 0


def _can_be_shown(line: str) -> bool:
    stream = sys.stdout
    if stream is None or (stream.encoding or "").lower() != "utf-8":
        return False
    return not stream.isatty() or os.get_terminal_size(stream.fileno()).columns > len(line)


def _line(root: str, paths: list[str]) -> str | None:
    """What there is to say of these paths, going by the record; None where that is not known."""
    record = _recorded(root)
    if record is None:
        return None
    if record.clean and record.clean[1:] == [_today(), *paths]:
        said = record.clean[0]
        return said if _says_nothing(root, record, frozenset(), record.names) else None
    named = frozenset(path.removeprefix(f"{root}/") for path in paths)
    if not named or not _says_nothing(root, record, named, named):
        return None
    return f"{found(0, 0)} · {looked_at(len(named), 0, 0)}"


def _today() -> str:
    """The day by UTC: allow comments may end with it."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def _says_nothing(root: str, record: Record, named: Set[str], around: Iterable[str]) -> bool:
    """Whether what changed and the named files say nothing, in the folders around these files."""
    if not named <= set(record.files):
        return False
    with Listing() as listing:  # while git is at it, we look at the files
        changed = set(_changed(root, record))
        if not changed.union(named).isdisjoint(record.touched):
            return False
        if not _lies_as_before(record, around) or not _is_all_quiet(record, named, changed):
            return False
        return listing.names() == set(record.names)


def _recorded(root: str) -> Record | None:
    file = record_file(root, os.environ)
    if file is None:
        return None
    with open(file, "rb") as opened:
        record = Record.unpacked(opened.read())
    return record if record.stamp == stamp(root) else None


def _changed(root: str, record: Record) -> Iterator[str]:
    for file, state in zip(record.files, record.states, strict=True):
        if state_of(os.path.join(root, file)) != state:
            yield file


def _lies_as_before(record: Record, files: Iterable[str]) -> bool:
    """Whether the folders are what they were, and these files in no project of their own."""
    if not os.path.lexists(".git") or not all(map(is_usual, folders(record.names))):
        return False
    known = set(record.files)  # a pyproject.toml that is known says nothing to us
    around = (f"{folder}/{name}" for folder in folders(files) for name in CONFIGURATIONS)
    return all(file in known or not os.path.lexists(file) for file in around)


def _is_all_quiet(record: Record, named: Set[str], changed: set[str]) -> bool:
    words, given = ([text.encode("latin-1") for text in t] for t in (record.words, record.given))
    texts = {path: _text(path) for path in sorted(changed | named)}
    if not all(is_quiet(path, texts[path], words, given) for path in changed):
        return False
    return not any(broken((p, texts[p].decode()) for p in texts if p.endswith(PYTHON)))


def _text(path: str) -> bytes:
    """Raises OSError where it is no usual file."""
    with open(path, "rb", opener=lambda file, _: os.open(file, _OPENING)) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(f"{path} is no file")
        return opened.read()
