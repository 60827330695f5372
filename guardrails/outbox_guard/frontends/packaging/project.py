"""What a build backend is given: the project's settings and its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from posixpath import dirname, normpath
from typing import NamedTuple

from outbox_guard.globs import path_pattern
from outbox_guard.toml_keys import Key

PYPROJECT, SETUP_PY, SETUP_CFG = "pyproject.toml", "setup.py", "setup.cfg"


class Setting(NamedTuple):
    """What in the configuration makes a build carry a file."""

    key: Key
    file: str = PYPROJECT


BACKEND = Setting(("build-system", "build-backend"))

Carrier = Callable[[str], Setting | None]
"""The setting by which an artefact carries a file; None for a file that it does not carry."""


class Unbuildable(Exception):
    """The backend would refuse this project: nothing is built, so nothing is shipped."""


class Undecided(Exception):
    """What the build carries cannot be told without running it; says why."""

    def __init__(self, reason: str, setting: Setting) -> None:
        super().__init__(reason)
        self.setting = setting


class Settings:
    """A table of the configuration, read with the types that its backend demands."""

    def __init__(self, value: object = None) -> None:
        if value is not None and not isinstance(value, dict):
            raise Unbuildable
        self.values: Mapping[str, object] = value or {}

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def raw(self, key: str) -> object:
        return self.values.get(key)

    def table(self, *keys: str) -> Settings:
        inner = self
        for key in keys:
            inner = Settings(inner.values.get(key))
        return inner

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise Unbuildable
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise Unbuildable
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        return texts_of(self.values.get(key, []))


def texts_of(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise Unbuildable
    return tuple(value)


@dataclass(frozen=True)
class Tree:
    """The files below the folder of a build, and the folders that they make."""

    files: frozenset[str]
    read: Callable[[str], str | None]
    ignored: tuple[str, ...] = ()  # the lines of the nearest .gitignore, here or further up

    @cached_property
    def folders(self) -> frozenset[str]:
        return frozenset(folder for file in self.files for folder in parents(file))

    @cached_property
    def subfolders(self) -> Mapping[str, tuple[str, ...]]:
        """The folders directly inside of each folder; "" is the project's own."""
        inside: dict[str, tuple[str, ...]] = {}
        for folder in sorted(self.folders):
            inside[dirname(folder)] = (*inside.get(dirname(folder), ()), folder)
        return inside

    def glob(self, glob: str, *, hidden: bool = True) -> Iterator[str]:
        """The files and the folders that the glob itself names.

        `glob.glob` leaves out names with a leading dot that the glob does not ask for, `Path.glob`
        does not: hence `hidden`.
        """
        glob = normpath(glob)
        names = files_of(glob).match
        hidden = hidden or "/." in f"/{glob}"
        if glob == ".":
            yield glob
        for path in (*self.files, *self.folders):
            if names(path) and (hidden or "/." not in f"/{path}"):
                yield path


@cache
def files_of(glob: str, *, below: bool = False) -> re.Pattern[str]:
    """The paths that a glob of a backend means; one that is none, as `[z-a]`, means nothing."""
    try:
        return path_pattern(glob, below=below)
    except re.error:
        return re.compile("(?!)")


def parents(path: str) -> Iterator[str]:
    """The folders around a file, innermost first; not the root."""
    while path := dirname(path):
        yield path


def covers(paths: Iterable[str], file: str) -> bool:
    """Whether the file is one of the paths, or in a folder that is."""
    around = {file, *parents(file), "."}
    return not around.isdisjoint(paths)


@dataclass(frozen=True)
class Build:
    """A project as its backend finds it."""

    pyproject: Settings
    tree: Tree

    @property
    def name(self) -> str:
        return self.pyproject.table("project").text("name")

    def tool(self, *keys: str) -> Settings:
        return self.pyproject.table("tool", *keys)
