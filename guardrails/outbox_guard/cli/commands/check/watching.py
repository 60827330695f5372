"""`outbox-guard check --watch`: again, whenever a file of the project changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from outbox_guard.cli.statuses import INTERRUPTED
from outbox_guard.cli.terminal import complain, flush
from outbox_guard.errors import UsageError

TURN = 100  # milliseconds


def watched(once: Callable[[], int], root: Path, output: Path | None) -> int:
    """Run `once` now and after every change, until Ctrl-C.

    A mistake in the configuration ends the first run; a later one is told, and may be mended.
    `output` is a file that the runs themselves write.
    """
    try:
        from watchfiles import Change, DefaultFilter, watch
    except ImportError as error:
        raise UsageError("--watch needs watchfiles: pip install 'outbox-guard[watch]'") from error

    own = None if output is None else output.resolve()
    of_projects = DefaultFilter()

    def matters(change: Change, path: str) -> bool:
        # A file of ours is written by way of a draft beside it.
        drafts = own is not None and Path(path).parent == own.parent and own.name in path
        return of_projects(change, path) and not drafts

    # It listens before the first run, of which the first turn tells by having nothing to tell:
    # so no change is missed that is made meanwhile.
    turns = watch(root, watch_filter=matters, rust_timeout=TURN, yield_on_timeout=True)
    runs = 0
    try:
        for changes in turns:
            if runs and not changes:
                continue
            try:
                once()
            except UsageError as error:
                if not runs:
                    raise
                complain(f"outbox-guard: {error}")
            runs += 1
            _waits(root)
    except KeyboardInterrupt:
        pass
    return INTERRUPTED


def _waits(root: Path) -> None:
    flush()
    complain(f"outbox-guard: waiting for changes in {root}; Ctrl-C ends it")
