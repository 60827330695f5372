"""The order in which the files of `schema/` are applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath

from outbox_guard.facts import DOWNGRADES, Declaration, Fact, Inclusion, Migration, Place, TakenBack

_NUMBER = re.compile(r"(\d+)")
_DOWN = re.compile(
    r"(?:^|[/._-])(?:down|undo|rollback|revert|teardown|uninstall)(?:[/._-].*)?\Z"
    r"|(?:^|/)U\d[\w.]*__",
    re.IGNORECASE,
)
_RUN = ".py"
# Flyway's files: versioned and baseline migrations, repeatable ones, callbacks.
_VERSIONED = re.compile(
    r"[BV](?P<version>\d+(?:[._]\d+)*)__.*|(?P<again>R__.*)"
    r"|(?P<before>before|after)(?:Each)?Migrate(?:__.*)?"
)
_RUN_LAST = {"before": 0, "": 1, "again": 2, "after": 3}

Rank = tuple[object, ...]


@cache
def apply_order(path: str) -> tuple[object, ...]:
    """Where a file comes when `schema/` is applied: by name, its numbers as numbers."""
    parts = PurePosixPath(path).parts
    return tuple(_natural(part) for part in parts)


def _natural(part: str) -> tuple[tuple[int, int, str], ...]:
    """Text before numbers before longer text, as people number their migrations."""
    pieces = (piece for piece in _NUMBER.split(part) if piece)
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pieces)


def of_versions(paths: Iterable[str]) -> dict[str, Rank]:
    """Where files come that Flyway applies: by version, in whatever folders, repeatable ones last.

    All of them come where the folder comes that they have in common.
    """
    found = {path: _VERSIONED.fullmatch(PurePosixPath(path).stem) for path in paths}
    flyways = {path: match for path, match in found.items() if match is not None}
    if not any(match["version"] for match in flyways.values()):
        return {}
    folder = tuple(
        map(_natural, _in_common([PurePosixPath(path).parent.parts for path in flyways]))
    )
    return {
        path: (*folder, *_version(match), _natural(match[0])) for path, match in flyways.items()
    }


def _in_common(folders: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for names in zip(*folders, strict=False):
        if len(set(names)) > 1:
            return
        yield names[0]


def _version(match: re.Match[str]) -> Iterator[tuple[tuple[int, int, str], ...]]:
    group = match["before"] or ("again" if match["again"] else "")
    yield (1, 0, "V"), (0, _RUN_LAST[group], "")  # among other files as by their names
    yield tuple((0, int(n), "") for n in re.split(r"[._]", match["version"] or "0"))


@cache
def is_down(path: str) -> bool:
    """Whether a file takes a migration back; it is not applied."""
    return _DOWN.search(str(PurePosixPath(path).with_suffix(""))) is not None


def applied_files(paths: Iterable[str], facts: Iterable[Fact] = ()) -> tuple[str, ...]:
    """The files of `schema/` that are applied, in order; a script comes before those it runs."""
    applied, known = [path for path in paths if not is_down(path)], list(facts)
    inclusions = (fact for fact in known if isinstance(fact, Inclusion))
    migrations = (fact for fact in known if isinstance(fact, Migration))
    turns = Turns(inclusions, {**of_versions(applied), **_ranks(migrations)})
    return tuple(sorted(applied, key=turns.of))


def _by_name(fact: Fact) -> tuple[tuple[object, ...], Place]:
    return apply_order(fact.place.path), fact.place


class Turns:
    """When a file's turn comes: by its name, by its rank, or where a script runs it."""

    def __init__(self, inclusions: Iterable[Inclusion], ranks: Mapping[str, Rank]) -> None:
        self._ranks = ranks
        self._by: dict[str, Inclusion] = {}
        for inclusion in sorted(inclusions, key=_by_name):
            if _is_applied(inclusion) and not self._runs(inclusion.path, inclusion.place.path):
                self._by.setdefault(inclusion.path, inclusion)

    def _runs(self, script: str, path: str) -> bool:
        """Whether a file is run by a script, by way of others too: then it cannot run that."""
        while path != script and path in self._by:
            path = self._by[path].place.path
        return path == script

    def of(self, path: str) -> tuple[object, ...]:
        if (rank := self._ranks.get(path)) is not None:
            return (rank,)
        inclusion = self._by.get(path)
        if inclusion is None:
            return (apply_order(path),)
        return (*self.of(inclusion.place.path), _spot(inclusion.place))


