"""What setuptools packs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from posixpath import dirname, normpath

from outbox_guard.frontends.packaging.manifest import sdist_carries
from outbox_guard.frontends.packaging.package_search import Layout, layout_of
from outbox_guard.frontends.packaging.project import SETUP_PY, Build, Carrier, files_of, parents
from outbox_guard.frontends.packaging.setuptools_options import ByPackage, Options, options_of

ALWAYS_DATA = ("*.pyi", "py.typed")
ALWAYS_IN_SDIST = ("tests/test*.py", "test/test*.py")
ADDS_TRACKED_FILES = re.compile(r"setuptools[-_.](scm|git)\b", re.IGNORECASE)


def wheel(build: Build) -> Carrier:
    content = _content(build)
    return lambda file: content.options.setting if content.in_wheel(file) else None


def sdist(build: Build) -> Carrier:
    content = _content(build)
    return lambda file: content.options.setting if content.in_sdist(file) else None


def _content(build: Build) -> _Content:
    options = options_of(build)
    requires = build.pyproject.table("build-system").texts("requires")
    return _Content(
        options=options,
        layout=layout_of(build.tree, options),
        manifest=build.tree.read("MANIFEST.in") or "",
        whole_source=any(map(ADDS_TRACKED_FILES.match, requires)),
    )


@dataclass(frozen=True, slots=True)
class _Content:
    options: Options
    layout: Layout
    manifest: str
    whole_source: bool  # a plug-in puts all that git tracks into the sdist

    def in_sdist(self, file: str) -> bool:
        by_default = (
            self.whole_source
            or self._is_module(file)
            or self._is_data(file)
            or _matches(file, "", ALWAYS_IN_SDIST)
        )
        return sdist_carries(self.manifest, file, by_default=by_default)

    def in_wheel(self, file: str) -> bool:
        return self._is_module(file) or self._is_data(file) or self._is_included_data(file)

    def _is_module(self, file: str) -> bool:
        in_package = dirname(file) in self.layout.packages.values()
        return file in self.layout.modules or (
            in_package and file.endswith(".py") and file != SETUP_PY
        )

    def _is_data(self, file: str) -> bool:
        """Found by the globs of package-data."""
        return any(
            _matches(file, folder, (*ALWAYS_DATA, *_of(self.options.data, package)))
            and not self._is_excluded(file, package, folder)
            for package, folder in self.layout.packages.items()
        )

    def _is_included_data(self, file: str) -> bool:
        """With include-package-data, what the sdist carries inside of a package is its data."""
        if not self.options.include_data or not self.in_sdist(file):
            return False
        owners = {folder: package for package, folder in self.layout.packages.items() if folder}
        folder = next((each for each in parents(file) if each in owners), None)
        return folder is not None and not self._is_excluded(file, owners[folder], folder)

    def _is_excluded(self, file: str, package: str, folder: str) -> bool:
        globs = _of(self.options.excluded_data, package)
        return any(fnmatch(file, normpath(f"{folder}/{glob}")) for glob in globs)


def _of(globs: ByPackage, package: str) -> Iterable[str]:
    return (*globs.get("", ()), *globs.get(package, ()))


def _matches(file: str, folder: str, globs: Iterable[str]) -> bool:
    paths = (f"{folder}/{glob}".lstrip("/") for glob in globs)
    return any(files_of(path).match(file) for path in paths)
