"""The command line as users run it: a process of its own, in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "outbox_guard")
OURS = ("ENFORCE_NO_DB_QUERY", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
PATIENCE = 60  # far more than any promise, so that a hang is a failure and not a standstill


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """This process's environment; a change to None takes a variable out."""
    merged = {name: value for name, value in os.environ.items() if name not in OURS}
    merged["PYTHONUNBUFFERED"] = ""
    merged["OUTBOX_GUARD_CACHE"] = ""  # nothing is kept unless a test says where
    for name, value in (changes or {}).items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def outbox_guard(
    *arguments: str | bytes | Path,
    cwd: Path,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    prefix: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run it; `prefix` is a command that runs the command."""
    done = subprocess.run(
        (*prefix, *COMMAND, *arguments),
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    told = (stream.decode("utf-8", "backslashreplace") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, *told)


def findings(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """What a run with `--format json` found."""
    assert done.returncode in (0, 1), done.stderr
    listed: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return listed
