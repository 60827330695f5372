"""Which files can matter: bytes only, so that nothing is parsed for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from outbox_guard.clues import (
    LOADS,
    MAKES,
    ROLE_API,
    TEXTS,
    Clue,
    Lowered,
    clues,
    gate_words,
    helper_words,
    is_workflow,
    module_clues,
    operation_clues,
    role_api,
    used,
    wild,
)
from outbox_guard.globs import any_name
from outbox_guard.handing import SMALL, Handing, Kind, Objects, Texts
from outbox_guard.names import Names
from outbox_guard.pieces import TELLING, WILD, Part, Pieces, unescaped

BUILD_FILES = (".toml", ".cfg", "setup.py")  # few and small, and what they leave out matters
PYTHON = (".py", ".pyi", ".pyw")
LAYING_OUT = (".sql", ".pgsql", ".psql", ".plpgsql", ".py")  # what migrations are written in

_ROLES = re.compile(rb"role|authorization|set_config|discard")
_OURS = re.compile(rb"outbox-guard\s*:")
_TURNS = (b"::-1", b"reversed(")  # what a text that stands there backwards needs
# Of these, one is too plain English to be known by a piece: DISCARD ALL.
_SWITCHES = tuple(
    map(
        Part.of_text,
        (
            "set role",
            "set local role",
            "set session role",
            "reset role",
            "set session authorization",
            "reset session authorization",
        ),
    )
)


@dataclass(frozen=True)
class Sieve:
    """The bytes without which no rule can fire, for these names."""

    names: Names
    builds: bool = True  # whether there is a module that a build may not ship
    every_call: bool = False  # whether a rule of the user's may ask about any call on a pool

    @classmethod
    def over(cls, names: Names, paths: Iterable[str], *, every_call: bool) -> Self:
        """For a project of these files."""
        globs = tuple(f"*{word}*" for word in helper_words(names.boundary.test_only))
        return cls(names, any(any_name(globs, path.lower()) for path in paths), every_call)

    def passes(self, path: str, data: bytes) -> bool:
        """Whether anything in a file can matter by itself."""
        if self.builds and path.endswith(BUILD_FILES):
            return True
        # What the outbox's tables are made of need not name them: types, functions, privileges.
        if self.names.zones.of(path) == "schema" and path.endswith(LAYING_OUT):
            return True
        lowered = unescaped(data.lower())
        if is_workflow(path) and any(word in lowered for word in self._gate):
            return True
        if TEXTS.fullmatch(path):
            return _OURS.search(lowered) is not None or any(t in lowered for t in self._terms)
        python = path.endswith(PYTHON)
        file = Lowered(lowered, python=python)
        if self._declares(lowered) or any(pieces.are_in(file.squeezed) for pieces in self._tables):
            return True
        if python and _any_in(lowered, _TURNS) and self._mentions(lowered[::-1]):
            return True
        if _any_in(file.squeezed, self._words) and any(clue.in_file(file) for clue in self._clues):
            return True
        return python and _any_in(lowered, self._ends) and self._has_part(lowered)

    @cached_property
    def _words(self) -> tuple[bytes, ...]:
        """One of these is in every file that a clue is in."""
        return _fewest(max(clue.words, key=len) for clue in self._clues)

    @cached_property
    def _ends(self) -> tuple[bytes, ...]:
        """One of these is in every file that a part is in."""
        tables = (part for pieces in self._tables for part in pieces.parts)
        parts = (*tables, *_SWITCHES, *self._drivers)
        whole = (max(WILD.split(name), key=len).encode() for name in self.names.boundary.drivers)
        return _fewest((*(end for part in parts for end in part.ends), *whole))

    def _has_part(self, lowered: bytes) -> bool:
        """Whether a text is the longer piece of something, and the rest may be imported."""
        if any(pieces.part_is_in(lowered) for pieces in self._tables) or _switches(lowered):
            return True
        # Either this file imports by name, or it is one of constants for such a file.
        imports = len(lowered) <= SMALL or _LOADS.search(lowered) is not None
        return imports and self._names_a_driver(lowered)

    @cached_property
    def _terms(self) -> tuple[bytes, ...]:
        return tuple(term.lower().encode() for term in self.names.operations.terms)

    @cached_property
    def _gate(self) -> tuple[bytes, ...]:
        return tuple(gate_words(self.names.gate))

    @cached_property
    def _clues(self) -> tuple[Clue, ...]:
        return (
            *clues(self.names, every_call=self.every_call),
            *operation_clues(self.names),
        )

    def switches(self, data: bytes) -> bool:
        """Whether SQL that switches the role may be in it, or a comment that is for us."""
        lowered = data.lower()
        return _ROLES.search(lowered) is not None or _OURS.search(lowered) is not None

    def mentions(self, data: bytes) -> bool:
        """Whether a file may hold a guarded table's name, perhaps cut in two.

        Django makes a name of a class's: `class Pending` in the app `outbox` is `outbox_pending`.
        """
        return self._mentions(unescaped(data.lower()))

    def _mentions(self, lowered: bytes) -> bool:
        return self._declares(lowered) or any(pieces.are_in(lowered) for pieces in self._tables)

    def _declares(self, lowered: bytes) -> bool:
        return b"class" in lowered and self._models.search(lowered) is not None

    def carries(self, data: bytes) -> bool:
        """Whether a file may hold a value that says something of another file's code."""
        lowered = unescaped(data.lower())
        if self._mentions(lowered) or any(pieces.are_in(lowered) for pieces in self._states):
            return True
        if MAKES.search(lowered):
            return True
        file = Lowered(lowered, python=True)
        return any(clue.in_file(file) for clue in (*self._modules, *role_api()))

    @cached_property
    def _modules(self) -> tuple[Clue, ...]:
        return module_clues(self.names)

    @cached_property
    def _models(self) -> re.Pattern[bytes]:
        endings = (name.lower().split("_") for name in self.names.guarded)
        models = {"_".join(parts[n:]) for parts in endings for n in range(1, len(parts))}
        wild = (re.escape(model).replace(r"\*", r"\w*").replace(r"\?", r"\w") for model in models)
        return re.compile(rb"\bclass\s+(?:" + "|".join(sorted(wild)).encode() + rb")\s*\(")

    @cached_property
    def _tables(self) -> tuple[Pieces, ...]:
        return tuple(map(Pieces.of, self.names.guarded))

    @cached_property
    def _states(self) -> tuple[Pieces, ...]:
        return tuple(map(Pieces.of, self.names.outbox.forbidden_states))

    @cached_property
    def _drivers(self) -> tuple[Part, ...]:
        return tuple(Part.of(name) for name in self.names.boundary.drivers if len(name) >= TELLING)

    @cached_property
    def _spelt(self) -> re.Pattern[bytes]:
        """A guarded name as it stands, which in a long class or function is no accident."""
        longest = (max(WILD.split(name.lower()), key=len) for name in self.names.guarded)
        return re.compile("|".join(map(re.escape, filter(None, longest))).encode() or rb"(?!)")

    @property
    def handed_on(self) -> tuple[Kind, ...]:
        """What may matter in the file that imports it; tables come first."""
        modules = re.compile(b"|".join(clue.patterns[0].pattern for clue in self._modules))
        return (
            Texts(self._stands_for_a_table),
            Objects(_LOADS, modules),
            Objects(ROLE_API, ROLE_API),
            Objects(MAKES, needs=used(every_call=self.every_call)),
            Texts(self._stands_for_a_driver_s_name, needs=_LOADS),
            Texts(_stands_for_a_switch),
        )

    def _stands_for_a_table(self, statement: bytes) -> bool:
        lowered = unescaped(statement.lower())
        if self._spelt.search(lowered) or self._models.search(lowered):
            return True
        return len(statement) <= SMALL and any(
            pieces.are_in(lowered) or pieces.part_is_in(lowered) for pieces in self._tables
        )

    def _stands_for_a_driver_s_name(self, statement: bytes) -> bool:
        return len(statement) <= SMALL and self._names_a_driver(unescaped(statement.lower()))

    def _names_a_driver(self, lowered: bytes) -> bool:
        if any(part.is_in(lowered) for part in self._drivers):
            return True
        return self._quoted.search(lowered) is not None

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        drivers = map(wild, self.names.boundary.drivers)
        return re.compile(rb"[\"'](?:" + b"|".join(drivers) + rb")[\"'.]")


