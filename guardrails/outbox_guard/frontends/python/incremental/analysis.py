"""An edited file followed anew where the edit matters, with what is kept of its last state.

The top level is followed each time. Of the functions, those are followed that the edit reaches
(`impact.py`), and those that had to do with one of them, or have to (`tracing/episodes.py`). Where
it turns out that this is not all, everything is followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import libcst

from outbox_guard.frontends.python.context.machine import MOST_STEPS
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.incremental.comparing import alike, may_be_one
from outbox_guard.frontends.python.incremental.impact import OPAQUE, Reach
from outbox_guard.frontends.python.incremental.shifting import moved
from outbox_guard.frontends.python.interpreter.interpreter import Interpreter
from outbox_guard.frontends.python.judging.judge import Judge
from outbox_guard.frontends.python.judging.sightings import Sightings, together
from outbox_guard.frontends.python.parsing.outlines import Outline
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.tracing.episodes import TOP, Episode, Made, Name
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Value,
)
from outbox_guard.sources import Project

RESTS = 4  # states that are followed whole after one for which a part was not enough
WORTH = 0.5  # of the steps must be saved: what is tried in vain is done again


Episodes = dict[Name, Episode]


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """What is known of one state of a file."""

    outline: Outline
    episodes: Episodes
    objects: dict[str, tuple[tuple[str, Value], ...]]  # those on which methods are called
    grouped: frozenset[str]  # classes that take part in what other files do
    circumstances: tuple[bool, ...]
    asked: frozenset[str]  # what other files ask for
    rests: int  # states for which no part is tried


def followed(syntax: Syntax, project: Project) -> tuple[Interpreter, Sightings]:
    """All that is seen in a file."""
    path, memory = syntax.source.path, project.memory
    if memory is None or syntax.known is None or OPAQUE.search(syntax.source.text):
        return _together(*_whole(syntax, project))
    known = memory.pop(path, None)
    if not isinstance(known, Kept):
        known = None
    tries = known is not None and not known.rests
    found = _partly(syntax, syntax.known, project, known) if known and tries else None
    in_vain = found is None and tries
    run, episodes = found or _whole(syntax, project)
    if _can_be_kept(run, episodes.values()):
        rests = RESTS if in_vain else max(0, known.rests - 1) if known else 0
        memory[path] = _kept(run, syntax, syntax.known, episodes, known, rests)
    return _together(run, episodes)


def _whole(syntax: Syntax, project: Project) -> tuple[Interpreter, Episodes]:
    run = Interpreter(project, Judge(project))
    run.run(syntax)
    return run, dict(_in_order(run, run.diary.all))


def _together(run: Interpreter, episodes: Episodes) -> tuple[Interpreter, Sightings]:
    return run, together(each.seen for each in episodes.values())


def _kept(
    run: Interpreter,
    syntax: Syntax,
    outline: Outline,
    episodes: Episodes,
    known: Kept | None,
    rests: int,
) -> Kept:
    """What is known of a state, some of it from the one before."""
    return Kept(
        outline,
        episodes,
        {**(known.objects if known else {}), **_objects(run)},
        _grouped(run, syntax),
        run.circumstances,
        frozenset(run.diary.asked | (known.asked if known else set())),
        rests,
    )


def _in_order(run: Interpreter, episodes: Episodes) -> Iterator[tuple[Name, Episode]]:
    """As they come where all is followed."""
    yield TOP, episodes[TOP]
    for name in run.names():
        origin = (None, episodes[name].of)
        yield name, episodes[name]
        if origin in episodes:
            yield origin, episodes[origin]


def _partly(
    syntax: Syntax, outline: Outline, project: Project, known: Kept
) -> tuple[Interpreter, Episodes] | None:
    """Only what the edit matters to is followed; None where that turns out to be too little."""
    choice = _Choice(known, outline, syntax)
    run = Interpreter(project, Judge(project))
    run.run(syntax, choice.kept)
    kept = choice.episodes
    if not kept:
        return run, dict(_in_order(run, run.diary.all))
    if not _can_be_kept(run, run.diary.all.values()) or not _is_enough(run, known, kept):
        return None
    there = moved(kept, known.outline, outline, syntax.source.path)
    return None if there is None else (run, dict(_in_order(run, {**there, **run.diary.all})))


class _Choice:
    """Which functions are followed anew."""

    def __init__(self, known: Kept, outline: Outline, syntax: Syntax) -> None:
        self._known, self._outline, self._syntax = known, outline, syntax
        self.episodes: Episodes = {}  # that are kept

    def kept(self, run: Interpreter, scope: Scope) -> Episodes:
        """Asked after the top level has been followed."""
        del scope
        known = self._known
        run.diary.pause()
        top, before = run.diary.all[TOP], known.episodes[TOP]
        grouped = known.grouped | _grouped(run, self._syntax)
        if run.circumstances != known.circumstances or top.counts != before.counts:
            return {}
        names = list(dict.fromkeys(run.names()))
        reach = Reach(known.outline, self._outline, grouped)
        if known.asked and (reach.classes or "" in known.asked or reach.names & known.asked):
            return {}
        again = _told(top) != _told(before)
        changed = {name for name in names if self._is_changed(name, reach, again=again)}
        units = (reach.unit(node) for node, _ in changed if node is not None)
        classes = {unit.cls for unit in units if unit is not None}
        classes.update(cls for _, cls in changed)
        anew = self._anew(changed, names, classes)
        origins = self._origins(name for name in names if name not in anew) - {TOP}
        every = [name for name in (*names, *origins) if name in known.episodes]
        kept = {name: known.episodes[name] for name in every if name not in anew}
        saved, whole = (sum(known.episodes[name].steps for name in some) for some in (kept, every))
        if saved >= WORTH * whole:
            self.episodes = kept
        return self.episodes

    def _is_changed(self, name: Name, reach: Reach, *, again: bool) -> bool:
        """Whether a function means something else now, or may find something else."""
        episode = self._known.episodes.get(name)
        node, cls = name
        if episode is None or node is None or (again and TOP in episode.needs):
            return True
        reached = reach.has(node)
        if reached is None:
            reached = not cls or cls in reach.classes
        return reached or (episode.lends and bool(reach.classes))

    def _anew(
        self, changed: set[Name], names: Collection[Name], classes: Iterable[str]
    ) -> set[Name]:
        """What has to be followed because of that."""
        known = self._known.episodes
        gone = known.keys() - {*names, *self._origins(names), TOP}
        lost = {*changed, *self._origins(changed), *gone}
        anew = changed | {name for name in known if known[name].needs & lost}
        anew |= {each for cls in classes for each in self._of(cls)}
        waiting = list(anew)
        while waiting:
            more = {each for name in waiting for each in self._with(name)} - anew - {TOP}
            anew |= more
            waiting = list(more)
        return anew

    def _origins(self, names: Iterable[Name]) -> set[Name]:
        known = self._known.episodes
        return {(None, known[name].of) for name in names if name in known}

    def _with(self, name: Name) -> Iterator[Name]:
        """What must be followed where this one is."""
        known = self._known.episodes
        episode = known.get(name)
        if episode is None:
            return
        yield from episode.needs
        yield from self._of(episode.of)
        if name[0] is None:  # made where the first of these is followed
            yield next(each for each in known if known[each].of == name[1])

    def _of(self, cls: str) -> Iterator[Name]:
        """What must be followed where a method of this class is."""
        if cls:
            yield None, cls
            yield from (n for n, each in self._known.episodes.items() if cls in each.changes)


def _can_be_kept(run: Interpreter, episodes: Iterable[Episode]) -> bool:
    """Whether its functions had no more to do with each other than was noted."""
    budget = run.budget
    every = list(episodes)
    return not (
        run.diary.twice
        or run.judge.sessions.carries
        or any(each.entangled for each in every)
        or any(scope.rebound for scope in run.modules)
        or budget.cut is not None
        or budget.too_deep
        or budget.too_many
        or budget.left_out
        or budget.left_to_read < 0
        or sum(each.steps for each in every) > MOST_STEPS
        or sum(each.size for each in every) > budget.left_to_read + budget.size
    )


def _is_enough(run: Interpreter, known: Kept, kept: Episodes) -> bool:
    """Whether what is kept cannot tell that the others were followed anew."""
    fresh = run.diary.all
    if run.circumstances != known.circumstances or not run.fits:
        return False
    lost = [each for name, each in known.episodes.items() if name not in kept]
    if _overlaps([*kept.values()], [*fresh.values()], lost):
        return False
    changed = {cls for each in fresh.values() for cls in each.changes}
    changed |= {c for name in fresh if name in known.episodes for c in known.episodes[name].changes}
    objects = _objects(run)
    return all(alike(known.objects.get(cls, ()), objects.get(cls, ())) for cls in changed)


def _told(episode: Episode) -> list[tuple[libcst.CSTNode, Arguments]]:
    return [(node, arguments) for node, _, arguments in episode.made]


def _counted(episodes: Iterable[Episode]) -> set[libcst.CSTNode]:
    """The functions of which only so many calls are followed, and that are called."""
    return {n for each in episodes for n in (*each.counts, *(node for node, _, _ in each.refused))}


def _overlaps(
    kept: Collection[Episode], fresh: Collection[Episode], lost: Collection[Episode]
) -> bool:
    """Whether some call may count in another place, or not count, where all is followed.

    That matters where more calls of a function are made than are followed.
    """
    shared = _counted(kept) & _counted((*fresh, *lost))
    shared &= {node for each in (*kept, *fresh) for node, _, _ in each.refused}
    if any(shared & each.late for each in (*kept, *fresh)):
        return True
    before, refused = _by_node(each.made for each in kept), _by_node(e.refused for e in kept)
    made = (call for each in fresh for call in each.made)
    waiting = (call for each in fresh for call in each.refused)
    return bool(shared) and any(
        may_be_one(call, other)
        for call, known in (
            *((call, (*before[call[0]], *refused[call[0]])) for call in made),
            *((call, before[call[0]]) for call in waiting),
        )
        for other in known
    )


def _by_node(calls: Iterable[Iterable[Made]]) -> defaultdict[libcst.CSTNode, list[Made]]:
    found: defaultdict[libcst.CSTNode, list[Made]] = defaultdict(list)
    for call in chain.from_iterable(calls):
        found[call[0]].append(call)
    return found


def _objects(run: Interpreter) -> dict[str, tuple[tuple[str, Value], ...]]:
    return {made.of.name: tuple(made.attributes.items()) for made in run.entries.objects}


def _grouped(run: Interpreter, syntax: Syntax) -> frozenset[str]:
    """The classes of a file with bases in other ones."""
    return frozenset(
        cls.name
        for scope in run.modules
        for cls in scope.names.values()
        if isinstance(cls, Class)
        if cls.syntax is syntax
        if any(owner.syntax is not syntax for owner in cls.mro)
    )
