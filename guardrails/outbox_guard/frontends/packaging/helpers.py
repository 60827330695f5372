"""The files of a project's test-only modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.globs import any_path, path_pattern
from outbox_guard.names import Names

GLOB = re.compile(r"[*?[]")
MODULE_FILE = re.compile(r"\.pyi?\Z")


@dataclass(frozen=True, slots=True)
class Helper:
    """One test-only module: a file, or the folder of a package."""

    path: str
    files: tuple[str, ...]


def helpers_among(files: Iterable[str], names: Names) -> tuple[Helper, ...]:
    """The modules called as the configuration says, below whatever folders.

    What lies in a folder of tests is a fixture: it may be called so too.
    """
    modules = tuple(dict.fromkeys(_as_path(module) for module in names.boundary.test_only))
    found: dict[str, list[str]] = {}
    for file in sorted(files):
        if MODULE_FILE.search(file) and (path := _module(file, modules, names)):
            found.setdefault(path, []).append(file)
    return tuple(Helper(path, tuple(inside)) for path, inside in found.items())


def _as_path(module: str) -> str:
    return module.strip("/") if "/" in module else module.replace(".", "/")


def _module(file: str, modules: Iterable[str], names: Names) -> str | None:
    """The path of the test-only module that the file is, or is a part of."""
    for module in modules:
        if module not in file and not GLOB.search(module):
            continue  # most files, at once
        for path, around in _splits(file, module.count("/") + 1):
            inner = MODULE_FILE.sub("", path.removeprefix(around))
            if path_pattern(module, below=False).match(inner) and _ships(around, names):
                return path
    return None


def _splits(file: str, size: int) -> Iterator[tuple[str, str]]:
    """Each stretch of `size` names that the path contains, as the path up to its end and before."""
    parts = file.split("/")
    for start in range(len(parts) - size + 1):
        around = "/".join(parts[:start])
        yield "/".join(parts[: start + size]), f"{around}/" if around else ""


def _ships(around: str, names: Names) -> bool:
    return not any_path(names.zones.tests, around)
