"""Configuration files: which one speaks for a folder, and what each says, with its lines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeGuard

from outbox_guard.config.lines import Key, key_lines
from outbox_guard.config.options import Config
from outbox_guard.config.records import Record
from outbox_guard.errors import UsageError

OWN_FILE = "outbox-guard.toml"
SHARED_FILE = "pyproject.toml"
SECTION = ("tool", "outbox-guard")

_NEARLY_OURS = re.compile(r"\W?outbox[-_ ]?guard\W?", re.IGNORECASE)
_AT_LINE = re.compile(r" *\(at line (\d+), column \d+\)| *\(at end of document\)")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a configuration file; line 0 is the file as a whole."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}" if self.line else f"{self.file}: {self.says}"


class ConfigError(UsageError):
    """All that is wrong with the configuration, a line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class File:
    """One configuration file, read and parsed."""

    path: Path
    shown: str
    text: str = field(repr=False)
    table: Mapping[str, Any]  # what it says for outbox-guard
    prefix: tuple[str, ...] = ()  # the section it says it in

    @cached_property
    def _lines(self) -> Mapping[Key, int]:
        return key_lines(self.text)

    def line(self, key: Key) -> int:
        """Where a key stands; of one that stands nowhere, the table that would hold it."""
        full = self.prefix + key
        nearest = (full[:end] for end in range(len(full), 0, -1) if full[:end] in self._lines)
        return self._lines.get(next(nearest, ()), 0)

    def problem(self, key: Key, says: str) -> Problem:
        subject = ".".join(str(part) for part in key if isinstance(part, str))
        return Problem(self.shown, self.line(key), f"{subject}: {says}" if subject else says)

    @property
    def problems(self) -> Iterator[Problem]:
        for fault in Record(Config).faults(self.table, ()):
            yield self.problem(fault.key, fault.says)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; what is not one is told among the problems."""
        value = self.table.get(key, [])
        members = value if isinstance(value, list) else []
        return tuple(member for member in members if isinstance(member, str))


def find_root(start: Path) -> Path:
    """The project that a file or folder is in: the one around it, else the folder itself."""
    start = Path(os.path.realpath(start))
    return enclosing_project(start) or (start if start.is_dir() else start.parent)


def enclosing_project(start: Path) -> Path | None:
    """The nearest folder, upwards, with a configuration or a git repository.

    What lies above a repository does not count: it is no part of what others clone.
    """
    for each in (start, *start.parents):
        if has_configuration(each) or os.path.lexists(each / ".git"):
            return each
    return None


def has_configuration(folder: Path) -> bool:
    """Does the folder say anything to outbox-guard?"""
    return _is_file(folder / OWN_FILE) or _speaks_of_us(folder / SHARED_FILE, if_broken=True)


def projects_inside(root: Path, names: Iterable[str]) -> tuple[str, ...]:
    """The outermost folders below the root with a configuration, of files with these names."""
    ours = (name for name in names if name.endswith((OWN_FILE, SHARED_FILE)))
    split = (name.rpartition("/") for name in ours)
    folders = {folder for folder, _, name in split if name in (OWN_FILE, SHARED_FILE)} - {""}
    found: list[str] = []
    for folder in sorted(folders, key=lambda each: (each.count("/"), each)):
        inside = any(folder.startswith(f"{outer}/") for outer in found)
        if not inside and has_configuration(root / folder):
            found.append(folder)
    return tuple(sorted(found))


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 — pathlib's raises where a folder is closed


def _speaks_of_us(shared: Path, *, if_broken: bool) -> bool:
    """Has this pyproject.toml our section? `if_broken` where it names us and is no TOML."""
    if not _is_file(shared):
        return False
    try:
        data = shared.read_bytes()
    except OSError:
        return False  # other tools will say so; where nothing else speaks, the defaults hold
    if not _NEARLY_OURS.search(data.decode("utf-8", "replace")):
        return False
    try:
        return bool(_our_sections(_parsed(data.decode("utf-8-sig"))))
    except (ValueError, RecursionError):
        return if_broken


def _parsed(text: str) -> dict[str, Any]:
    import tomllib  # a run without configuration does without

    return tomllib.loads(text)


def _our_sections(table: Mapping[str, Any]) -> list[str]:
    """The tables under [tool] that mean this tool, rightly spelt or not."""
    tools = table.get(SECTION[0])
    return [name for name in tools if _NEARLY_OURS.fullmatch(name)] if _is_table(tools) else []


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def file_of(root: Path) -> Path | None:
    """The configuration file of a folder, if it has one."""
    own, shared = root / OWN_FILE, root / SHARED_FILE
    if not _is_file(own):
        return shared if _speaks_of_us(shared, if_broken=True) else None
    if _speaks_of_us(shared, if_broken=False):
        says = f"{OWN_FILE} and [{'.'.join(SECTION)}] in {SHARED_FILE} are both here; keep one"
        raise ConfigError([Problem(OWN_FILE, 0, says)])
    return own


def read_file(path: Path, root: Path) -> File:
    """Read and parse one file; only what can't be a configuration at all is raised here."""
    shown = Path(os.path.relpath(path, root)).as_posix()
    return parse_file(path, shown, _decoded(path, shown))


def parse_file(path: Path, shown: str, text: str) -> File:
    """What the text of a file says; `shown` is what messages call it."""
    try:
        table = _parsed(text)
    except ValueError as error:
        raise ConfigError([_not_toml(shown, text, error)]) from error
    except RecursionError:
        raise ConfigError([Problem(shown, 0, "is nested too deep to be read")]) from None
    if path.name != SHARED_FILE:
        return File(path, shown, text, table)
    return _section(path, shown, text, table)


def _section(path: Path, shown: str, text: str, table: Mapping[str, Any]) -> File:
    name = ".".join(SECTION)
    whole = File(path, shown, text, table)
    misspelt = [each for each in _our_sections(table) if each != SECTION[1]]
    if misspelt:
        where = whole.line((SECTION[0], misspelt[0]))
        says = f"no table is called [tool.{misspelt[0]}]; did you mean [{name}]?"
        raise ConfigError([Problem(shown, where, says)])
    tools = table.get(SECTION[0])
    section = tools.get(SECTION[1]) if _is_table(tools) else None
    if not _is_table(section):
        says = f"has no table [{name}]" if section is None else f"{name} is a table: [{name}]"
        raise ConfigError([Problem(shown, whole.line(SECTION) if section else 0, says)])
    return File(path, shown, text, section, SECTION)


def _decoded(path: Path, shown: str) -> str:
    try:
        if not path.is_file():
            says = "is a folder; name the file" if path.is_dir() else "there is no such file"
            raise ConfigError([Problem(shown, 0, says)])
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(shown, 0, f"cannot be read: {error.strerror}")]) from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        says = f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8"
        raise ConfigError([Problem(shown, line, says)]) from error


def _not_toml(shown: str, text: str, error: ValueError) -> Problem:
    at = _AT_LINE.search(str(error))
    line = int(at[1]) if at and at[1] else text.count("\n") + 1
    return Problem(shown, line, f"is not TOML: {_AT_LINE.sub('', str(error))}")
