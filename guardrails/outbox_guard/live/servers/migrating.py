"""A project's own command that applies its schema, run on a database of ours."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.targets import VARIABLES, Target

_LINES = 6  # of what the command told, at its end


def migrate(command: str, target: Target, folder: Path) -> None:
    """Run it in the project's folder, with $DATABASE_URL naming the database.

    Raises LiveError where it cannot be run or fails.
    """
    try:
        done = subprocess.run(
            shlex.split(command),
            cwd=folder,
            env=os.environ | dict.fromkeys(VARIABLES, target.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except (OSError, ValueError) as error:
        raise LiveError(f"`apply` in [live]: {command}: {error}") from error
    if done.returncode:
        told = target.masked("\n".join(done.stdout.strip().splitlines()[-_LINES:]))
        raise LiveError(
            f"`apply` in [live]: {command} ended with {done.returncode}\n{told}".strip()
        )
