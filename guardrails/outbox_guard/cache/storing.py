"""Where things are kept from run to run: a folder for each project, in the user's for caches."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from outbox_guard.persistence import cache_folder, own_code
from outbox_guard.version import __version__

OLD = 14 * 86_400  # seconds after which nobody comes back to an entry
SUM = 16  # bytes of a digest


class Storage(Protocol):
    """Where bytes are kept from run to run; whatever fails there fails no run."""

    def load(self, key: str) -> bytes | None:
        """What was saved under a key, or None where it is not there, or no longer whole."""

    def save(self, key: str, data: bytes) -> None:
        """Save it, if that is possible."""

    def forget_the_old(self) -> None:
        """Make room."""


@dataclass(frozen=True)
class Folder:
    """A folder with a file for each entry: a sum of the entry, and the entry.

    Files are put in place whole, so runs may share it, and may be killed. Where nothing can be
    written, nothing is kept.
    """

    path: Path

    def load(self, key: str) -> bytes | None:
        try:
            data = (self.path / key).read_bytes()
        except OSError:
            return None
        entry = data[SUM:]
        return entry if blake2b(entry, digest_size=SUM).digest() == data[:SUM] else None

    def save(self, key: str, data: bytes) -> None:
        import tempfile  # most runs write nothing

        with suppress(OSError):
            self.path.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=self.path)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(blake2b(data, digest_size=SUM).digest() + data)
                Path(name).replace(self.path / key)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def forget_the_old(self) -> None:
        """Entries that no run has written for a while, and what killed runs left."""
        with suppress(OSError):
            for entry in os.scandir(self.path):
                if time.time() - entry.stat().st_mtime > OLD:
                    Path(entry.path).unlink(missing_ok=True)


@dataclass(frozen=True)
class Kept:
    """What is kept of a project, by this build of the tool."""

    storage: Storage
    stamp: str

    def key(self, *parts: str) -> str:
        return hex_of(self.stamp, *parts)


def kept_of(root: Path) -> Kept | None:
    """The folder of a project; None where nothing is to be kept."""
    folder = cache_folder(os.environ)
    if folder is None:
        return None
    return Kept(Folder(Path(folder) / hex_of(str(root))), _build())


def _build() -> str:
    """This build of the tool, of its parsers, and of Python."""
    from importlib.util import find_spec

    stamps = [__version__, sys.version]
    for parser in ("libcst", "sqlglot"):
        spec = find_spec(parser)
        stamps += [parser, _state(Path(spec.origin)) if spec and spec.origin else ""]
    stamps += (_state(Path(file)) for file in own_code())
    return hex_of(*stamps)


def _state(file: Path) -> str:
    state = file.stat()
    return f"{file} {state.st_mtime_ns} {state.st_size}"


def hex_of(*parts: str) -> str:
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=SUM).hexdigest()
