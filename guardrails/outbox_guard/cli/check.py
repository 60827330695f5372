"""`outbox-guard check`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from outbox_guard.changes import changes_since, only_changed
from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.exempting import add_allows
from outbox_guard.cli.mending import apply, diff_of
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import here, loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import columns, deliver, is_terminal
from outbox_guard.cli.watching import watched
from outbox_guard.errors import UsageError
from outbox_guard.exempting import checked_reason
from outbox_guard.findings import Report
from outbox_guard.intake import Request
from outbox_guard.project import is_enforced, set_up
from outbox_guard.project import run as run_on
from outbox_guard.reporters import renderer


def run(arguments: Arguments) -> int:
    _refuse_what_contradicts(arguments)
    if arguments.watch:
        root = loaded(arguments).root
        return watched(partial(_check, arguments), root, arguments.output)
    return _check(arguments)


def _check(arguments: Arguments) -> int:
    asked = arguments.add_allow
    reason = checked_reason(asked) if asked is not None else ""
    enforced = is_enforced(os.environ) or arguments.enforce
    setup = set_up(loaded(arguments))
    request = Request(
        paths=tuple(arguments.paths),
        stdin=_stdin(arguments.stdin_filename, setup.loaded.root),
        sieved=not arguments.no_sieve,
        cached=not arguments.no_cache,
    )
    # Asked first: whoever names no revision of this clone need not wait for the check.
    changes = changes_since(setup.loaded.root, arguments.since) if arguments.since else None

    def checked() -> Report:
        with Bar() as bar:
            report = run_on(setup, request, enforced=enforced, progress=bar)
        report = only_changed(report, changes) if changes else report
        return replace(report, strict=arguments.strict, show_suppressed=arguments.show_suppressed)

    report = checked()
    if arguments.diff:
        deliver(diff_of(report, setup.loaded.root), arguments.output, exact=True)
    else:
        if arguments.fix and apply(report, setup.loaded.root):
            report = checked()
        if reason:
            report = add_allows(report, setup.loaded.root, reason, checked)
        exact = arguments.format != "text"
        deliver(_rendered(report, arguments), arguments.output, exact=exact)
    return FOUND if report.failed and not arguments.exit_zero else OK


def _refuse_what_contradicts(arguments: Arguments) -> None:
    if arguments.stdin_filename is not None:
        others = {
            "paths": arguments.paths,
            "--since": arguments.since,
            "--fix": arguments.fix,
            "--diff": arguments.diff,
            "--watch": arguments.watch,
            "--add-allow": arguments.add_allow is not None,
        }
        if given := [name for name, value in others.items() if value]:
            raise UsageError(f"--stdin-filename checks standard input; give no {given[0]} with it")
    if arguments.fix and arguments.diff:
        raise UsageError("--diff shows what --fix would do; give one of them")
    if arguments.add_allow is not None and (arguments.fix or arguments.diff or arguments.watch):
        raise UsageError("--add-allow writes comments; give no --fix, --diff or --watch with it")
    if arguments.diff and arguments.format != "text":
        raise UsageError(f"--diff writes a diff; give no --format {arguments.format} with it")


def _stdin(name: str | None, root: Path) -> tuple[str, bytes] | None:
    """Standard input, and the path in the project that it stands for."""
    if name is None:
        return None
    path = Path(os.path.relpath(os.path.realpath(here() / name), root)).as_posix()
    if path == ".." or path.startswith("../"):
        raise UsageError(f"--stdin-filename {name}: lies outside of the project, {root}")
    if sys.stdin is None:
        raise UsageError(f"--stdin-filename {name}: standard input is closed")
    return path, sys.stdin.buffer.read()


def _rendered(report: Report, arguments: Arguments) -> str:
    if arguments.format != "text":
        return renderer(arguments.format)(report)
    from outbox_guard.reporters import text

    to_terminal = arguments.output is None and is_terminal(sys.stdout)
    shown = text.terminal_options(os.environ, is_terminal=to_terminal, columns=columns())
    listing = text.render(report, width=shown.width, color=shown.color)
    return listing + (text.statistics(report) if arguments.statistics else "")
