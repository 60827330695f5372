"""Git, asked without trusting what a repository or a hook has set up for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What git sets for its hooks: with these it would answer for another folder or index.
_OF_HOOKS = frozenset(
    f"GIT_{name}"
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "PREFIX", "COMMON_DIR", "OBJECT_DIRECTORY")
)
# A repository may configure a program as its file system monitor; asking must not run it.
_COMMAND = ("git", "-c", "core.fsmonitor=false")


@dataclass(frozen=True, slots=True)
class Answer:
    output: bytes
    errors: str

    @property
    def names(self) -> tuple[str, ...]:
        """What is listed with -z: names as on disk, each once."""
        return tuple(name for name in dict.fromkeys(os.fsdecode(self.output).split("\0")) if name)


def ask(folder: Path, arguments: Sequence[str]) -> Answer | str:
    """What a git command says of a folder, or why it says nothing."""
    import subprocess  # embedders and editors hand their files over

    environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    try:
        done = subprocess.run(
            (*_COMMAND, *arguments),
            cwd=folder,
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        return f"git cannot be run: {error.strerror or error}"
    errors = os.fsdecode(done.stderr).strip()
    return errors or "git failed" if done.returncode else Answer(done.stdout, errors)
