"""What a run leaves for the next one: its form, and where it lies.

As few modules as can be are imported here: a hook waits for them.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from outbox_guard.persistence import cache_folder, own_code
from outbox_guard.version import __version__

FORMAT = "2"
_DIGITS = 8  # of a checksum


class Record:
    """A run, as far as it tells what the next one may leave out. No text in it holds a NUL."""

    __slots__ = ("clean", "files", "given", "names", "stamp", "states", "touched", "words")

    def __init__(self, **sections: Sequence[str]) -> None:
        self.stamp = sections["stamp"]  # of all that is no file
        self.names = sections["names"]  # of the project's files
        self.files = sections["files"]  # whose state counts: those in scope, and the configuration
        self.states = sections["states"]  # of each of these
        self.touched = sections["touched"]  # the files that had a part in what was found out
        self.words = sections["words"]  # one of them is in whatever can say something by itself
        self.given = sections["given"]  # names that files hand on
        self.clean = sections["clean"]  # what it said, the day, what it was asked; if it was clean

    def packed(self) -> bytes:
        sections = (getattr(self, name) for name in self.__slots__)
        texts = (text for each in sections for text in (str(len(each)), *each))
        data = "\0".join(texts).encode("utf-8", "surrogateescape")
        return f"{zlib.crc32(data):0{_DIGITS}x}".encode() + data

    @classmethod
    def unpacked(cls, data: bytes) -> Record:
        """Raises ValueError where it is none, or not whole."""
        if int(data[:_DIGITS], 16) != zlib.crc32(data[_DIGITS:]):
            raise ValueError("it was changed")
        texts = iter(data[_DIGITS:].decode("utf-8", "surrogateescape").split("\0"))
        return cls(**{name: _section(texts) for name in cls.__slots__})


def _section(texts: Iterator[str]) -> list[str]:
    return [next(texts) for _ in range(int(next(texts)))]


def record_file(root: str, environment: Mapping[str, str]) -> str | None:
    """Where the record of a project lies; None where nothing is kept."""
    folder = cache_folder(environment)
    if folder is None:
        return None
    name = os.fsencode(root)
    return f"{folder}/{zlib.crc32(name):08x}{zlib.adler32(name):08x}.record"


def stamp(root: str) -> list[str]:
    """All that a run depends on and that is no file of the project: the tool, Python, the root."""
    tool = [f"{file} {state_of(file)}" for file in own_code()]
    return [FORMAT, __version__, sys.version, root, *sys.path[1:], *tool]


def folders(names: Iterable[str]) -> set[str]:
    """The folders that these lie in, and those around them, save the root."""
    found: set[str] = set()
    for name in names:
        while (name := name.rpartition("/")[0]) and name not in found:
            found.add(name)
    return found


def is_usual(folder: str) -> bool:
    """Whether a folder is part of the project: no link, and no virtual environment."""
    return stat.S_ISDIR(os.lstat(folder).st_mode) and not os.path.lexists(f"{folder}/pyvenv.cfg")


def state_of(file: str) -> str:
    """What the system says of a file, which changes with its bytes; "" where there is none."""
    try:
        told = os.lstat(file)
    except OSError:
        return ""
    return f"{told.st_mtime_ns} {told.st_ctime_ns} {told.st_size} {told.st_ino} {told.st_mode:o}"


def is_file(state: str) -> bool:
    """Whether it is the state of a regular file."""
    return bool(state) and stat.S_ISREG(int(state.rpartition(" ")[2], 8))
