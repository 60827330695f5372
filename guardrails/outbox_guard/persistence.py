"""What all that is kept from run to run has in common: the folder, and the code that wrote it.

As few modules as can be are imported here: a hook waits for them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

FOLDER = "outbox-guard"
NAMED = "OUTBOX_GUARD_CACHE"  # in the environment: another folder, or nothing for none


def cache_folder(environment: Mapping[str, str]) -> str | None:
    """Where this platform keeps caches, or the folder that is named for ours."""
    named = environment.get(NAMED)
    if named is not None:
        return os.path.join(os.getcwd(), named) if named else None
    base = environment.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return os.path.join(base, FOLDER)
    home = os.path.expanduser("~")
    if home == "~":
        return None
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return os.path.join(home, caches, FOLDER)


def own_code() -> list[str]:
    """The files by which a build of the tool is known again."""
    package = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.isdir(f"{package}/rules")  # a checkout changes without its version
    return [f"{package}/version.py"] if installed else sorted(_sources(package))


def _sources(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path
            elif entry.name != "__pycache__" and entry.is_dir():
                yield from _sources(entry.path)
