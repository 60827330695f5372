"""Which Python files use a name that another file gives to something that matters.

Where `TABLE = "payment_outbox_pending"` stands in names.py, a file that imports `TABLE` from there
can write to that table without naming it; and so can whoever takes `TABLE` from that file in turn.
Code is read roughly: more files are found than do it, and none less.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from outbox_guard.forking import side_by_side
from outbox_guard.sieve.bindings import SMALL, Kind, statements, used_in
from outbox_guard.sieve.earlier import Earlier, Used, digest
from outbox_guard.sieve.importing import Imports, Module, module_of
from outbox_guard.sieve.searching import Search

ROUNDS = 5  # modules that a name can be handed on through
FEW = 16  # names that are sooner looked for than all imports are read
WORTH = 2_000  # files in which names are looked for that make up for a further process
_STAR = re.compile(rb"import[ \t]*(?:\([ \t]*)?\*")
_ANY = b"*"  # what such an import says


class Files(Protocol):
    """What stands in each file, by its path."""

    def __getitem__(self, path: str, /) -> bytes: ...


class Handing:
    """The Python files of a project, and who takes what from whom."""

    def __init__(self, paths: Sequence[str], files: Files, earlier: Earlier) -> None:
        self._paths = paths
        self._files = files
        self._earlier = earlier
        self._imports: dict[str, Imports] = {}
        self._statements: dict[str, list[bytes]] = {}
        self._words: dict[str, list[tuple[bytes, frozenset[bytes]]]] = {}
        self._said: dict[bytes, set[str]] = {}  # who says a word that was looked for

    def users(self, givers: Iterable[str], kind: Kind, number: int) -> Users:
        """Who uses a name under which a statement of `givers` can be reached.

        `number` is by what the kind was known to the last run.
        """
        known: set[tuple[str, bytes]] = set()
        takers: set[str] = set()
        fresh = {(path, name) for path in givers for name in self._given(path, kind, number)}
        for _ in range(ROUNDS):
            fresh -= known
            known |= fresh
            used = self._used(fresh)
            if not used:
                break
            takers |= used.keys()
            fresh = {
                (path, name)
                for path in used
                for name in self._again(path, used[path], kind, number)
            }
        files = frozenset(path for path in takers if self._may_use(path, kind, number))
        return Users(files, frozenset(takers), frozenset(name for _, name in known))

    def _given(self, path: str, kind: Kind, number: int) -> Set[bytes]:
        def find() -> frozenset[bytes]:
            return frozenset(name for each in self._split(path) for name in kind.given(each))

        return self._earlier.of(path, ("given", number, b""), find)

    def _again(self, path: str, names: Set[bytes], kind: Kind, number: int) -> Set[bytes]:
        """The names under which a file that uses some of these hands them on."""
        about = digest(b" ".join(sorted(names)))

        def find() -> frozenset[bytes]:
            return frozenset(self._handed_on(path, names, kind))

        return self._earlier.of(path, ("again", number, about), find)

    def _handed_on(self, path: str, names: Set[bytes], kind: Kind) -> Iterator[bytes]:
        for statement, words in self._in_words(path):
            if not names.isdisjoint(words):
                yield from kind.again(statement, names)
        if self._of(path).spreads:
            yield from names

    def _may_use(self, path: str, kind: Kind, number: int) -> bool:
        needs = kind.needs
        if needs is None:
            return True

        def find() -> bool:
            return needs.search(self._files[path].lower()) is not None

        return self._earlier.of(path, ("may use", number, b""), find)

    def _used(self, given: Set[tuple[str, bytes]]) -> Used:
        """Of each file that uses any: the names under which it does."""
        return self._earlier.users(given, partial(self._used_anew, given)) if given else {}

    def _used_anew(self, given: Set[tuple[str, bytes]], known: Set[str]) -> Used:
        """The same of all files but those of which it is known."""
        modules: dict[str, Given] = {}
        by_stem: dict[bytes, list[Given]] = {}
        for path, name in given:
            if path not in modules:
                modules[path] = Given(path, module_of(path), set())
                by_stem.setdefault(modules[path].module.stem, []).append(modules[path])
            modules[path].names.add(name)
        used = {  # a file uses its own too
            each.path: set(each.names) for each in modules.values() if each.path not in known
        }
        for path in self._near(modules.values(), known):
            imports = self._of(path)
            stems = by_stem.keys() if imports.by_name else imports.said & by_stem.keys()
            for each in [each for stem in stems for each in by_stem[stem] if each.path != path]:
                taken = set(imports.taken(each.module, each.names))
                if taken:
                    used.setdefault(path, set()).update(taken)
        return {path: frozenset(names) for path, names in used.items()}

    def _near(self, given: Collection[Given], known: Set[str]) -> Iterator[str]:
        """The files that may import one of these, as far as one can see at a glance."""
        names = {name for each in given for name in each.names}
        few = len(names) <= FEW and not known
        for path in self._saying(names) if few else self._paths:
            if path in known:
                continue
            data = self._files[path]
            if len(given) > FEW or any(each.may_be_taken_by(path, data) for each in given):
                yield path

    def _saying(self, names: Set[bytes]) -> Iterable[str]:
        """The files that say one of these names, or may mean one without saying it."""
        fresh = [word for word in (_ANY, *names) if word not in self._said]
        self._said.update((word, set()) for word in fresh)
        look = partial(_who_says, self._files, Search(fresh, fresh))
        for said in side_by_side(look, self._paths, worth=WORTH) if fresh else ():
            for word, paths in said.items():
                self._said[word].update(paths)
        return sorted(self._said[_ANY].union(*(self._said[name] for name in names)))

    def _of(self, path: str) -> Imports:
        if path not in self._imports:
            self._imports[path] = Imports.of(path, self._files[path])
        return self._imports[path]

    def _split(self, path: str) -> list[bytes]:
        if path not in self._statements:
            self._statements[path] = list(statements(self._files[path]))
        return self._statements[path]

    def _in_words(self, path: str) -> list[tuple[bytes, frozenset[bytes]]]:
        """The statements that may hand on a value, and the words in each."""
        if path not in self._words:
            small = [each for each in self._split(path) if len(each) <= SMALL]
            self._words[path] = [(each, used_in(each)) for each in small]
        return self._words[path]


def _who_says(files: Files, search: Search, paths: Sequence[str]) -> dict[bytes, list[str]]:
    """Of each word that is searched for: the files in which it stands."""
    said: dict[bytes, list[str]] = {}
    for path in paths:
        data = files[path]
        for word in search.met_in(data):
            if word != _ANY or _STAR.search(data):
                said.setdefault(word, []).append(path)
    return said


@dataclass(frozen=True, slots=True)
class Users:
    """Of names that are handed on."""

    files: frozenset[str]  # that may use one for something
    takers: frozenset[str]  # that take one
    given: frozenset[bytes]  # the names


@dataclass(frozen=True, slots=True)
class Given:
    """The names that a file gives."""

    path: str
    module: Module
    names: set[bytes]

    def may_be_taken_by(self, path: str, data: bytes) -> bool:
        if not self.module.may_be_named_in(path, data):
            return False
        return any(name in data for name in self.names) or _STAR.search(data) is not None
