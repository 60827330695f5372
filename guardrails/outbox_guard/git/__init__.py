"""How git is called, so that nothing is trusted that a repository or a hook has set up for it."""

from __future__ import annotations

import os
from collections.abc import Mapping

# A repository may configure a program as its file system monitor; asking must not run it.
COMMAND = ("git", "-c", "core.fsmonitor=false")
# Tracked files, and new ones that are not ignored.
LISTING = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
# What git sets for its hooks: with these it would answer for another folder or index.
_OF_HOOKS = frozenset(
    f"GIT_{name}"
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "PREFIX", "COMMON_DIR", "OBJECT_DIRECTORY")
)


def environment(around: Mapping[str, str]) -> dict[str, str]:
    """What git is to see of the environment."""
    kept = {name: value for name, value in around.items() if name not in _OF_HOOKS}
    return {**kept, "LC_ALL": "C"}


class Listing:
    """Git at work on the names of the files below the current folder.

    It is started without `subprocess`, which takes longer to import than git takes to answer.
    """

    def __enter__(self) -> Listing:
        self._pipe, theirs = os.pipe()
        files = (
            (os.POSIX_SPAWN_DUP2, theirs, 1),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        )
        command = (*COMMAND, *LISTING)
        try:
            self._process = os.posix_spawnp(
                command[0], command, environment(os.environ), file_actions=files
            )
        except OSError:
            os.close(self._pipe)
            raise
        finally:
            os.close(theirs)
        return self

    def names(self) -> set[str]:
        """Raises OSError where git has no answer."""
        told = b"".join(iter(lambda: os.read(self._pipe, 1 << 16), b""))
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        if status:
            raise OSError("git failed")
        return {name for name in os.fsdecode(told).split("\0") if name}

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)  # who is not heard out gives up by itself
        if self._process:
            os.waitpid(self._process, 0)
