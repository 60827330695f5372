"""Which files a project has, and which of them a run reports on."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outbox_guard.discovery.contents import Contents
from outbox_guard.discovery.decoding import (
    as_typed,
    decode,
    encoded,
    is_plain,
    read_plain,
    read_source,
    special_kind,
    unreadable,
)
from outbox_guard.discovery.listing import list_names
from outbox_guard.errors import UsageError
from outbox_guard.facts import Unreadable
from outbox_guard.globs import any_file, any_path, of_kinds
from outbox_guard.names import Texts, Zones

__all__ = [
    "Contents",
    "Discovered",
    "PathError",
    "as_typed",
    "decode",
    "discover",
    "encoded",
    "escaped",
    "is_plain",
    "leaves_out",
    "read_plain",
    "read_source",
    "selected",
    "unreadable",
]


class PathError(UsageError):
    """Paths that nothing can be reported on: a line each."""


@dataclass(frozen=True)
class Discovered:
    """The files in scope; paths are relative to the root, with "/".

    A name that is no UTF-8 has its bytes escaped (`caf\\xe9.py`), since no output could hold it.
    """

    root: Path
    files: Texts = ()  # in order
    unreadable: tuple[Unreadable, ...] = ()  # what could not be looked into
    others: frozenset[str] = field(default=frozenset(), repr=False)  # the files out of scope
    inner: Texts = ()  # folders that are projects of their own; nothing of them is in the rest
    patterns: Texts = ()  # the names that are in scope
    on_disk: Mapping[str, str] = field(default_factory=dict)  # the names of the escaped paths

    def file(self, path: str) -> Path:
        """What to open for a path."""
        return Path(self.name(path))

    def name(self, path: str) -> str:
        """The same as a text."""
        return f"{self.root}/{self.on_disk.get(path, path)}"


Inner = Callable[[Path, Iterable[str]], Texts]  # the folders that are projects of their own


def discover(
    root: Path,
    patterns: Texts,
    exclude: Texts = (),
    zones: Zones | None = None,
    inner: Inner = lambda _root, _names: (),
) -> Discovered:
    """The project's files whose names fit the patterns ("*.py", "pyproject.toml").

    Where git knows the folder these are the tracked files, and the new ones that are not ignored;
    elsewhere all that .gitignore files leave. Symbolic links are not followed; submodules,
    virtual environments and folders of tools are left out.
    """
    root = Path(os.path.realpath(root))
    zones = zones or Zones()
    listing = list_names(root, skip=lambda folder: any_path(exclude, escaped(folder)))
    names = {escaped(name): name for name in listing.names}
    paths = sorted(names)
    if exclude:
        paths = [path for path in paths if not any_path(exclude, path)]
    others = inner(root, (names[path] for path in paths))
    if others:
        inside = tuple(f"{each}/" for each in others)
        paths = [path for path in paths if not path.startswith(inside)]
    in_scope = list(filter(of_kinds(patterns), paths))
    unsure = (path for path in in_scope if names[path] in listing.unsure)
    troubles = {path: _trouble(f"{root}/{names[path]}") for path in unsure}
    reasons = [(path, reason) for path, reason in troubles.items() if reason]
    reasons += [(escaped(name), f"it cannot be listed: {why}") for name, why in listing.unlisted]
    return Discovered(
        root=root,
        files=tuple(path for path in in_scope if troubles.get(path, "") == ""),
        unreadable=tuple(unreadable(path, zones.of(path), why) for path, why in sorted(reasons)),
        others=frozenset(paths).difference(in_scope),
        inner=others,
        patterns=patterns,
        on_disk={path: name for path, name in names.items() if path != name},
    )


def escaped(name: str) -> str:
    """A name as it can be written down: bytes that are no UTF-8 become `\\xe9`."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def leaves_out(path: str, *, root: Path, exclude: Texts, listed: Container[str]) -> bool:
    """Whether a project has nothing to do with a file that an editor holds.

    It is excluded, or is there and not listed (ignored by git, or in an environment). A file that
    is not there is one to come.
    """
    return any_path(exclude, path) or (path not in listed and os.path.lexists(root / path))


def _trouble(file: str) -> str | None:
    """Why a file cannot be read, "" when nothing speaks against it, None when it is no file."""
    try:
        mode = os.lstat(file).st_mode
    except FileNotFoundError:
        return None  # tracked, and deleted
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    kind = special_kind(mode)
    if kind in ("a link", "a folder"):  # a folder where a name is listed is a submodule
        return None
    return f"it is {kind}, not a file" if kind else ""


def selected(
    paths: Sequence[str], discovered: Discovered, *, cwd: Path | None = None
) -> frozenset[str]:
    """The paths to report on: all, or what was named on the command line.

    A folder stands for the discovered files in it. A file stands for itself, also when it is
    excluded or ignored: who names a file wants to hear of it. So there may be paths here that
    were not discovered; they are to be read too. A file in no language that can be read is
    passed over, so that the lists of hooks and shells may hold anything.

    Raises PathError for what does not exist or lies outside of the project.
    """
    every = (*discovered.files, *(fact.place.path for fact in discovered.unreadable))
    if not paths:
        return frozenset(every)
    named: set[str] = set()
    faults: list[str] = []
    for path in paths:
        target = _inside(path, discovered.root, cwd or Path.cwd())
        if isinstance(target, _Fault):
            faults.append(f"{escaped(path)!r}: {target.says}" if path else target.says)
        else:
            named.update(_covered(target, discovered, every))
    if faults:
        raise PathError("\n".join(faults))
    return frozenset(named)


@dataclass(frozen=True, slots=True)
class _Fault:
    says: str


def _inside(path: str, root: Path, cwd: Path) -> str | _Fault:
    """The path from the root, links resolved: who names a link means what it leads to."""
    if not path:
        return _Fault("a path is empty; is a variable of the shell not set?")
    try:
        target = os.path.realpath(cwd / path)
        if not os.path.lexists(target):
            return _Fault("there is no such file or folder")
    except OSError as error:  # a name too long
        return _Fault(str(error))
    except ValueError:
        return _Fault("no name holds a NUL")
    relative = Path(os.path.relpath(target, root))
    if os.pardir in relative.parts:
        return _Fault(f"lies outside of the project, which is {escaped(str(root))}")
    return relative.as_posix()


def _covered(target: str, discovered: Discovered, every: Iterable[str]) -> Iterator[str]:
    path = escaped(target)
    if (discovered.root / target).is_dir():
        inside = "" if path == "." else f"{path}/"
        yield from (each for each in every if each.startswith(inside) or each == path)
    elif any_file(discovered.patterns, path):
        yield path
