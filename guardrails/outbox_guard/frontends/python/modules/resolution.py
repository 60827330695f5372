"""Which file of the project an import means."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from outbox_guard.frontends.python.values.kinds import ModuleValue
from outbox_guard.sources import Project

SUFFIXES = (".py", ".pyi")
COMMON_ROOTS = ("src", "lib", "python")


def find_module(dotted: str, importer: str, project: Project) -> ModuleValue | None:
    """The project's module of this absolute name, as a file at `importer` would get it.

    The folders above the importing file are tried as import roots, the project's root first.
    """
    if dotted.partition(".")[0] in sys.stdlib_module_names:
        return None
    relative = dotted.replace(".", "/")
    for root in _roots(importer, project):
        found = module_at(f"{root}/{relative}" if root else relative, dotted, project)
        if found is not None:
            return found
    return None


def _roots(importer: str, project: Project) -> Iterator[str]:
    """Folders that may be on the path; one inside of a package is not."""
    yield ""
    yield from COMMON_ROOTS
    folders = importer.split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        folder = "/".join(folders[:depth])
        if project.exists(f"{folder}/__init__.py"):
            return
        yield folder


def module_at(path: str, dotted: str, project: Project) -> ModuleValue | None:
    """The module whose file, without its suffix, or whose folder is `path`."""
    for suffix in SUFFIXES:
        if project.exists(path + suffix):
            return ModuleValue(dotted, path + suffix)
        package = f"{path}/__init__{suffix}"
        if project.exists(package):
            return ModuleValue(dotted, package, path)
    return ModuleValue(dotted, "", path) if path and project.exists(path) else None


def package_of(path: str) -> str:
    """The dotted name, from the project's root, of the package that a file is in."""
    return path.rpartition("/")[0].replace("/", ".")


def absolute(module: str, level: int, importer: str) -> str:
    """What `from ..module import` means in this file, as a name from the project's root."""
    package = package_of(importer).split(".") if package_of(importer) else []
    kept = package[: len(package) - (level - 1)] if level > 1 else package
    return ".".join([*kept, module] if module else kept)
