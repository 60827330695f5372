"""From the files of a project to the facts in them: discover, sieve, read."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from outbox_guard.config import Config, projects_inside
from outbox_guard.discovery import (
    Contents,
    Discovered,
    as_typed,
    decode,
    discover,
    is_plain,
    leaves_out,
    read_plain,
    read_source,
    selected,
)
from outbox_guard.facts import Fact, Unreadable
from outbox_guard.forking import nothing, side_by_side
from outbox_guard.frontends import PATTERNS, must_be_text, prepare
from outbox_guard.gathering import FactsByPath, Progress, gather
from outbox_guard.names import Zones
from outbox_guard.parseable import PYTHON, broken
from outbox_guard.sieve import Earlier, Sieve, Sifted, digest, handed_on
from outbox_guard.sources import Source
from outbox_guard.subprojects import shares
from outbox_guard.trees import Tree

if TYPE_CHECKING:  # whoever has nothing to read needs no cache
    from outbox_guard.cache.entries import Cache
    from outbox_guard.cache.storing import Kept

WORTH = 250  # files to look at that make up for a further process

_LookedAt = tuple[list[str], list[str], dict[str, bytes]]
Reader = Callable[[Sequence[str], Tree, Progress | None], FactsByPath]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to report on, and how to read."""

    paths: tuple[str, ...] = ()  # the whole project where there are none
    cwd: Path | None = None  # what they are relative to
    held: Mapping[str, bytes | str] = field(default_factory=dict)  # what is in their place: typed
    typed_only: bool = False  # what is held is what happens to be open, and may be left out
    sieved: bool = True
    executor: str = ""  # who reads, "dask=tcp://HOST:PORT"; processes of our own where it is empty
    cached: bool = False  # whether facts may come from the user's cache, and go there
    nearest: bool = True  # a folder with a configuration of its own is judged by that
    every_call: bool = False  # a rule of the user's may ask about any call on a pool
    reader: Reader | None = None  # in place of processes that read all files anew

    @property
    def is_plain(self) -> bool:
        """Whether it is read as most runs do it, and something may be kept of that."""
        unusual = self.held or self.executor or self.reader or not self.nearest
        return self.cached and self.sieved and not unusual

    def is_whole(self, root: Path) -> bool:
        """Whether all of a project is reported on: no path is named, or its own folder is."""
        if self.held:
            return False
        cwd = self.cwd or Path.cwd()
        return not self.paths or any(_is_at(cwd / path, root) for path in self.paths)


def _is_at(path: Path, root: Path) -> bool:
    try:
        return os.path.realpath(path) == str(root)
    except (OSError, ValueError):  # a name too long, a NUL: told where the path is looked up
        return False


@dataclass(frozen=True, slots=True)
class Intake:
    """What was looked at, and what it says."""

    facts: tuple[Fact, ...]
    tree: Tree
    reported: frozenset[str]
    parsed: int  # of the reported files
    inner: Mapping[str, tuple[str, ...]]  # projects inside, and the paths to report on in each
    by_path: FactsByPath  # of the files that were read
    unread: tuple[Unreadable, ...]  # what can be said of files before any is read
    trace: Trace | None = None  # where all that was followed is known


@dataclass(frozen=True, slots=True)
class Trace:
    """What had a part in a run, so that the next one may leave out the rest."""

    files: tuple[str, ...]  # in scope
    touched: frozenset[str]  # the files whose text had a part
    words: tuple[bytes, ...]  # `Sieve.words`
    given: frozenset[bytes]  # names that files hand on


def take_in(
    root: Path, config: Config, request: Request, progress: Progress | None = None
) -> Intake:
    """Read a project; the paths choose what is reported, never what is read."""
    inner = projects_inside if request.nearest else lambda _root, _names: ()
    discovered = discover(root, PATTERNS, config.exclude, config.zones, inner)
    files = _Files(discovered, config.zones, _held(request, discovered, config))
    cwd = request.cwd or Path.cwd()
    shared = shares(request.paths, discovered.inner, discovered.root, cwd)
    reported = files.overlaid
    if not request.held and shared.own is not None:
        reported = selected(shared.own, discovered, cwd=cwd)
    paths = sorted({*discovered.files, *reported} - files.troubled)
    everything = frozenset((*paths, *discovered.others))
    sieve = Sieve.over(config.names, everything, every_call=request.every_call)
    kept = _kept(discovered.root) if request.is_plain and len(paths) >= WORTH else None
    sorted_ = _sorted(paths, files, sieve, reported, kept)
    tree = Tree(config.names, everything, files.open, sorted_.sifted.carriers, request.every_call)
    matters = sorted_.read if request.sieved else sorted_.texts
    cache = _cache(kept or _kept(discovered.root)) if request.cached and matters else None
    own = partial(gather, cache=cache, executor=request.executor, size=files.size)
    reader = request.reader or own
    by_path = reader(matters, tree, progress)
    untold = (*discovered.unreadable, *sorted_.unreadable)
    facts = (*untold, *(fact for path in matters for fact in by_path[path]))
    unread = {fact.place.path for fact in facts if isinstance(fact, Unreadable)}
    parsed = len(reported.intersection(matters) - unread)
    inner_paths = {} if request.held else shared.inner
    trace = None
    if request.is_plain and reported.issubset(discovered.files) and not discovered.inner:
        trace = _trace(sorted_, sieve, tree, cache, matters)
    return Intake(facts, tree, reported, parsed, inner_paths, by_path, untold, trace)


