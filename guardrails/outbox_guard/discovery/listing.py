"""The names of all files of a project: git's list where there is git, else a walk.

Names are relative to the root, with "/", as on disk: what is no UTF-8 is surrogate-escaped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from outbox_guard.discovery.ignoring import NOTHING, Ignored
from outbox_guard.git import LISTING
from outbox_guard.git.asking import Answer, ask

# Folders of tools, not of projects; a virtual environment is known by a file in it.
NO_PROJECT = frozenset((".git", ".hg", ".svn", ".jj", "__pycache__", "node_modules"))
ENVIRONMENT = "pyvenv.cfg"

_NOT_OPENED = re.compile(r"warning: could not open directory '(.*?)/?': (.*)")


@dataclass(frozen=True, slots=True)
class Listing:
    """The names of files below a folder, as texts with "/"."""

    names: tuple[str, ...] = ()
    unlisted: tuple[tuple[str, str], ...] = ()  # folders, and why nobody can look into them
    unsure: frozenset[str] = frozenset()  # of the names, those that may be no files to open


def list_names(root: Path, *, skip: Callable[[str], bool]) -> Listing:
    """Every name below the root that may be a file; `skip` says which folders to leave out."""
    by_git = _ask_git(root)
    # An empty answer of git's may mean that a repository around the root ignores all of it.
    if by_git and by_git.names:
        belongs = _folders(root, skip)
        names = tuple(name for name in by_git.names if belongs(os.path.dirname(name)))  # noqa: PTH120 — text
        unlisted = (each for each in by_git.unlisted if belongs(each[0]))
        return Listing(names, tuple(unlisted), frozenset(names))
    return _walk(root, skip)


def _folders(root: Path, skip: Callable[[str], bool]) -> Callable[[str], bool]:
    """Does a folder belong to the project, with all the folders that it is in?"""

    @cache
    def alone(folder: str) -> bool:
        if folder.rpartition("/")[2] in NO_PROJECT or skip(folder):
            return False
        path = f"{root}/{folder}"
        return not os.path.islink(path) and not os.path.lexists(f"{path}/{ENVIRONMENT}")  # noqa: PTH114 — text

    def belongs(folder: str) -> bool:
        ends = (match.start() for match in re.finditer("/|$", folder))
        return not folder or all(alone(folder[:end]) for end in ends)

    return cache(belongs)


def _ask_git(root: Path) -> Listing | None:
    """Tracked files, and new ones that are not ignored; None where git has no answer."""
    answer = ask(root, LISTING)
    if not isinstance(answer, Answer):
        return None
    return Listing(answer.names, tuple(_NOT_OPENED.findall(answer.errors)))


def _walk(root: Path, skip: Callable[[str], bool]) -> Listing:
    names: list[str] = []
    unsure: list[str] = []
    unlisted: list[tuple[str, str]] = []
    folders: list[tuple[str, Ignored]] = [("", NOTHING)]
    while folders:
        folder, ignored = folders.pop()
        try:
            with os.scandir(f"{root}/{folder}") as listed:
                entries = list(listed)
        except OSError as error:
            unlisted.append((folder or ".", error.strerror or str(error)))
            continue
        within = {entry.name for entry in entries}
        if folder and ENVIRONMENT in within:
            continue
        ignored = ignored.within(root, folder, within)
        files, special, inside = _kept(entries, folder, ignored)
        names += (*files, *special)
        # Of what is in a folder that may be listed and not entered, nothing can be opened.
        unsure += special if os.access(f"{root}/{folder}", os.X_OK) else (*files, *special)
        folders += ((each, ignored) for each in inside if not skip(each))
    return Listing(tuple(names), tuple(unlisted), frozenset(unsure))


def _kept(
    entries: Iterable[os.DirEntry[str]], folder: str, ignored: Ignored
) -> tuple[list[str], list[str], list[str]]:
    """Files, what is neither file nor folder, and folders that nothing ignores; no links."""
    files: list[str] = []
    special: list[str] = []
    folders: list[str] = []
    within = f"{folder}/" if folder else ""
    for entry in entries:
        name = within + entry.name
        if entry.is_file(follow_symlinks=False):
            kind = files
        elif entry.is_symlink() or entry.name in NO_PROJECT:
            continue
        else:
            kind = folders if entry.is_dir(follow_symlinks=False) else special
        if not (ignored.patterns and ignored.covers(f"{name}/" if kind is folders else name)):
            kind.append(name)
    return files, special, folders
