"""The facts of files: those that are known already, and those of the others read anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from outbox_guard.checking import prepare_to_fold, read
from outbox_guard.discovery import unreadable
from outbox_guard.facts import Fact, Unreadable
from outbox_guard.frontends import prepare
from outbox_guard.trees import Tree

if TYPE_CHECKING:  # whoever has nothing to read needs no cache
    from outbox_guard.cache.entries import Cache

FEW = 8  # of so many files one is counted among the heaviest

Facts = tuple[Fact, ...]
Progress = Callable[[int, int], None]  # files read, of how many
FactsByPath = Mapping[str, Facts]


def gather(
    paths: Sequence[str],
    tree: Tree,
    progress: Progress | None,
    *,
    cache: Cache | None,
    executor: str,
    size: Callable[[str], int],
) -> FactsByPath:
    """The facts of all files: those that are known, and the others read anew."""
    results = dict(_known(paths, tree, cache))
    missing = _heaviest_first([path for path in paths if path not in results], size)
    for path, facts in _read_anew(missing, tree, cache, executor) if missing else ():
        results[path] = facts
        if progress is not None:
            progress(len(results), len(paths))
    return results


def _heaviest_first(paths: Sequence[str], size: Callable[[str], int]) -> list[str]:
    """The large ones, so that no process is left with one at the end.

    The others stay side by side: they import the same modules.
    """
    heaviest = sorted(paths, key=size, reverse=True)[: len(paths) // FEW]
    return list(dict.fromkeys((*heaviest, *paths)))


def _known(paths: Sequence[str], tree: Tree, cache: Cache | None) -> Iterator[tuple[str, Facts]]:
    if cache is None:
        return
    for path in paths:
        facts = cache.facts(path, tree)
        if facts is not None:
            yield path, facts


def _read_anew(
    paths: Sequence[str], tree: Tree, cache: Cache | None, executor: str
) -> Iterator[tuple[str, Facts]]:
    from outbox_guard.reading import Lost, read_all, read_with  # most runs have nothing to read

    if executor:  # its workers have no cache of ours
        outcomes = read_with(executor, paths, partial(_facts, tree, None))
    else:
        reader = partial(_facts, tree, cache)
        ready = partial(prepare, paths)
        outcomes = read_all(paths, reader, prepare=ready, meanwhile=prepare_to_fold)
    for path, outcome in outcomes:
        if isinstance(outcome, Lost):
            yield path, (unreadable(path, tree.names.zones.of(path), outcome.reason),)
        else:
            yield path, outcome
    if cache is not None:
        cache.storage.forget_the_old()


def _facts(tree: Tree, cache: Cache | None, path: str) -> Facts:
    found = tree.open(path)
    if isinstance(found, Unreadable):
        return (found,)
    if cache is None:
        return read(path, tree)
    from outbox_guard.cache.questions import Recorded

    recorded = Recorded(tree)
    facts = read(path, recorded)
    cache.keep(path, recorded, facts)
    return facts
