"""Which files to read: those that matter by themselves, or by a name that another hands on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from outbox_guard.bindings import SMALL, Kind, Objects, Texts
from outbox_guard.clues import LOADS, MAKES, ROLE_API, used
from outbox_guard.handing import Files, Handing
from outbox_guard.pieces import unescaped
from outbox_guard.sieve import PYTHON, Sieve, switches

_LOADS = re.compile(b"|".join(LOADS))


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
    carriers, *others = (handing.users(givers, kind) for kind in _kinds(sieve))
    matters = frozenset(passed).union(carriers, *others)
    return Sifted(matters, carriers, frozenset(handing.takers), frozenset(handing.given))


def _kinds(sieve: Sieve) -> tuple[Kind, ...]:
    """What may matter in the file that imports it; tables come first."""
    modules = re.compile(b"|".join(clue.patterns[0].pattern for clue in sieve.modules))

    def table(statement: bytes) -> bool:
        return sieve.tables.are_given_by(unescaped(statement.lower()))

    def driver(statement: bytes) -> bool:
        return len(statement) <= SMALL and sieve.drivers.are_in(unescaped(statement.lower()))

    def switch(statement: bytes) -> bool:
        return len(statement) <= SMALL and switches(unescaped(statement.lower()))

    return (
        Texts(table),
        Objects(_LOADS, modules),
        Objects(ROLE_API, ROLE_API),
        Objects(MAKES, needs=used(every_call=sieve.every_call)),
        Texts(driver, needs=_LOADS),
        Texts(switch),
    )
