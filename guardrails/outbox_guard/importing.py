"""What a Python file imports, read from its bytes, roughly and at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

_STAR = b"*"

_FROM = re.compile(
    rb"(?:^|[;:])[ \t]*from\b[ \t]*([\w. \t]+?)[ \t]*\bimport\b"
    rb"[ \t]*(?:\(([^)]*)\)?|((?:[^\n;#\\]|\\\r?\n)*))",
    re.MULTILINE,
)
_IMPORT = re.compile(rb"(?:^|[;:])[ \t]*import[ \t]+((?:[^\n;#\\]|\\\r?\n)*)", re.MULTILINE)
_COMMENT = re.compile(rb"#[^\n]*")
_BESIDE = re.compile(rb"\bfrom[ \t]*\.+[ \t]*import\b")
BY_NAME = (  # what takes a module's name as a text
    b"import_module",
    b"__import__",
    b"import_string",
    b"lazy_loader",
    b"pydoc",
    b"resolve_name",
    b"run_module",
)
_SUFFIX = re.compile(r"\.py[iw]?\Z")

Dotted = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Module:
    parts: Dotted  # of its name, from the project's root
    folder: str  # of a package, with the last "/"; "" for a module

    @property
    def stem(self) -> bytes:
        return self.parts[-1] if self.parts else b""

    def may_be_named_in(self, path: str, data: bytes) -> bool:
        """Whether a file may import it, as far as one can see at a glance."""
        if self.parts and self.stem in data:
            return True
        return bool(self.folder) and path.startswith(self.folder) and bool(_BESIDE.search(data))

    def is_called(self, name: Dotted) -> bool:
        """Whether an import by this name, from whatever folder, may mean it."""
        return self.parts[max(len(self.parts) - len(name), 0) :] == name

    def is_within(self, name: Dotted) -> bool:
        """Whether it may be reached by attributes of what this name means."""
        starts = range(len(self.parts) - len(name) + 1)
        return any(self.parts[start : start + len(name)] == name for start in starts)


def module_of(path: str) -> Module:
    folder, _, name = _SUFFIX.sub("", path).rpartition("/")
    parts = tuple(part.encode() for part in folder.split("/") if part)
    if name == "__init__":
        return Module(parts, f"{folder}/" if folder else "")
    return Module((*parts, name.encode()), "")


@dataclass(frozen=True, slots=True)
class Imports:
    data: bytes
    froms: tuple[tuple[Dotted, bytes, bytes], ...]  # module, name, and what it is called here
    whole: tuple[Dotted, ...]
    said: frozenset[bytes]  # all the words in these
    by_name: bool  # whether it imports by a text too

    @classmethod
    def of(cls, path: str, data: bytes) -> Imports:
        froms, whole = tuple(_froms(path, data)), tuple(_whole(data))
        said = {word for dotted in whole for word in dotted}
        said |= {word for origin, name, _ in froms for word in (*origin, name)}
        by_name = any(word in data for word in BY_NAME)
        return cls(data, froms, whole, frozenset(said), by_name)

    @property
    def spreads(self) -> bool:
        """Whether all that another module has is had from this one too."""
        return any(name == _STAR for _, name, _ in self.froms)

    def taken(self, module: Module, names: Set[bytes]) -> Iterator[bytes]:
        """The names by which this file has these names of a module."""
        reached = self.by_name or any(map(module.is_within, self.whole))
        for origin, name, alias in self.froms:
            if module.is_called(origin):
                yield from names if name == _STAR else [alias] * (name in names)
            reached = reached or module.is_within((*origin, name))
        yield from self._attributes(names if reached else ())

    def _attributes(self, names: Iterable[bytes]) -> Iterator[bytes]:
        for name in names:
            if name in self.data and re.search(rb"[.'\"]\s*" + name + rb"\b", self.data):
                yield name


def _froms(path: str, data: bytes) -> Iterator[tuple[Dotted, bytes, bytes]]:
    for match in _FROM.finditer(data):
        origin = _absolute(match[1], path)
        for listed in _COMMENT.sub(b"", match[2] or match[3]).replace(b"\\", b" ").split(b","):
            words = listed.split()
            if words:
                yield origin, words[0], words[-1]


def _absolute(written: bytes, path: str) -> Dotted:
    compact = b"".join(written.split())
    name = compact.lstrip(b".")
    level = len(compact) - len(name)
    parts = tuple(name.split(b".")) if name else ()
    if not level:
        return parts
    folders = tuple(part.encode() for part in path.split("/")[:-1])
    return (*folders[: len(folders) - level + 1], *parts)


def _whole(data: bytes) -> Iterator[Dotted]:
    for match in _IMPORT.finditer(data):
        for listed in match[1].replace(b"\\", b" ").split(b","):
            words = listed.split()
            if words:
                yield tuple(words[0].split(b"."))
