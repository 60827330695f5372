"""What pdm-backend packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from posixpath import normpath
from typing import Literal

from outbox_guard.frontends.packaging.project import (
    BACKEND,
    Build,
    Carrier,
    Setting,
    Settings,
    Tree,
    Unbuildable,
    Undecided,
    covers,
    parents,
)

TABLE = ("tool", "pdm", "build")
ALWAYS_EXCLUDED = (".pdm-build",)
HOOKS_ADD_BY = ("pdm_build_update_files", "build_dir")


def wheel(build: Build) -> Carrier:
    return _carrier(build, "wheel")


def sdist(build: Build) -> Carrier:
    return _carrier(build, "sdist")


def _carrier(build: Build, wanted: Literal["wheel", "sdist"]) -> Carrier:
    options = build.tool("pdm", "build")
    for_source = options.texts("source-includes") or ("tests",)
    excludes = [*ALWAYS_EXCLUDED, *options.texts("excludes")]
    if wanted == "wheel":
        excludes += for_source
    includes = options.texts("includes") or tuple(_discovered(build, options))
    included = _found(build.tree, (*includes, *for_source))
    excluded = _found(build.tree, excludes)
    _settle(included, excluded)

    def carries(file: str) -> Setting | None:
        for path in (file, *parents(file), "."):
            if path in included and (path == file or not _is_excluded(file, excluded)):
                return _reason(options, included[path])
        _ask_hook(build, options, file, wanted)
        return None

    return carries


def _discovered(build: Build, options: Settings) -> Iterator[str]:
    """The packages at the top of the package folder, or else its modules."""
    folder = _package_folder(build.tree, options)
    if folder != "." and folder not in build.tree.folders:
        raise Unbuildable
    children = build.tree.glob(f"{folder}/*")
    packages = [child for child in children if _is_package(build.tree, child)]
    yield from packages or [f"{folder}/*.py"]


def _package_folder(tree: Tree, options: Settings) -> str:
    if "package-dir" in options:
        return normpath(options.text("package-dir"))
    return "src" if "src" in tree.folders else "."


def _is_package(tree: Tree, folder: str) -> bool:
    stubs = folder.endswith("-stubs") and f"{folder}/__init__.pyi" in tree.files
    return stubs or f"{folder}/__init__.py" in tree.files


def _found(tree: Tree, globs: Iterable[str]) -> dict[str, str]:
    """Each path that the globs find, with the weightiest glob; pdm takes any, by chance."""
    ordered = sorted(globs, key=_weight)
    return {path: glob for glob in ordered for path in tree.glob(glob, hidden=False)}


def _settle(included: dict[str, str], excluded: dict[str, str]) -> None:
    """Of a path in both, the longer and then the more exact glob decides; else it is excluded."""
    for path in set(included) & set(excluded):
        loser = included if _weight(included[path]) <= _weight(excluded[path]) else excluded
        del loser[path]


def _weight(glob: str) -> tuple[int, int]:
    parts = [part for part in glob.split("/") if part not in ("", ".")]
    vague = sum(2 if part == "**" else any(sign in part for sign in "*?[") for part in parts)
    return len(parts), -vague


def _is_excluded(file: str, excluded: Iterable[str]) -> bool:
    return covers(excluded, file) or any(fnmatch(file, path) for path in excluded)


def _reason(options: Settings, glob: str) -> Setting:
    for option in ("includes", "source-includes"):
        if glob in options.texts(option):
            return Setting((*TABLE, option))
    return BACKEND


def _ask_hook(build: Build, options: Settings, file: str, wanted: str) -> None:
    """The project's own hook, which may yet add the file."""
    path = options.text("custom-hook", "pdm_build.py")
    code = build.tree.read(path) or ""
    if any(word in code for word in HOOKS_ADD_BY):
        raise Undecided(f"the hook {path} may add {file} to the {wanted}", BACKEND)
