"""What a project tells setuptools: in pyproject.toml, in setup.py and in setup.cfg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outbox_guard.frontends.packaging import setup_cfg, setup_script
from outbox_guard.frontends.packaging.project import (
    PYPROJECT,
    SETUP_CFG,
    SETUP_PY,
    Build,
    Setting,
    Settings,
    Undecided,
    texts_of,
)
from outbox_guard.toml_keys import Key

KEYS = (
    "packages",
    "py-modules",
    "package-dir",
    "include-package-data",
    "package-data",
    "exclude-package-data",
    "cmdclass",
)
DECIDING_COMMANDS = frozenset(("build", "build_py", "egg_info", "sdist"))

Texts = tuple[str, ...]
ByPackage = Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class Find:
    """`find:`, `find_packages()` and their kin."""

    where: Texts
    include: Texts
    exclude: Texts
    namespaces: bool
    sets_folders: bool  # the call in a setup.py leaves package-dir alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a project tells setuptools of its packages and their data."""

    packages: Texts | Find | None  # None: setuptools looks for them
    modules: Texts | None
    folders: Mapping[str, str]
    include_data: bool
    data: ByPackage
    excluded_data: ByPackage
    setting: Setting  # where the packages or modules are named


@dataclass(frozen=True, slots=True)
class _Given:
    """What one file says, under the names of [tool.setuptools]."""

    file: str
    table: Key
    values: Mapping[str, object]
    computed: frozenset[str] = frozenset()

    def setting(self, key: str) -> Setting:
        if self.file != PYPROJECT:
            return Setting((*self.table, key.replace("-", "_")), self.file)
        inner = ("find",) if isinstance(self.values.get(key), dict) and key == "packages" else ()
        return Setting((*self.table, key, *inner))


def options_of(build: Build) -> Options:
    """Of the three, pyproject.toml has the first word, setup.py the next, setup.cfg the last."""
    sources = tuple(_sources(build))
    given = {key: source for key in KEYS if (source := _first(sources, key))}
    values = Settings({key: source.values[key] for key, source in given.items()})
    if not DECIDING_COMMANDS.isdisjoint(values.table("cmdclass").values):
        setting = given["cmdclass"].setting("cmdclass")
        raise Undecided("the project brings build commands of its own", setting)
    named = next((key for key in ("packages", "py-modules") if key in given), None)
    folders = values.table("package-dir")
    return Options(
        packages=_packages(values),
        modules=values.texts("py-modules") if "py-modules" in values else None,
        folders={package: folders.text(package) for package in folders.values},
        include_data=values.flag("include-package-data", _is_modern(build)),
        data=_by_package(values.table("package-data")),
        excluded_data=_by_package(values.table("exclude-package-data")),
        setting=given[named].setting(named) if named else Setting(("tool", "setuptools")),
    )


def _sources(build: Build) -> Iterator[_Given]:
    yield _Given(PYPROJECT, ("tool", "setuptools"), build.tool("setuptools").values)
    if (code := build.tree.read(SETUP_PY)) is not None:
        yield _from_script(build, setup_script.read(code))
    if (text := build.tree.read(SETUP_CFG)) is not None:
        yield _Given(SETUP_CFG, ("options",), setup_cfg.read(text))


def _from_script(build: Build, script: setup_script.Script) -> _Given:
    if script.opaque:
        raise Undecided(f"{SETUP_PY} is not plain: {script.opaque}", Setting(("setup",), SETUP_PY))
    values = script.values
    if "ext-modules" in {*values, *script.computed} and not _is_modern(build):
        values = {"packages": (), **values}  # they turn off the search for packages
    return _Given(SETUP_PY, ("setup",), values, script.computed)


def _is_modern(build: Build) -> bool:
    """Whether pyproject.toml speaks to setuptools, which changes two defaults."""
    return "project" in build.pyproject or "setuptools" in build.tool()


def _first(sources: tuple[_Given, ...], key: str) -> _Given | None:
    for source in sources:
        if key in source.computed:
            reason = f"only a run of {source.file} tells its {key.replace('-', '_')}"
            raise Undecided(reason, source.setting(key))
        if source.values.get(key) is not None:
            return source
    return None


def _packages(values: Settings) -> Texts | Find | None:
    if not isinstance(values.raw("packages"), dict):
        return values.texts("packages") if "packages" in values else None
    find = values.table("packages", "find")
    where = find.raw("where") or (".",)
    return Find(
        where=(where,) if isinstance(where, str) else texts_of(where),
        include=texts_of(find.raw("include") or ("*",)),
        exclude=texts_of(find.raw("exclude") or ()),
        namespaces=find.flag("namespaces", True),
        sets_folders=find.flag("sets-folders", True),
    )


def _by_package(globs: Settings) -> ByPackage:
    """Globs of data by package; those of "*" are for every package, as are those of ""."""
    return {
        "" if package == "*" else package: (each,) if isinstance(each, str) else texts_of(each)
        for package, each in globs.values.items()
    }