def in_order(facts: Iterable[Fact], *kinds: type[Fact]) -> list[Fact]:
    """The facts of these kinds in applied files of `schema/`, in the order they take effect."""
    known = list(facts)
    back = _taken_back(fact for fact in known if isinstance(fact, TakenBack))
    applied = (
        fact
        for fact in known
        if isinstance(fact, kinds)
        and _is_applied(fact)
        and not any(_holds(part, fact.place) for part in back.get(fact.place.path, ()))
    )

    inclusions = (fact for fact in known if isinstance(fact, Inclusion))
    migrations = (fact for fact in known if isinstance(fact, Migration))
    paths = {fact.place.path for fact in known if _is_applied(fact)}
    turns = Turns(inclusions, {**of_versions(paths), **_ranks(migrations)})

    def order(fact: Fact) -> tuple[object, ...]:
        statement = fact.statement if isinstance(fact, Declaration) else None
        # Words that stand elsewhere, in a constant, are said with their statement.
        begin = statement or fact.place
        path = begin.path
        turn = turns.of(path)
        if path.endswith(_RUN):
            return turn  # what is run comes in the order in which it was followed
        here = fact.place.path == path
        said = max(_spot(begin), _spot(fact.place)) if here else _spot(begin)
        return (*turn, _spot(begin), said)

    return sorted(applied, key=order)


def declarations(facts: Iterable[Fact]) -> Iterator[Declaration]:
    """What takes effect when `schema/` is applied, in this order.

    What stands in a function's body happens when that is called, and not here.
    """
    for fact in in_order(facts, Declaration):
        if isinstance(fact, Declaration) and not fact.routine:
            yield fact


def _spot(place: Place) -> tuple[str | int, ...]:
    """As places are ordered; plain tuples are compared much faster."""
    return place.path, place.line, place.column, place.end_line, place.end_column


def _is_applied(fact: Fact) -> bool:
    place = fact.place
    if place.zone != "schema" or is_down(place.path):
        return False
    return not (place.path.endswith(_RUN) and fact.inside.rpartition(".")[2] in DOWNGRADES)


def _taken_back(parts: Iterable[TakenBack]) -> dict[str, list[Place]]:
    """By file: where it says itself how to take it back."""
    back: dict[str, list[Place]] = {}
    for part in parts:
        back.setdefault(part.place.path, []).append(part.place)
    return back


def _holds(part: Place, place: Place) -> bool:
    start, end = (part.line, part.column), (part.end_line, part.end_column)
    return start <= (place.line, place.column) < end


def _ranks(migrations: Iterable[Migration]) -> dict[str, Rank]:
    """Where migrations come that have a plan, or that name their predecessors.

    The latter come in their folder, one after the other.
    """
    waiting: dict[str, Migration] = {}
    ranks: dict[str, Rank] = {}
    for migration in migrations:
        if migration.plan:
            folder = PurePosixPath(migration.plan).with_name("deploy")
            ranks[migration.place.path] = _turn(str(folder), migration.turn)
        else:
            waiting[migration.revision] = migration
    while waiting:
        ready = [m for m in waiting.values() if waiting.keys().isdisjoint(m.after)]
        for migration in sorted(ready or waiting.values(), key=lambda m: m.place):
            path = PurePosixPath(migration.place.path)
            ranks[str(path)] = _turn(str(path.parent), len(ranks))
            del waiting[migration.revision]
    return ranks


def _turn(folder: str, number: int) -> Rank:
    return (*apply_order(folder), ((0, number, ""),))
