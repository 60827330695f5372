"""Which files can matter: bytes only, so that nothing is parsed for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from outbox_guard.clues import Clue, clues, gate_words, helper_words, is_workflow
from outbox_guard.globs import any_name
from outbox_guard.names import Names

WINDOW = 4  # bytes of a guarded name that must stand together
WINDOWS_A_CUT = 3  # a name of so many may be cut once more; a cut goes through one at most
BUILD_FILES = (".toml", ".cfg", "setup.py")  # few and small, and what they leave out matters
PYTHON = (".py", ".pyi", ".pyw")
LAYING_OUT = (".sql", ".pgsql", ".psql", ".plpgsql", ".py")  # what migrations are written in
SMALL = 3_000  # bytes of a statement that hands on a value, rather than works with it
ROUNDS = 8  # modules that a name can be handed on through

_OURS = re.compile(rb"outbox-guard\s*:", re.IGNORECASE)
_ROLE_API = (rb"current_?role", rb"set_?role", rb"execute_?transaction")
_ENGINES = (rb"create_(?:async_)?engine", rb"engine_from_config", rb"create_pool_from_url")
_ROLES = re.compile(rb"role|authorization|set_config", re.IGNORECASE)
_SWITCHES = re.compile(rb"set|discard", re.IGNORECASE)  # also RESET and set_config
_DISCARD = re.compile(rb"discard\s+all", re.IGNORECASE)
_CHUNK = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
_BINDS = re.compile(rb"(\w+)\s*(?::[^=\n]+)?=[^=]|(?:async\s+)?(?:def|class)\s+(\w+)")
_ALIAS = re.compile(rb"(\w+)\s+as\s+(\w+)")
_GIVES = re.compile(rb"\b(?:return|yield)\b")


@dataclass(frozen=True)
class Sieve:
    """The bytes without which no rule can fire, for these names."""

    names: Names
    builds: bool = True  # whether there is a module that a build may not ship
    every_call: bool = False  # whether a rule of the user's may ask about any call on a pool

    @classmethod
    def over(cls, names: Names, paths: Iterable[str], *, every_call: bool) -> Self:
        """For a project of these files."""
        words = tuple(helper_words(names.boundary.test_only))
        builds = any(any_name(tuple(f"*{word}*" for word in words), path.lower()) for path in paths)
        return cls(names, builds, every_call)

    def passes(self, path: str, data: bytes) -> bool:
        """Whether anything in a file can matter by itself."""
        if self.builds and path.endswith(BUILD_FILES):
            return True
        # What the outbox's tables are made of need not name them: types, functions, privileges.
        if self.names.zones.of(path) == "schema" and path.endswith(LAYING_OUT):
            return True
        lowered = data.lower()
        if is_workflow(path):
            return any(word in lowered for word in self._gate)
        python = path.endswith(PYTHON)
        return self._mentions(lowered) or any(
            clue.in_file(lowered, python=python) for clue in self._clues
        )

    @cached_property
    def _gate(self) -> tuple[bytes, ...]:
        return tuple(gate_words(self.names.gate))

    @cached_property
    def _clues(self) -> tuple[Clue, ...]:
        return clues(self.names, every_call=self.every_call)

    def switches(self, data: bytes) -> bool:
        """Whether SQL that switches the role may be in it, or a comment that is for us."""
        if _DISCARD.search(data) or _OURS.search(data):
            return True
        return _ROLES.search(data) is not None and _SWITCHES.search(data) is not None

    def mentions(self, data: bytes) -> bool:
        """Whether a file may hold a guarded table's name, perhaps cut in two.

        Django makes a name of a class's: `class Pending` in the app `outbox` is `outbox_pending`.
        """
        return self._mentions(data.lower())

    def _mentions(self, lowered: bytes) -> bool:
        declares = b"class" in lowered and self._models.search(lowered) is not None
        return declares or any(_holds(lowered, windows) for windows in self._tables)

    def carries(self, data: bytes) -> bool:
        """Whether a file may hold a value that says something of another file's code."""
        lowered = data.lower()
        if self._carried.search(data) or any(_holds(lowered, w) for w in self._states):
            return True
        return self.mentions(data)

    @cached_property
    def _carried(self) -> re.Pattern[bytes]:
        return _any((*_ENGINES, *_ROLE_API, *self._boundary))

    @cached_property
    def _models(self) -> re.Pattern[bytes]:
        endings = (name.lower().split("_") for name in self.names.guarded)
        models = {"_".join(parts[n:]) for parts in endings for n in range(1, len(parts))}
        wild = (re.escape(model).replace(r"\*", r"\w*").replace(r"\?", r"\w") for model in models)
        return re.compile(rb"\bclass\s+(?:" + "|".join(sorted(wild)).encode() + rb")\s*\(")

    @cached_property
    def _tables(self) -> tuple[tuple[bytes, ...], ...]:
        return tuple(map(_windows, self.names.guarded))

    @cached_property
    def _states(self) -> tuple[tuple[bytes, ...], ...]:
        return tuple(map(_windows, self.names.outbox.forbidden_states))

    @cached_property
    def _boundary(self) -> tuple[bytes, ...]:
        boundary = self.names.boundary
        modules = (re.split(r"[./]", module)[-1] for module in boundary.test_only)
        words = dict.fromkeys((*boundary.drivers, *modules))
        return tuple(rb"\b" + re.escape(word.encode()) + rb"\b" for word in words)

    def hands_on(self, data: bytes, words: re.Pattern[bytes] | None = None) -> Iterator[bytes]:
        """The names that a Python file gives to texts with a guarded name in them.

        `words` are names that other files gave.
        """
        for chunk in _chunks(data):
            spelt = self._spelt.search(chunk) or self._models.search(chunk.lower())
            if spelt or (len(chunk) <= SMALL and self._leads(chunk, words)):
                yield from _bound(chunk, handed=words)

    def _leads(self, chunk: bytes, words: re.Pattern[bytes] | None) -> bool:
        return self.mentions(chunk) or (words is not None and words.search(chunk) is not None)

    @cached_property
    def _spelt(self) -> re.Pattern[bytes]:
        """A guarded name as it stands, which in a long class or function is no accident."""
        literals = (re.split(r"[*?]|\[[^]]*\]", name) for name in self.names.guarded)
        longest = (max(parts, key=len).encode() for parts in literals)
        return _any(map(re.escape, filter(None, longest)))


