"""Which files can matter by themselves: questions about bytes, so that nothing is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Self

from outbox_guard.names import Names
from outbox_guard.parseable import PYTHON
from outbox_guard.sieve.bindings import SMALL
from outbox_guard.sieve.clues import (
    LOADS,
    MADE,
    MAKES,
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
)
from outbox_guard.sieve.pieces import BETWEEN, WILD, Part, Pieces, unescaped
from outbox_guard.sieve.rarity import ByWord, fewest, rarest
from outbox_guard.sieve.spelling import Drivers, Tables, any_in

BUILD_FILES = (".toml", ".cfg", "setup.py")  # few and small, and what they leave out matters
SQL = (".sql", ".pgsql", ".psql", ".plpgsql")
LAYING_OUT = (*SQL, ".py")  # what migrations are written in

_ROLES = (b"role", b"authorization", b"set_config", b"discard")
_OURS = re.compile(rb"outbox-guard\s*:")
_SQL_FILES = (b".sql", b".pgsql", b".psql")
_NAMED_SQL = re.compile(rb"\.(?:pg|p)?sql[\"']")  # the end of a file's name
_GET_MODEL = b"get_model"  # Django's migrations name a model, and import none
_NAMED_MODEL = re.compile(rb"[.\"']\s*get_model\b(?!\s*\(\s*\))")
_TURNS = (b"::-1", b"reversed(")  # what a text that stands there backwards needs
# Of these, one is too plain English to be known by a piece: DISCARD ALL.
_SWITCHES = Part.of_texts(
    "set role",
    "set local role",
    "set session role",
    "reset role",
    "set session authorization",
    "reset session authorization",
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
        every = "\n".join(paths).lower()
        words = helper_words(names.boundary.test_only)
        # What a wildcard stands for is not looked at: then a few files too many pass.
        builds = any(all(part in every for part in WILD.split(word)) for word in words)
        return cls(names, builds, every_call)

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
        is_code = path.lower().endswith((*PYTHON, *SQL))  # Alembic's env.py is no file of settings
        if not is_code and TEXTS.fullmatch(path):
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
        words: dict[Probe, Sequence[Collection[bytes]]] = {}

        def some_of(candidates: Sequence[bytes], number: int) -> Collection[bytes]:
            """Of which one is there; rather those that are looked for anyway."""
            taken = (word for groups in words.values() for word in groups[0])
            return rarest(candidates, number, taken) or [b""]

        for clue in sorted(self._clues, key=lambda clue: len(clue.words)):
            words[Probe(clue.in_file)] = (some_of(clue.words, 1), *clue.groups)
        words[Probe(lambda file: self.tables.are_declared_in(file.text))] = (
            self.tables.class_words,
        )
        words[Probe(self._is_turned, in_python=True)] = (_TURNS,)
        words[_SWITCHED] = (_OF_SWITCHES[1:],)
        words[_READS_SQL] = (_SQL_FILES,)
        words[_GETS_MODEL] = ((_GET_MODEL,),)
        # Either it imports by name, or it is a small file of constants for one that does.
        words[Probe(lambda file: self.drivers.are_in(file.text), in_python=True)] = (LOADS,)
        for pieces in self.tables.pieces:
            windows = some_of(pieces.windows, pieces.needed)
            words[Probe(partial(_are_in, pieces))] = (windows,)
            joined = [[word] for word in rarest(pieces.words, len(pieces.words))] or [[]]
            words[Probe(partial(_are_joined_in, pieces), in_python=True)] = joined
            ends = [end for part in pieces.parts for end in part.ends]
            words[Probe(partial(_part_is_in, pieces), in_python=True)] = (ends,)
        return ByWord(words)

    @cached_property
    def _small_probes(self) -> ByWord[Probe]:
        """Of small files: a text is the longer piece of a driver's name."""
        names = Probe(lambda file: self.drivers.are_in(file.text))
        return ByWord({names: [[end for part in self.drivers.parts for end in part.ends]]})

    @cached_property
    def words(self) -> tuple[bytes, ...]:
        """One of these is in the squeezed text of whatever passes, carries or tells.

        Save where it says so by its path, by a switch of the role that goes on elsewhere, or by
        what it imports with a star.
        """
        states = [rarest(pieces.windows, pieces.needed) or (b"",) for pieces in self._states]
        probes = (*self._probes.words, *self._small_probes.words)
        return fewest((*probes, *MADE, *(window for each in states for window in each)))

    def is_told_by_path(self, path: str) -> bool:
        """Whether a file may matter whatever words are in it."""
        if path.endswith(BUILD_FILES) or is_workflow(path):
            return True
        return path.endswith(LAYING_OUT) and self.names.zones.is_schema(path)

    def _is_turned(self, file: Lowered) -> bool:
        """Whether it may turn round a text that stands there backwards."""
        return any_in(file.text, _TURNS) and self.tables.are_in(file.text[::-1])

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
        return any_in(lowered, _ROLES) or _OURS.search(lowered) is not None

    def mentions(self, data: bytes) -> bool:
        """Whether a file may hold a guarded table's name, perhaps cut in two."""
        return self.tables.are_in(unescaped(data.lower()))

    def carries(self, data: bytes) -> bool:
        """Whether a file may hold a value that says something of another file's code."""
        lowered = unescaped(data.lower())
        if self.tables.are_in(lowered) or any(pieces.are_in(lowered) for pieces in self._states):
            return True
        if any_in(lowered, MADE) and MAKES.search(lowered):
            return True
        file = Lowered(lowered, python=True)
        return any(clue.in_file(file) for clue in (*self.modules, *role_api()))

    @cached_property
    def modules(self) -> tuple[Clue, ...]:
        return module_clues(self.names)

    @cached_property
    def tables(self) -> Tables:
        return Tables(self.names.guarded)

    @cached_property
    def drivers(self) -> Drivers:
        return Drivers(self.names.boundary.drivers)

    @cached_property
    def _states(self) -> tuple[Pieces, ...]:
        return tuple(map(Pieces.of, self.names.outbox.forbidden_states))


def switches(lowered: bytes) -> bool:
    return any_in(lowered, _OF_SWITCHES) and _SWITCHES.is_in(lowered)


_SWITCHED = Probe(lambda file: switches(file.text), in_python=True)
# What binds a statement of an SQL file, or is run after it, may stand in code that names no table.
_READS_SQL = Probe(lambda file: _NAMED_SQL.search(file.text) is not None, in_python=True)
_GETS_MODEL = Probe(lambda file: _NAMED_MODEL.search(file.text) is not None, in_python=True)


def _are_in(pieces: Pieces, file: Lowered) -> bool:
    """Whether a file may hold the name: neither comments nor imports make one, but names may."""
    if not pieces.are_in(file.squeezed):
        return False
    if not file.python:
        return True
    (code,), (texts, _) = file.in_view("code"), file.in_view("texts")
    return pieces.are_in(b"".join((code, texts)).translate(None, BETWEEN))


def _are_joined_in(pieces: Pieces, file: Lowered) -> bool:
    return pieces.are_joined_in(file.text)


def _part_is_in(pieces: Pieces, file: Lowered) -> bool:
    return pieces.part_is_in(file.text)
