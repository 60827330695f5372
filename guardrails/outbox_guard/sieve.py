"""Which files can matter: bytes only, so that nothing is parsed for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
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
from outbox_guard.handing import SMALL, Files, Handing, Kind, Objects, Texts
from outbox_guard.names import Names
from outbox_guard.pieces import TELLING, WILD, Part, Pieces, unescaped
from outbox_guard.rarity import ByWord, fewest, rarest

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
_OF_SWITCHES = (b"set ", b"role", b"authorization")  # one of them is in any piece of these
# The first piece of any of these, be it cut before the last word or within it.
_SWITCH_BEGUN = re.compile(rb"set (?:local |session )?\w*[\"'{%\\]")


@dataclass(frozen=True, slots=True)
class Probe:
    """A question about a file that lets it through."""

    ask: Callable[[Lowered], bool]
    in_python: bool = False  # only

    def says(self, file: Lowered) -> bool:
        return (file.python or not self.in_python) and self.ask(file)


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
        if path.endswith(LAYING_OUT) and self.names.zones.is_schema(path):
            return True
        lowered = unescaped(data.lower())
        if is_workflow(path) and any(word in lowered for word in self._gate):
            return True
        if TEXTS.fullmatch(path):
            return _OURS.search(lowered) is not None or any(t in lowered for t in self._terms)
        file = Lowered(lowered, python=path.endswith(PYTHON))
        return any(probe.says(file) for probe in self._probes_for(file))

    def _probes_for(self, file: Lowered) -> Iterator[Probe]:
        """The questions that are worth asking of a file: there are none for nearly all files."""
        yield from self._probes.met_in(file.squeezed)
        if file.python:
            if _SWITCH_BEGUN.search(file.text):
                yield _SWITCHED
            if len(file.text) <= SMALL:
                yield from self._small_probes.met_in(file.squeezed)

    @cached_property
    def _probes(self) -> ByWord[Probe]:
        """Each with words of which one is in the squeezed text if the answer is yes."""
        words: dict[Probe, Iterable[bytes]] = {
            Probe(clue.in_file): [max(clue.words, key=len)] for clue in self._clues
        }
        words[Probe(lambda file: self._declares(file.text))] = self._model_words
        words[Probe(self._is_turned, in_python=True)] = _TURNS
        words[_SWITCHED] = _OF_SWITCHES[1:]
        # Either it imports by name, or it is a small file of constants for one that does.
        words[Probe(lambda file: self._names_a_driver(file.text), in_python=True)] = LOADS
        for pieces in self._tables:
            taken = {word for each in words.values() for word in each}
            windows = rarest(pieces.windows, pieces.needed, taken) or [b""]
            words[Probe(partial(_are_in, pieces))] = windows
            ends = [end for part in pieces.parts for end in part.ends]
            words[Probe(partial(_part_is_in, pieces), in_python=True)] = ends
        return ByWord(words)

    @cached_property
    def _small_probes(self) -> ByWord[Probe]:
        """Of small files: a text is the longer piece of a driver's name."""
        names = Probe(lambda file: self._names_a_driver(file.text))
        return ByWord({names: [end for part in self._drivers for end in part.ends]})

    @cached_property
    def words(self) -> tuple[bytes, ...]:
        """One of these is in the squeezed text of whatever passes, carries or tells.

        Save where it says so by its path, by a switch of the role that goes on elsewhere, or by
        what it imports with a star.
        """
        states = [rarest(pieces.windows, pieces.needed) or (b"",) for pieces in self._states]
        makes = (b"pool", b"engine")  # MAKES
        probes = (*self._probes.words, *self._small_probes.words)
        return fewest((*probes, *makes, *(window for each in states for window in each)))

    def is_told_by_path(self, path: str) -> bool:
        """Whether a file may matter whatever words are in it."""
        if path.endswith(BUILD_FILES) or is_workflow(path):
            return True
        return path.endswith(LAYING_OUT) and self.names.zones.is_schema(path)

    def _is_turned(self, file: Lowered) -> bool:
        """Whether it may turn round a text that stands there backwards."""
        return _any_in(file.text, _TURNS) and self._mentions(file.text[::-1])

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
        if b"class" not in lowered or not _any_in(lowered, self._model_words):
            return False
        return self._models.search(lowered) is not None

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
        names = b"|".join(map(wild, _models_of(self.names.guarded)))
        return re.compile(rb"class\s+(?:" + names + rb")\s*\(")

    @cached_property
    def _model_words(self) -> tuple[bytes, ...]:
        models = _models_of(self.names.guarded)
        return fewest(max(WILD.split(model), key=len).encode() or b"class" for model in models)

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
        if not _any_in(lowered, self._table_words):
            return False
        if self._spelt.search(lowered) or self._models.search(lowered):
            return True
        return len(statement) <= SMALL and any(
            pieces.are_in(lowered) or pieces.part_is_in(lowered) for pieces in self._tables
        )

    @cached_property
    def _table_words(self) -> tuple[bytes, ...]:
        """One of these is where a guarded table's name is, or a piece of it, or its model."""
        words = list(self._model_words)
        for pieces in self._tables:
            words += rarest(pieces.windows, pieces.needed, words) or (b"",)
            words += (end for part in pieces.parts for end in part.ends)
        return fewest(words)

    def _stands_for_a_driver_s_name(self, statement: bytes) -> bool:
        return len(statement) <= SMALL and self._names_a_driver(unescaped(statement.lower()))

    def _names_a_driver(self, lowered: bytes) -> bool:
        if not _any_in(lowered, self._driver_words):
            return False
        if any(part.is_in(lowered) for part in self._drivers):
            return True
        return self._quoted.search(lowered) is not None

    @cached_property
    def _driver_words(self) -> tuple[bytes, ...]:
        """One of these is where a driver's name is, or a piece of it that tells."""
        whole = (max(WILD.split(name.lower()), key=len) for name in self.names.boundary.drivers)
        ends = (end for part in self._drivers for end in part.ends)
        return fewest((*(name.encode() for name in whole), *ends))

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        drivers = map(wild, self.names.boundary.drivers)
        return re.compile(rb"[\"'](?:" + b"|".join(drivers) + rb")[\"'.]")