def _windows(name: str) -> tuple[bytes, ...]:
    """A name, and each literal part of a glob, in pieces that do not overlap.

    A short one stays whole: its pieces are in every file.
    """
    pieces: dict[bytes, None] = {}
    for literal in re.split(r"[*?]|\[[^]]*\]", name.lower()):
        text = literal.encode()
        starts = range(0, len(text) - WINDOW + 1, WINDOW)
        if len(starts) > WINDOWS_A_CUT:
            pieces.update(dict.fromkeys(text[start : start + WINDOW] for start in starts))
        elif text:
            pieces[text] = None
    return tuple(pieces)


def _holds(lowered: bytes, windows: Sequence[bytes]) -> bool:
    """Whether enough pieces of a name are there for it to have been put together from them."""
    cuts = (len(windows) - 1) // WINDOWS_A_CUT
    return sum(window in lowered for window in windows) >= len(windows) - cuts


def _any(patterns: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(patterns) or rb"(?!)", re.IGNORECASE)


def _chunks(data: bytes) -> list[bytes]:
    """A module's top-level statements, roughly: a line that starts at the margin starts one."""
    return _CHUNK.split(data)


def _bound(chunk: bytes, handed: re.Pattern[bytes] | None) -> Iterator[bytes]:
    match = _BINDS.match(chunk)
    if match is not None:
        name = match[1] or match[2]
        defines = chunk.lstrip().startswith((b"def", b"async"))
        if not defines or _GIVES.search(chunk):
            yield name
    if handed is not None and chunk.startswith((b"from", b"import")):
        yield from (alias for name, alias in _ALIAS.findall(chunk) if handed.fullmatch(name))


@dataclass(frozen=True, slots=True)
class Sifted:
    passed: frozenset[str]  # the files to read
    carriers: frozenset[str]  # of these, the ones whose names lead to a guarded one elsewhere


def sift(sieve: Sieve, files: Mapping[str, bytes]) -> Sifted:
    """The files that can matter, of these: by themselves, or by a name that another hands on."""
    passed = frozenset(path for path, data in files.items() if sieve.passes(path, data))
    python = {path: data for path, data in files.items() if path.endswith(PYTHON)}
    carriers = frozenset(_carriers(sieve, python, passed & python.keys()))
    return Sifted(passed | carriers, carriers)


def _carriers(sieve: Sieve, files: Mapping[str, bytes], passed: Set[str]) -> set[str]:
    """The Python files that use a name through which a passed file hands on a guarded one."""
    known: set[bytes] = set()
    found: set[str] = set()
    fresh = {name for path in passed for name in sieve.hands_on(files[path])}
    for _ in range(ROUNDS):
        fresh -= known
        if not fresh:
            break
        known |= fresh
        pattern = re.compile(rb"\b(?:" + b"|".join(map(re.escape, sorted(fresh))) + rb")\b")
        users = {path for path, data in files.items() if pattern.search(data)}
        found |= users
        fresh = {name for path in users for name in sieve.hands_on(files[path], pattern)}
    return found
