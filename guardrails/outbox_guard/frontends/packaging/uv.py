"""What uv_build packs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from posixpath import normpath

from outbox_guard.frontends.packaging.project import (
    BACKEND,
    Build,
    Carrier,
    Setting,
    Settings,
    Tree,
    Unbuildable,
    covers,
    files_of,
    parents,
    texts_of,
)

TABLE = ("tool", "uv", "build-backend")
DEFAULT_EXCLUDES = ("__pycache__", "*.pyc", "*.pyo")


def wheel(build: Build) -> Carrier:
    """What the source leaves out, the wheel does too: it may be built from it."""
    options = build.tool(*TABLE[1:])
    modules = _modules(build, options)
    if not build.tree.folders.issuperset(modules):  # the sdist does without
        raise Unbuildable
    is_excluded = _excluder(options, "source-exclude", "wheel-exclude")
    reason = _reason(options)
    return lambda file: reason if covers(modules, file) and not is_excluded(file) else None


def sdist(build: Build) -> Carrier:
    """What goes into a source distribution."""
    options = build.tool(*TABLE[1:])
    modules = _modules(build, options)
    is_excluded = _excluder(options, "source-exclude")
    included = [files_of(normpath(glob)) for glob in options.texts("source-include")]
    reason = _reason(options)

    def carries(file: str) -> Setting | None:
        if is_excluded(file):
            return None
        if covers(modules, file):
            return reason
        if any(pattern.match(file) for pattern in included):
            return Setting((*TABLE, "source-include"))
        return None

    return carries


def _modules(build: Build, options: Settings) -> tuple[str, ...]:
    """The folders of the modules."""
    root = normpath(options.text("module-root", "src"))
    named = options.raw("module-name")
    default = re.sub(r"[-_.]+", "_", build.name).lower()
    names = (named,) if isinstance(named, str) else texts_of(named or (default,))
    folders = tuple(normpath(f"{root}/{name.replace('.', '/')}") for name in names)
    for folder in folders:
        if not options.flag("namespace"):
            _check(build.tree, folder, root)
    return folders


def _check(tree: Tree, folder: str, root: str) -> None:
    """uv refuses a module that is not marked as one, and marks where a namespace should be."""
    namespaces = (each for each in parents(folder) if root == "." or each.startswith(f"{root}/"))
    if not _is_marked(tree, folder) or any(_is_marked(tree, each) for each in namespaces):
        raise Unbuildable


def _is_marked(tree: Tree, folder: str) -> bool:
    return not tree.files.isdisjoint((f"{folder}/__init__.py", f"{folder}/__init__.pyi"))


def _excluder(options: Settings, *keys: str) -> Callable[[str], bool]:
    """Excluding globs hold anywhere, unless they begin with a slash."""
    globs = [glob for key in keys for glob in options.texts(key)]
    if options.flag("default-excludes", True):
        globs += DEFAULT_EXCLUDES
    # a glob that ends with a slash excludes nothing, not even a folder
    patterns = [files_of(_anchored(glob), below=True) for glob in globs if not glob.endswith("/")]
    return lambda file: any(pattern.match(file) for pattern in patterns)


def _anchored(glob: str) -> str:
    return normpath(glob.removeprefix("/") if glob.startswith("/") else f"**/{glob}")


def _reason(options: Settings) -> Setting:
    named: Iterable[str] = (key for key in ("module-name", "module-root") if key in options)
    return next((Setting((*TABLE, key)) for key in named), BACKEND)