_LOADS = re.compile(b"|".join(LOADS))


def _models_of(tables: Iterable[str]) -> list[str]:
    """What the classes may be called that stand for these tables; in lower case."""
    endings = (name.lower().split("_") for name in tables)
    return sorted({"_".join(parts[n:]) for parts in endings for n in range(1, len(parts))})


def _any_in(data: bytes, words: Iterable[bytes]) -> bool:
    return any(map(data.__contains__, words))


def _switches(lowered: bytes) -> bool:
    return _any_in(lowered, _OF_SWITCHES) and any(part.is_in(lowered) for part in _SWITCHES)


_SWITCHED = Probe(lambda file: _switches(file.text), in_python=True)


def _are_in(pieces: Pieces, file: Lowered) -> bool:
    return pieces.are_in(file.squeezed)


def _part_is_in(pieces: Pieces, file: Lowered) -> bool:
    return pieces.part_is_in(file.text)


def _stands_for_a_switch(statement: bytes) -> bool:
    return len(statement) <= SMALL and _switches(unescaped(statement.lower()))


@dataclass(frozen=True, slots=True)
class Sifted:
    passed: frozenset[str]  # the files to read
    carriers: frozenset[str]  # of these, the ones whose names lead to a guarded one elsewhere
    takers: frozenset[str]  # who takes a name from another, though it may not matter there
    given: frozenset[bytes]  # all the names that are taken or could be


def sift(sieve: Sieve, files: Mapping[str, bytes]) -> Sifted:
    """The files that can matter, of these: by themselves, or by a name that another hands on."""
    passed = [path for path, data in files.items() if sieve.passes(path, data)]
    return handed_on(sieve, passed, files, files)


def handed_on(sieve: Sieve, passed: Collection[str], paths: Iterable[str], files: Files) -> Sifted:
    """Those that pass by themselves, and of all paths, those that use a name of theirs."""
    handing = Handing([path for path in paths if path.endswith(PYTHON)], files)
    givers = [path for path in passed if path.endswith(PYTHON)]
    carriers, *others = (handing.users(givers, kind) for kind in sieve.handed_on)
    matters = frozenset(passed).union(carriers, *others)
    return Sifted(matters, carriers, frozenset(handing.takers), frozenset(handing.given))
