"""Git, asked for what it knows of a folder, by way of `subprocess`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outbox_guard.git import COMMAND, environment


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said."""

    output: bytes
    errors: str

    @property
    def names(self) -> tuple[str, ...]:
        """What is listed with -z: names as on disk, each once."""
        return tuple(name for name in dict.fromkeys(os.fsdecode(self.output).split("\0")) if name)


def ask(folder: Path, arguments: Sequence[str]) -> Answer | str:
    """What a git command says of a folder, or why it says nothing."""
    import subprocess  # embedders and editors hand their files over

    try:
        done = subprocess.run(
            (*COMMAND, *arguments),
            cwd=folder,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        return f"git cannot be run: {error.strerror or error}"
    errors = os.fsdecode(done.stderr).strip()
    return errors or "git failed" if done.returncode else Answer(done.stdout, errors)