def _held(request: Request, discovered: Discovered, config: Config) -> Mapping[str, bytes | str]:
    if not request.typed_only:
        return request.held
    listed = frozenset((*discovered.files, *(fact.place.path for fact in discovered.unreadable)))
    left_out = partial(leaves_out, root=discovered.root, exclude=config.exclude, listed=listed)
    return {path: text for path, text in request.held.items() if not left_out(path)}


@dataclass(frozen=True, slots=True)
class _Files:
    """The files on disk, and what an editor holds in the place of some."""

    discovered: Discovered
    zones: Zones
    held: Mapping[str, bytes | str]

    @property
    def overlaid(self) -> frozenset[str]:
        return frozenset(self.held)

    @property
    def troubled(self) -> frozenset[str]:
        return frozenset(fact.place.path for fact in self.discovered.unreadable) - self.overlaid

    def open(self, path: str) -> Source | Unreadable:
        zone = self.zones.of(path)
        if path in self.held:
            held = self.held[path]
            return as_typed(held, path, zone) if isinstance(held, str) else decode(held, path, zone)
        return read_source(self.discovered.file(path), path, zone)

    def size(self, path: str) -> int:
        """Of the file on disk; it may be gone."""
        try:
            return self.discovered.file(path).stat().st_size
        except OSError:
            return 0

    def utf8(self, path: str) -> bytes | Unreadable:
        """The same as bytes: those on disk, mostly."""
        held = self.held.get(path)
        if held is None and (plain := read_plain(self.discovered.name(path), path)) is not None:
            return plain
        if isinstance(held, bytes) and is_plain(held, path):
            return held
        found = self.open(path)
        return found if isinstance(found, Unreadable) else found.text.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Files by what becomes of them, in order."""

    texts: tuple[str, ...]  # all but the unreadable
    read: tuple[str, ...]  # of these, the ones that may matter
    sifted: Sifted
    untold: frozenset[str]  # what cannot be read
    unreadable: tuple[Unreadable, ...]  # of these, what is to be told of


def _sorted(
    paths: Sequence[str],
    files: _Files,
    sieve: Sieve,
    reported: Collection[str],
    kept: Kept | None,
) -> _Sorted:
    contents = Contents(files.utf8)
    key = "" if kept is None else kept.key("sifted", repr(sieve))
    earlier = None if kept is None else Earlier.unpacked(kept.storage.load(key))
    passed: list[str] = []
    unreadable: list[str] = []
    digests: dict[str, bytes] = {}
    work = partial(_looked_at, contents, sieve, earlier)
    heard = nothing if earlier is not None and earlier.digests else _prepared
    for some, others, sums in side_by_side(work, paths, worth=WORTH, heard=heard):
        passed += some
        unreadable += others
        digests |= sums
    facts = [fact for path in sorted(unreadable) if not isinstance(fact := files.utf8(path), bytes)]
    texts = tuple(path for path in paths if path not in set(unreadable))
    if earlier is not None:
        earlier.compared(digests)
    sifted = handed_on(sieve, passed, texts, contents, earlier)
    if kept is not None and earlier is not None and digests != earlier.digests:
        kept.storage.save(key, earlier.packed(digests, passed))
    rest = (path for path in texts if path in reported and path not in sifted.passed)
    code = ((path, contents[path].decode()) for path in rest if path.endswith(PYTHON))
    matters = sifted.passed.union(broken(code))
    return _Sorted(
        texts,
        tuple(path for path in texts if path in matters),
        sifted,
        frozenset(unreadable),
        tuple(fact for fact in facts if must_be_text(fact.place.path)),
    )


def _trace(
    sorted_: _Sorted, sieve: Sieve, tree: Tree, cache: Cache | None, read_: Sequence[str]
) -> Trace | None:
    touched = sorted_.untold.union(read_, sorted_.sifted.takers)
    for path in read_:
        followed = None if cache is None else cache.followed(path, tree)
        if followed is None:
            return None
        touched |= followed
    files = (*sorted_.texts, *sorted_.untold)
    told = frozenset(path for path in files if sieve.is_told_by_path(path))
    return Trace(files, touched | told, sieve.words, sorted_.sifted.given)


def _prepared(looked_at: _LookedAt) -> None:
    """Import what the first file that passes needs, while others are still looked at."""
    passed, _, _ = looked_at
    if passed:
        prepare(passed)


def _looked_at(
    contents: Contents, sieve: Sieve, earlier: Earlier | None, paths: Sequence[str]
) -> _LookedAt:
    """Of these files, those that can matter by themselves, and those that cannot be read.

    Where something is known from earlier, also what they are known by.
    """
    passed: list[str] = []
    unreadable: list[str] = []
    digests: dict[str, bytes] = {}
    for path in paths:
        found = contents.look(path)
        if not isinstance(found, bytes):
            unreadable.append(path)
        elif earlier is None:
            passed += [path] * sieve.passes(path, found)
        else:
            digests[path] = digest(found)
            known = digests[path] == earlier.digests.get(path)
            if path in earlier.passed if known else sieve.passes(path, found):
                passed.append(path)
    return passed, unreadable, digests


def _kept(root: Path) -> Kept | None:
    from outbox_guard.cache.storing import kept_of

    return kept_of(root)


def _cache(kept: Kept | None) -> Cache | None:
    if kept is None:
        return None
    from outbox_guard.cache.entries import Cache

    return Cache(kept.storage, kept.stamp)
