"""What hatchling packs.

Build hooks that come as packages (versions, compiled modules) are taken to pack no file of the
project. The project's own hook can: one that knows the words for it leaves the question open.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from posixpath import dirname, normpath

from outbox_guard.frontends.packaging.project import (
    BACKEND,
    Build,
    Carrier,
    Setting,
    Settings,
    Unbuildable,
    Undecided,
    covers,
    parents,
)

NEVER_WALKED = frozenset(
    (
        "__pycache__",
        ".git",
        ".hatch",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pixi",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".venv",
    )
)
ALWAYS_EXCLUDED = ("*.py[cdo]", "/dist")
HOOKS_ADD_BY = ("force_include", "artifacts")


def wheel(build: Build) -> Carrier:
    return _Target(build, "wheel").carrier()


def sdist(build: Build) -> Carrier:
    return _Target(build, "sdist").carrier()


class _Target:
    """One target's options; each stands in the target's own table, or else in the one for all."""

    def __init__(self, build: Build, name: str) -> None:
        self.build = build
        self.name = name
        self.separate = build.tree.read("hatch.toml")
        self.shared = self._configuration().table("build")
        self.own = self.shared.table("targets", name)

    def carrier(self) -> Carrier:
        forced = self._forced()
        selects = self._selector()
        chosen = self._reason("only-include", "packages", "include")

        def carries(file: str) -> Setting | None:
            if _is_walked(file, forced):
                return self._reason("force-include")
            if selects(file):
                return chosen
            self._ask_hook(file)
            return None

        return carries

    def _forced(self) -> tuple[str, ...]:
        """What is packed whatever the patterns say."""
        tables = [self._holder("force-include").table("force-include")]
        if self.name == "wheel":
            tables += [self.own.table("shared-data"), self.own.table("shared-scripts")]
        return tuple(normpath(source) for table in tables for source in table.values)

    def _selector(self) -> Callable[[str], bool]:
        roots = self._roots()
        only_packages = self._flag("only-packages")
        is_included = _patterns(self._texts("include"))
        is_excluded = _patterns((*ALWAYS_EXCLUDED, *self._ignored(), *self._texts("exclude")))
        is_artifact = _patterns(self._texts("artifacts"))
        everything = bool(roots) or not self._texts("include")
        skips = self._flag("skip-excluded-dirs") and not roots

        def selects(file: str) -> bool:
            if roots and file in roots:  # named itself: no pattern is asked
                return True
            if roots is None:
                return is_artifact(file)
            if not _is_walked(file, roots or (".",)):
                return False
            if skips and any(is_excluded(f"{folder}/") for folder in parents(file)):
                return False
            is_meant = (everything or is_included(file)) and not is_excluded(file)
            in_place = self._in_package(file) or not only_packages
            return is_artifact(file) or (is_meant and in_place)

        return selects

    def _roots(self) -> tuple[str, ...] | None:
        """The folders and files to walk, () for the whole project, None for nothing at all."""
        for option in ("only-include", "packages"):
            if named := self._texts(option):
                return tuple(map(normpath, named))
        if self.name == "sdist" or self._texts("include"):
            return ()
        found = self._discovered()
        if found or self._forced() or self._flag("bypass-selection"):
            return found
        raise Unbuildable

    def _discovered(self) -> tuple[str, ...] | None:
        """The package or module that is called like the project."""
        files = self.build.tree.files
        name = self.build.name
        for wanted in (re.sub(r"[^\w.]+", "_", name), re.sub(r"[-_.]+", "_", name).lower()):
            for package in (wanted, f"src/{wanted}"):
                if f"{package}/__init__.py" in files:
                    return (package,)
            if f"{wanted}.py" in files:
                return (f"{wanted}.py",)
            inside = re.compile(rf"([^/.][^/]*)/{re.escape(wanted)}/__init__\.py")
            namespaces = [match.group(1) for match in map(inside.fullmatch, files) if match]
            if len(namespaces) == 1:
                return (namespaces[0],)
        return None

    def _ignored(self) -> tuple[str, ...]:
        """hatchling obeys .gitignore, even for files that git tracks."""
        return () if self._flag("ignore-vcs") else self.build.tree.ignored

    def _ask_hook(self, file: str) -> None:
        """The project's own hook, which may yet add the file."""
        hooks = Settings({**self.shared.table("hooks").values, **self.own.table("hooks").values})
        if "custom" not in hooks:
            return
        path = hooks.table("custom").text("path", "hatch_build.py")
        code = self.build.tree.read(path) or ""
        if any(word in code for word in HOOKS_ADD_BY):
            raise Undecided(f"the hook {path} may add {file} to the {self.name}", BACKEND)

    def _in_package(self, file: str) -> bool:
        return f"{dirname(file)}/__init__.py".lstrip("/") in self.build.tree.files

    def _holder(self, option: str) -> Settings:
        return self.own if option in self.own else self.shared

    def _texts(self, option: str) -> tuple[str, ...]:
        return self._holder(option).texts(option)

    def _flag(self, option: str) -> bool:
        return self._holder(option).flag(option)

    def _reason(self, *options: str) -> Setting:
        """The first of the options that is set, in the target's own table before the shared one."""
        if self.separate is not None:
            return BACKEND
        shared = ("tool", "hatch", "build")
        own = (*shared, "targets", self.name)
        set_options = [
            (path, option)
            for path, table in ((own, self.own), (shared, self.shared))
            for option in options
            if option in table
        ]
        return Setting((*set_options[0][0], set_options[0][1]) if set_options else own)

    def _configuration(self) -> Settings:
        """[tool.hatch], overlaid with hatch.toml."""
        if self.separate is None:
            return self.build.tool("hatch")
        try:
            separate = tomllib.loads(self.separate)
        except tomllib.TOMLDecodeError as error:
            raise Unbuildable from error
        return Settings({**self.build.tool("hatch").values, **separate})


def _is_walked(file: str, roots: Iterable[str]) -> bool:
    """Whether a walk from one of the roots comes to the file."""
    return any(
        file == root or (covers((root,), file) and _is_open(file.removeprefix(f"{root}/")))
        for root in roots
    )


def _is_open(path: str) -> bool:
    return NEVER_WALKED.isdisjoint(dirname(path).split("/"))


def _patterns(lines: Iterable[str]) -> Callable[[str], bool]:
    """Whether .gitignore-like patterns cover a path."""
    from pathspec import GitIgnoreSpec  # slow to import, and seldom needed

    try:
        return GitIgnoreSpec.from_lines(lines).match_file
    except (ValueError, re.error) as error:  # hatchling takes them as they are
        raise Unbuildable from error
