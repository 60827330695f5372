"""What flit_core packs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from outbox_guard.frontends.packaging.project import (
    BACKEND,
    Build,
    Carrier,
    Setting,
    Tree,
    Unbuildable,
    covers,
)

INCLUDE = Setting(("tool", "flit", "sdist", "include"))


def wheel(build: Build) -> Carrier:
    """The module, whole: flit leaves nothing out of a wheel."""
    module = _module(build)
    return lambda file: BACKEND if covers((module,), file) else None


def sdist(build: Build) -> Carrier:
    """What goes into a source distribution."""
    module = _module(build)
    options = build.tool("flit", "sdist")
    find = partial(_found, build.tree)
    included, excluded = find(options.texts("include")), find(options.texts("exclude"))
    crucial = module if module in build.tree.files else f"{module}/__init__.py"
    if not module.endswith("-stubs") and (
        crucial not in build.tree.files or covers(excluded, crucial)
    ):
        raise Unbuildable

    def carries(file: str) -> Setting | None:
        if covers(excluded, file):
            return None
        if covers((module,), file):
            return BACKEND
        return INCLUDE if covers(included, file) else None

    return carries


def _found(tree: Tree, globs: Iterable[str]) -> frozenset[str]:
    return frozenset(path for glob in globs for path in tree.glob(glob, hidden=False))


def _module(build: Build) -> str:
    """The path of the one module or package that the project is."""
    name = build.tool("flit", "module").text("name") or _legacy(build) or _from_project(build)
    path = name.replace(".", "/")
    candidates = {path, f"{path}.py", f"src/{path}", f"src/{path}.py"}
    found = candidates & (build.tree.files | build.tree.folders)
    if not name or len(found) != 1:
        raise Unbuildable
    return found.pop()


def _from_project(build: Build) -> str:
    stubs = "-stubs" if build.name.endswith("-stubs") else ""
    return build.name.removesuffix("-stubs").replace("-", "_") + stubs


def _legacy(build: Build) -> str:
    return build.tool("flit", "metadata").text("module")