_LOADS = re.compile(b"|".join(LOADS))


def _fewest(words: Iterable[bytes]) -> tuple[bytes, ...]:
    """These words, without those that have another one in them."""
    shortest: list[bytes] = []
    for word in sorted(set(words), key=len):
        if not any(other in word for other in shortest):
            shortest.append(word)
    return tuple(shortest)


def _any_in(data: bytes, words: Iterable[bytes]) -> bool:
    return any(map(data.__contains__, words))


def _switches(lowered: bytes) -> bool:
    return any(part.is_in(lowered) for part in _SWITCHES)


def _stands_for_a_switch(statement: bytes) -> bool:
    return len(statement) <= SMALL and _switches(unescaped(statement.lower()))


@dataclass(frozen=True, slots=True)
class Sifted:
    passed: frozenset[str]  # the files to read
    carriers: frozenset[str]  # of these, the ones whose names lead to a guarded one elsewhere


def sift(sieve: Sieve, files: Mapping[str, bytes]) -> Sifted:
    """The files that can matter, of these: by themselves, or by a name that another hands on."""
    passed = frozenset(path for path, data in files.items() if sieve.passes(path, data))
    handing = Handing({path: data for path, data in files.items() if path.endswith(PYTHON)})
    givers = [path for path in passed if path.endswith(PYTHON)]
    carriers, *others = (handing.users(givers, kind) for kind in sieve.handed_on)
    return Sifted(passed.union(carriers, *others), carriers)
