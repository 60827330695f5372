"""What a Python file imports, read from its bytes, roughly and at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

_STAR = b"*"

# Both begin with a word that is quickly found; what stands before it is looked at first.
_FROM = re.compile(
    rb"from\b[ \t]*([\w. \t]+?)[ \t]*\bimport\b[ \t]*"
    rb"(?:\(((?:[^)#]|#[^\n]*+)*+)\)?|((?:[^\n;#\\]|\\\r?\n)*))"
)
_IMPORT = re.compile(rb"import[ \t]+((?:[^\n;#\\]|\\\r?\n)*)")
_BEGINS_AFTER = (b"\n", b";", b":")
_INDENT = 200  # blanks before a statement; with more, it counts as one
_COMMENT = re.compile(rb"#[^\n]*")
_BESIDE = re.compile(rb"\bfrom[ \t]*\.+[ \t]*import\b")
_ATTRIBUTE = re.compile(rb"[.'\"]\s*(\w+)")
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
From = tuple[Dotted, bytes, bytes]  # a module, a name in it, and what that is called here


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file, by the names that it is imported under."""

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


@dataclass(frozen=True)
class Imports:
    """What one file imports; looked up by the last part of a dotted name, for many ask."""

    data: bytes
    froms: Mapping[bytes, list[From]]  # by the module's
    dotted: Mapping[bytes, list[Dotted]]  # what may be a module, with attributes that lead into it
    said: frozenset[bytes]  # all the words in these
    spreads: bool  # whether all that another module has is had from this one too
    by_name: bool  # whether it imports by a text too

    @classmethod
    def of(cls, path: str, data: bytes) -> Imports:
        froms, whole = tuple(_froms(path, data)), tuple(_whole(data))
        by_module: dict[bytes, list[From]] = {}
        for each in froms:
            by_module.setdefault(each[0][-1] if each[0] else b"", []).append(each)
        dotted: dict[bytes, list[Dotted]] = {}
        for name in dict.fromkeys((*whole, *((*origin, name) for origin, name, _ in froms))):
            dotted.setdefault(name[-1], []).append(name)
        said = frozenset(word for names in dotted.values() for name in names for word in name)
        spreads = any(name == _STAR for _, name, _ in froms)
        return cls(data, by_module, dotted, said, spreads, any(word in data for word in BY_NAME))

    def taken(self, module: Module, names: Set[bytes]) -> Iterator[bytes]:
        """The names by which this file has these names of a module."""
        for last in (module.stem, b"") if module.stem else (b"",):
            for origin, name, alias in self.froms.get(last, ()):
                if module.is_called(origin):
                    yield from names if name == _STAR else [alias] * (name in names)
        if self.by_name or self._reaches(module):
            yield from names & self._attributes

    def _reaches(self, module: Module) -> bool:
        ends = (name for part in module.parts for name in self.dotted.get(part, ()))
        return any(map(module.is_within, ends))

    @cached_property
    def _attributes(self) -> frozenset[bytes]:
        """What stands where an attribute or a text may."""
        return frozenset(_ATTRIBUTE.findall(self.data))


def _statements(word: bytes, pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """Where a statement that begins with this word begins a line, or comes after another."""
    at = data.find(word)
    while at >= 0:
        before = data[max(at - _INDENT, 0) : at].rstrip(b" \t")
        begins = not before or before.endswith(_BEGINS_AFTER)
        match = pattern.match(data, at) if begins else None
        if match:
            yield match
        at = data.find(word, match.end() if match else at + len(word))


def _froms(path: str, data: bytes) -> Iterator[From]:
    for match in _statements(b"from", _FROM, data):
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
    for match in _statements(b"import", _IMPORT, data):
        for listed in match[1].replace(b"\\", b" ").split(b","):
            words = listed.split()
            if words:
                yield tuple(words[0].split(b"."))
