"""The command line: arguments in, exit status out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from outbox_guard.cli import commands
from outbox_guard.cli.arguments import Arguments, parse
from outbox_guard.cli.statuses import INTERRUPTED, WRONG
from outbox_guard.cli.terminal import complain, flush
from outbox_guard.errors import UsageError

Run = Callable[[Arguments], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        status = _run(argv)
        flush()
    except UsageError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted", status=INTERRUPTED)
    except Exception as error:
        return _bug(error)
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = parse(argv, commands.COMMANDS)
    except SystemExit as done:  # --help and --version have said all
        return int(done.code or 0)
    if arguments.command is None:
        return WRONG
    # By its name, so that no command pays for what another one imports.
    module = import_module(f"{commands.__name__}.{arguments.command}")
    return cast(Run, module.run)(arguments)


def _fail(message: str, *, status: int = WRONG) -> int:
    for line in message.splitlines():
        complain(f"outbox-guard: {line}")
    return status


def _bug(error: Exception) -> int:
    """A mistake of ours: say so, with what a report of it needs, and never pass."""
    import platform
    import traceback

    from outbox_guard.version import __version__

    told = getattr(error, "report", "") or "".join(traceback.format_exception(error))
    version = f"outbox-guard {__version__}, Python {platform.python_version()}"
    complain("outbox-guard: this is a bug of outbox-guard, not of your code.")
    complain("Please report it with these lines:")
    complain(f"  {version}, {sys.platform}; {error}")
    for line in told.strip().splitlines()[-12:]:
        complain(f"  {line}")
    return WRONG
