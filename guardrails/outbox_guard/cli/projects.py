"""Which project is meant, and the configuration in force there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from outbox_guard.cli.arguments import Arguments
from outbox_guard.config import Loaded, enclosing_project, load
from outbox_guard.errors import UsageError


def here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder is gone; change to one that is there") from error


def loaded(arguments: Arguments) -> Loaded:
    """The configuration in force, with what the command line says of it."""
    named = arguments.stdin_filename
    # What is not there belongs to no project: a slip such as "/app" is no reason to search "/".
    there = filter(os.path.exists, arguments.paths)
    paths = [*there, *([named] if named is not None else [])]
    root = root_of(paths, arguments.root)
    found = load(root, arguments.config)
    return found.called(select=_codes(arguments.select), ignore=_codes(arguments.ignore) or ())


def root_of(paths: Sequence[str], named: Path | None = None) -> Path:
    """The project that was named, else the one that all paths are in, else the one around here.

    Paths in several projects are in the one that those are in.
    """
    if named is not None:
        if not named.is_dir():
            raise UsageError(f"--root {named}: there is no such folder")
        return named.resolve()
    cwd = Path(os.path.realpath(here()))
    around = enclosing_project(cwd) or cwd
    roots = dict.fromkeys(_root_around(cwd / path, around) for path in paths) or {around: None}
    for root in (*roots, around):
        if all(each.is_relative_to(root) for each in roots):
            return root
    several = ", ".join(sorted(map(str, roots)))
    raise UsageError(
        f"the paths belong to several projects: {several};"
        " check one at a time, or say with --root which one is meant"
    )


def _root_around(path: Path, around: Path) -> Path:
    """A path that is in no project of its own belongs to the one around here, if it lies in it."""
    try:
        target = Path(os.path.realpath(path))
        own = enclosing_project(target)
    except (OSError, ValueError):  # a name too long, a NUL: told where the path is looked up
        return around
    if own is not None:
        return own
    if target.is_relative_to(around):
        return around
    return target if target.is_dir() else target.parent


def _codes(values: Iterable[str] | None) -> tuple[str, ...] | None:
    """`--select A,B --select C` is A, B and C."""
    if values is None:
        return None
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
