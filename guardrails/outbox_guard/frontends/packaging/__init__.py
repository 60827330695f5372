"""Python packaging: which builds would ship a module that is for tests alone.

Nothing is run. What each build backend puts into a wheel and into an sdist is told again here, in
a module for each; the tests compare that with the archives that the backends really build.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from posixpath import dirname, join
from typing import NamedTuple

from outbox_guard.allowing.facts import hash_allows
from outbox_guard.facts import Fact, Place, Shipped, Undetermined, Unreadable
from outbox_guard.facts.code import Artefact
from outbox_guard.frontends.packaging import (
    flit,
    hatchling,
    pdm,
    poetry,
    setup_cfg,
    setup_script,
    setuptools,
    uv,
)
from outbox_guard.frontends.packaging.helpers import Helper, helpers_among
from outbox_guard.frontends.packaging.project import (
    BACKEND,
    PYPROJECT,
    SETUP_CFG,
    SETUP_PY,
    Build,
    Carrier,
    Setting,
    Settings,
    Tree,
    Unbuildable,
    Undecided,
    parents,
)
from outbox_guard.sources import Project, Source
from outbox_guard.toml_keys import Key, Range, key_ranges, nearest

Packs = Callable[[Build], Carrier]


class Backend(NamedTuple):
    """A build backend: which files it packs."""

    name: str
    wheel: Packs
    sdist: Packs


_FLIT = Backend("flit", flit.wheel, flit.sdist)
_HATCHLING = Backend("hatchling", hatchling.wheel, hatchling.sdist)
_PDM = Backend("pdm-backend", pdm.wheel, pdm.sdist)
_POETRY = Backend("poetry-core", poetry.wheel, poetry.sdist)
_SETUPTOOLS = Backend("setuptools", setuptools.wheel, setuptools.sdist)
_UV = Backend("uv_build", uv.wheel, uv.sdist)

WITHOUT_BACKEND = "setuptools.build_meta:__legacy__"
BACKENDS = {
    "flit_core.buildapi": _FLIT,
    "hatchling.build": _HATCHLING,
    "pdm.backend": _PDM,
    "poetry.core.masonry.api": _POETRY,
    "poetry_dynamic_versioning.backend": _POETRY,
    "setuptools.build_meta": _SETUPTOOLS,
    "uv_build": _UV,
    WITHOUT_BACKEND: _SETUPTOOLS,
}


RANGES: dict[str, Callable[[str], dict[Key, Range]]] = {
    PYPROJECT: key_ranges,
    SETUP_PY: lambda code: setup_script.read(code).ranges,
    SETUP_CFG: setup_cfg.key_ranges,
}
NEXT_BEST = (  # where a build is configured that says nothing of its files
    BACKEND,
    Setting(("project", "name")),
    Setting(("setup",), SETUP_PY),
    Setting(("metadata", "name"), SETUP_CFG),
    Setting(("options",), SETUP_CFG),
)


def lower(source: Source, project: Project) -> Iterator[Fact]:
    """The facts that stand in this one of the files that configure a build."""
    if not source.path.endswith(SETUP_PY):  # whose comments are read with the rest of its Python
        yield from hash_allows(source)
    root = _Root(dirname(source.path), project)
    helpers = helpers_among(root.below(), project.names)
    if not helpers:
        return
    try:
        pyproject = tomllib.loads(root.read(PYPROJECT) or "")
    except tomllib.TOMLDecodeError as error:
        if source.path == root.path(PYPROJECT):
            yield Unreadable(place=source.place(0, 0), reason=f"it is not TOML: {error}")
        return
    for fact in dict.fromkeys(_facts(root, Settings(pyproject), helpers)):
        if fact.place.path == source.path:
            yield fact


class _Root(NamedTuple):
    """The folder of a build in the project."""

    folder: str
    project: Project

    def path(self, name: str) -> str:
        return join(self.folder, name)

    def below(self) -> Iterator[str]:
        prefix = self.path("")
        return (file for file in self.project.files() if file.startswith(prefix))

    def read(self, name: str) -> str | None:
        source = self.project.source(self.path(name))
        return source.text if source else None

    def tree(self) -> Tree:
        files = frozenset(file.removeprefix(self.path("")) for file in self.below())
        return Tree(files, self.read, self._ignored())

    def _ignored(self) -> tuple[str, ...]:
        """The lines of the nearest .gitignore."""
        for folder in (self.folder, *parents(self.folder), ""):
            if source := self.project.source(join(folder, ".gitignore")):
                return tuple(source.text.splitlines())
        return ()

    def place(self, setting: Setting) -> Place:
        """Where the setting stands, or the next best words that configure this build."""
        for key, name in (setting, *NEXT_BEST):
            source = self.project.source(self.path(name))
            if source and (where := nearest(RANGES[name](source.text), key)):
                return source.place(*where)
        return Place(self.path(setting.file), 1, 1, 1, 1)


def _facts(root: _Root, pyproject: Settings, helpers: tuple[Helper, ...]) -> Iterator[Fact]:
    build = Build(pyproject, root.tree())
    try:
        backend = _backend(build)
    except Unbuildable:
        return
    carriers: tuple[tuple[Artefact, Carrier], ...] = (
        ("wheel", _carrier(backend.wheel, build)),
        ("sdist", _carrier(backend.sdist, build)),
    )
    for helper in helpers:
        places: dict[Place, Artefact] = {}
        for artefact, carrier in carriers:
            try:
                setting = _setting(carrier, root, helper)
            except Unbuildable:
                continue
            except Undecided as doubt:
                place = root.place(doubt.setting)
                yield Undetermined(place=place, reason=str(doubt), tables=(helper.path,))
            else:
                if setting:
                    place = root.place(setting)
                    places[place] = "wheel and sdist" if place in places else artefact
        for place, artefact in places.items():
            yield Shipped(place=place, module=helper.path, artefact=artefact, builder=backend.name)


def _setting(carrier: Carrier, root: _Root, helper: Helper) -> Setting | None:
    """By which setting any file of the helper is carried."""
    files = (file.removeprefix(root.path("")) for file in helper.files)
    return next(filter(None, map(carrier, files)), None)


def _carrier(packs: Packs, build: Build) -> Carrier:
    """What an artefact carries; a doubt about all of it is a doubt about each file."""
    try:
        return packs(build)
    except Unbuildable:
        return lambda _file: None
    except Undecided as error:
        doubt = error

    def doubts(_file: str) -> Setting | None:
        raise doubt

    return doubts


def _backend(build: Build) -> Backend:
    system = build.pyproject.table("build-system")
    if not _is_built(build):
        raise Unbuildable
    name = system.text("build-backend", WITHOUT_BACKEND)
    if name in BACKENDS and "backend-path" not in system:
        return BACKENDS[name]

    def unknown(_build: Build) -> Carrier:
        raise Undecided(f"what the build backend {name} packs is not known here", BACKEND)

    return Backend(name, unknown, unknown)


def _is_built(build: Build) -> bool:
    """A project that has neither a build system nor a name is no package."""
    return (
        "build-system" in build.pyproject
        or "project" in build.pyproject
        or setup_script.is_script(build.tree.read(SETUP_PY) or "")
        or bool(setup_cfg.read(build.tree.read(SETUP_CFG) or ""))
    )
