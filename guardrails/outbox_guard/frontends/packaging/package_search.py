"""Which packages setuptools finds in the folders of a project, and where each one lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import basename, dirname, normpath

from outbox_guard.frontends.packaging.project import Tree, Unbuildable
from outbox_guard.frontends.packaging.setuptools_options import Find, Options

NEVER = ("ez_setup", "*__pycache__")
FLAT_NEVER_PACKAGES = """
    ci bin debian doc docs documentation manpages news newsfragments changelog test tests unit_test
    unit_tests example examples scripts tools util utils python build dist venv env requirements
    tasks fabfile site_scons benchmark benchmarks exercise exercises htmlcov [._]*
""".split()
FLAT_NEVER_MODULES = """
    setup conftest test tests example examples build toxfile noxfile pavement dodo tasks fabfile
    [Ss][Cc]onstruct conanfile manage benchmark benchmarks exercise exercises [._]*
""".split()

LooksLikePackage = Callable[[str, str], bool]  # folder, dotted name


@dataclass(frozen=True, slots=True)
class Layout:
    """The packages and single modules of a distribution."""

    packages: Mapping[str, str]  # each with its folder, "" for the project's own
    modules: frozenset[str]  # the files of single modules


def layout_of(tree: Tree, options: Options) -> Layout:
    modules = options.modules or ()
    match options.packages:
        case None if options.modules is None:
            return _discovered(tree, options.folders)
        case Find() as find:
            packages, folders = _found(tree, find, options.folders)
            return _layout(tree, packages, modules, folders)
        case listed:
            return _layout(tree, listed or (), modules, options.folders)


def _layout(
    tree: Tree, packages: Iterable[str], modules: Iterable[str], folders: Mapping[str, str]
) -> Layout:
    placed = {package: _folder(package, folders) for package in packages}
    files = frozenset(_module_files(modules, folders))
    needed = {*placed.values(), *map(dirname, files), _relative(folders.get("", ""))} - {""}
    if not needed <= tree.folders:
        raise Unbuildable
    return Layout(placed, files)


def _module_files(modules: Iterable[str], folders: Mapping[str, str]) -> Iterator[str]:
    """A module inside a package brings the package's own file with it."""
    for module in modules:
        yield f"{_folder(module, folders)}.py"
        package, _, _ = module.rpartition(".")
        if package:
            yield f"{_folder(package, folders)}/__init__.py"


def _folder(package: str, folders: Mapping[str, str]) -> str:
    """The folder of a package: the nearest of its parents that has one named decides."""
    parts = package.split(".")
    for size in range(len(parts), -1, -1):
        parent = ".".join(parts[:size])
        if parent in folders:
            return _relative("/".join((folders[parent], *parts[size:])))
    return "/".join(parts)


def _relative(path: str) -> str:
    return "" if normpath(path) == "." else normpath(path)


def _found(
    tree: Tree, find: Find, folders: Mapping[str, str]
) -> tuple[list[str], Mapping[str, str]]:
    """The packages of `find`, and the folders that it settles on the way."""
    searched = tuple(dict.fromkeys(map(_relative, find.where)))
    folders = dict(folders)
    if find.sets_folders and len(searched) == 1 and searched[0]:
        folders.setdefault("", searched[0])
    search = _Search(
        tree,
        looks=_any_folder if find.namespaces else _has_init(tree),
        include=find.include,
        exclude=(*NEVER, *find.exclude),
    )
    packages: list[str] = []
    for where in searched:
        here = list(search.below(where))
        if find.sets_folders and where and folders.get("") != where:
            folders.update({name: f"{where}/{name.replace('.', '/')}" for name in _outermost(here)})
        packages += here
    return packages, folders


def _fits(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _outermost(packages: Iterable[str]) -> list[str]:
    names = set(packages)
    return [name for name in names if not any(name.startswith(f"{other}.") for other in names)]


def _any_folder(_folder: str, _package: str) -> bool:
    return True


def _importable(_folder: str, package: str) -> bool:
    top, *inner = package.split(".")
    return (top.isidentifier() or top.endswith("-stubs")) and all(map(str.isidentifier, inner))


def _has_init(tree: Tree) -> LooksLikePackage:
    return lambda folder, _package: f"{folder}/__init__.py" in tree.files


@dataclass(frozen=True, slots=True)
class _Search:
    """A walk for packages, as `find_packages` walks."""

    tree: Tree
    looks: LooksLikePackage = _any_folder
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = NEVER

    def below(self, where: str, inside: str = "") -> Iterator[str]:
        for folder in self.tree.subfolders.get(where, ()):
            package = inside + basename(folder)
            if "." in basename(folder) or not self.looks(folder, package):
                continue
            if _fits(package, self.include) and not _fits(package, self.exclude):
                yield package
            if f"{package}*" not in self.exclude and f"{package}.*" not in self.exclude:
                yield from self.below(folder, f"{package}.")


def _discovered(tree: Tree, folders: Mapping[str, str]) -> Layout:
    """What setuptools takes when it is told of no package: a `src` folder, or one at the top."""
    named = {package: folder for package, folder in folders.items() if package}
    if named:
        packages = list(named)
        for package, folder in named.items():
            packages += _Search(tree).below(_relative(folder), inside=f"{package}.")
        return _layout(tree, packages, (), folders)
    source = _relative(folders.get("", "src"))
    if source in tree.folders:
        packages = list(_Search(tree).below(source))
        return _layout(tree, packages, _modules_in(tree, source), {"": source})
    return _flat(tree)


def _flat(tree: Tree) -> Layout:
    """Of several packages, or several modules, at the top setuptools takes none."""
    never = tuple(glob for name in FLAT_NEVER_PACKAGES for glob in (name, f"{name}.*"))
    packages = list(_Search(tree, looks=_importable, exclude=(*NEVER, *never)).below(""))
    top = [name for name in _outermost(packages) if not name.endswith("-stubs")]
    if len(top) > 1:
        raise Unbuildable
    if top:
        return _layout(tree, packages, (), {})
    modules = [name for name in _modules_in(tree, "") if not _fits(name, FLAT_NEVER_MODULES)]
    if len(modules) > 1:
        raise Unbuildable
    return _layout(tree, (), modules, {})


def _modules_in(tree: Tree, folder: str) -> Iterator[str]:
    for file in tree.files:
        name = basename(file).removesuffix(".py")
        if file.endswith(".py") and dirname(file) == folder and name.isidentifier():
            yield name
