"""Which files to read: those that matter by themselves, or by a name that another hands on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from outbox_guard.forking import side_by_side
from outbox_guard.parseable import PYTHON
from outbox_guard.sieve.bindings import SMALL, Kind, Objects, Texts
from outbox_guard.sieve.clues import (
    LOADS,
    MAKES,
    ROLE_API,
    all_modules,
    module_pattern,
    used,
)
from outbox_guard.sieve.earlier import Earlier, Question, Used
from outbox_guard.sieve.handing import Files, Handing, Users
from outbox_guard.sieve.passing import Sieve, switches
from outbox_guard.sieve.pieces import unescaped

MANY = 200  # files that make it worth two processes
ORDER = (0, 3, 1, 4, 2, 5)  # of the kinds: those that take longest first

Numbered = tuple[int, tuple[frozenset[str], frozenset[str], frozenset[bytes]]]
Handed = tuple[list[Numbered], dict[tuple[str, Question], object], dict[bytes, Used]]

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


def handed_on(
    sieve: Sieve,
    passed: Collection[str],
    paths: Iterable[str],
    files: Files,
    earlier: Earlier | None = None,
) -> Sifted:
    """Those that pass by themselves, and of all paths, those that use a name of theirs."""
    earlier = earlier or Earlier()
    handing = Handing([path for path in paths if path.endswith(PYTHON)], files, earlier)
    givers = [path for path in passed if path.endswith(PYTHON)]
    work = partial(_handed, handing, earlier, givers, _kinds(sieve))
    worth = 1 if len(givers) > MANY and not earlier.same else len(ORDER)
    found: dict[int, Users] = {}
    for some, kept, who_uses in side_by_side(work, ORDER, worth=worth):
        found |= {number: Users(*users) for number, users in some}
        earlier.also(kept, who_uses)
    every = found.values()
    return Sifted(
        frozenset(passed).union(*(users.files for users in every)),
        found[0].files,
        frozenset().union(*(users.takers for users in every)),
        frozenset().union(*(users.given for users in every)),
    )


def _handed(
    handing: Handing,
    earlier: Earlier,
    givers: Sequence[str],
    kinds: Sequence[Kind],
    numbers: Sequence[int],
) -> Handed:
    """Who uses what is of these kinds, and what there is to be kept of that."""
    found = []
    for number in numbers:
        users = handing.users(givers, kinds[number], number)
        found.append((number, (users.files, users.takers, users.given)))
    return found, earlier.kept, earlier.kept_used


def _kinds(sieve: Sieve) -> tuple[Kind, ...]:
    """What may matter in the file that imports it; tables come first."""
    modules = re.compile(b"|".join(map(module_pattern, all_modules(sieve.names))))

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
