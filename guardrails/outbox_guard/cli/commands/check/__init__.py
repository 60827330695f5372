"""`outbox-guard check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import here, loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import columns, deliver, is_terminal
from outbox_guard.errors import UsageError
from outbox_guard.findings import Report
from outbox_guard.intake import Request
from outbox_guard.project import is_enforced, set_up, today
from outbox_guard.project import run as run_on
from outbox_guard.reporters import renderer
from outbox_guard.subprojects import seen_from

OF_CODE_HOSTS = ("github", "gitlab", "sarif")


def run(arguments: Arguments) -> int:
    _refuse_what_contradicts(arguments)
    if arguments.watch:
        from outbox_guard.cli.commands.check.watching import (
            watched,  # here as below: what few runs need
        )

        root = loaded(arguments).root
        return watched(partial(_check, arguments), root, arguments.output)
    return _check(arguments)


def _check(arguments: Arguments) -> int:
    reason = _reason(arguments)
    checked = _checker(arguments)
    report = checked()
    if arguments.diff:
        from outbox_guard.cli.commands.check.mending import diff_of

        deliver(diff_of(report, Path(report.root)), arguments.output, exact=True)
    else:
        report = _mended(report, arguments, reason, checked)
        exact = arguments.format != "text"
        deliver(_rendered(report, arguments), arguments.output, exact=exact)
    return FOUND if report.failed and not arguments.exit_zero else OK


def _reason(arguments: Arguments) -> str:
    if arguments.add_allow is None:
        return ""
    from outbox_guard.allowing.exempting import checked_reason

    return checked_reason(arguments.add_allow, today(os.environ))


def _checker(arguments: Arguments) -> Callable[[], Report]:
    """What checks the project, as often as it is called."""
    enforced = is_enforced(os.environ) or arguments.enforce
    setup = set_up(loaded(arguments))
    request = Request(
        paths=tuple(arguments.paths),
        held=_stdin(arguments.stdin_filename, setup.loaded.root),
        sieved=not arguments.no_sieve,
        cached=not arguments.no_cache,
        executor=arguments.executor,
    )
    # Asked first: whoever names no revision of this clone need not wait for the check.
    narrowed = _narrowing(setup.loaded.root, arguments.since)

    def checked() -> Report:
        with Bar() as bar:
            report = narrowed(run_on(setup, request, enforced=enforced, progress=bar))
        return replace(report, strict=arguments.strict, show_suppressed=arguments.show_suppressed)

    return checked


def _narrowing(root: Path, since: str | None) -> Callable[[Report], Report]:
    if since is None:
        return lambda report: report
    from outbox_guard.changes import changes_since, only_changed

    changes_since(root, since)
    # What a fix or a comment has moved meanwhile is asked for anew.
    return lambda report: only_changed(report, changes_since(root, since))


def _mended(
    report: Report, arguments: Arguments, reason: str, checked: Callable[[], Report]
) -> Report:
    """What is found when that is mended or allowed which was asked for."""
    root = Path(report.root)
    if arguments.fix:
        from outbox_guard.cli.commands.check.mending import apply

        report = checked() if apply(report, root) else report
    if reason:
        from outbox_guard.cli.commands.check.exempting import add_allows

        report = add_allows(report, root, reason, checked)
    return report


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


def _stdin(name: str | None, root: Path) -> dict[str, bytes]:
    """Standard input, by the path in the project that it stands for."""
    if name is None:
        return {}
    path = Path(os.path.relpath(os.path.realpath(here() / name), root)).as_posix()
    if path == ".." or path.startswith("../"):
        raise UsageError(f"--stdin-filename {name}: lies outside of the project, {root}")
    if sys.stdin is None:
        raise UsageError(f"--stdin-filename {name}: standard input is closed")
    return {path: sys.stdin.buffer.read()}


def _rendered(report: Report, arguments: Arguments) -> str:
    if arguments.format != "text":
        if arguments.format in OF_CODE_HOSTS:
            report = _for_code_host(report)
        return renderer(arguments.format)(report)
    from outbox_guard.reporters import text

    to_terminal = arguments.output is None and is_terminal(sys.stdout)
    shown = text.terminal_options(os.environ, is_terminal=to_terminal, columns=columns())
    listing = text.render(report, width=shown.width, color=shown.color)
    return listing + (text.statistics(report) if arguments.statistics else "")


def _for_code_host(report: Report) -> Report:
    """With paths from the top of the repository, where a project is a folder of one."""
    root = Path(report.root)
    for each in (root, *root.parents):
        if os.path.lexists(each / ".git"):
            return report if each == root else seen_from(report, root.relative_to(each).as_posix())
    return report
