"""An edited file followed anew where the edit matters, with what is kept of its last state.

The top level is followed each time. Of the functions, those are followed that the edit reaches
(`reaching.py`), and those that had to do with one of them, or have to (`episodes.py`). Where it
turns out that this is not all, everything is followed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import libcst

from outbox_guard.facts import Place
from outbox_guard.facts.moving import shifted
from outbox_guard.frontends.python.episodes import TOP, Episode, Name
from outbox_guard.frontends.python.interpreter import Interpreter
from outbox_guard.frontends.python.judging import Judge
from outbox_guard.frontends.python.ledger import enter
from outbox_guard.frontends.python.machine import MOST_CALLS, MOST_STEPS
from outbox_guard.frontends.python.outlines import Outline
from outbox_guard.frontends.python.reaching import OPAQUE, Reach, units
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.sightings import Sightings, together
from outbox_guard.frontends.python.syntax import Syntax
from outbox_guard.frontends.python.values import Class, Function, Object, Value
from outbox_guard.sources import Project


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """What is known of one state of a file."""

    outline: Outline
    episodes: dict[Name, Episode]
    objects: dict[str, tuple[tuple[str, Value], ...]]  # those on which methods are called
    grouped: frozenset[str]  # classes that take part in what other files do
    circumstances: tuple[bool, ...]


def followed(syntax: Syntax, project: Project) -> tuple[Interpreter, Sightings]:
    """All that is seen in a file."""
    path, memory = syntax.source.path, project.memory
    if memory is None or syntax.known is None:
        return _whole(syntax, project)
    known = memory.pop(path, None)
    if OPAQUE.search(syntax.source.text):
        return _whole(syntax, project)
    found = _partly(syntax, syntax.known, project, known) if isinstance(known, Kept) else None
    if found is None:
        run = Interpreter(project, Judge(project))
        run.run(syntax)
        found = run, run.diary.all
    run, episodes = found
    episodes = dict(_in_order(run, episodes))
    if _can_be_kept(run, episodes.values()):
        memory[path] = Kept(
            syntax.known,
            episodes,
            {**(known.objects if isinstance(known, Kept) else {}), **_objects(run)},
            _grouped(run, syntax),
            run.circumstances,
        )
    return run, together(each.seen for each in episodes.values())


def _whole(syntax: Syntax, project: Project) -> tuple[Interpreter, Sightings]:
    run = Interpreter(project, Judge(project))
    run.run(syntax)
    episodes = dict(_in_order(run, run.diary.all))
    return run, together(each.seen for each in episodes.values())


def _in_order(run: Interpreter, episodes: dict[Name, Episode]) -> Iterator[tuple[Name, Episode]]:
    """As they come where all is followed."""
    yield TOP, episodes[TOP]
    for name in run.names():
        origin = (None, episodes[name].of)
        yield name, episodes[name]
        if origin in episodes:
            yield origin, episodes[origin]


def _partly(
    syntax: Syntax, outline: Outline, project: Project, known: Kept
) -> tuple[Interpreter, dict[Name, Episode]] | None:
    """Only what the edit matters to is followed; None where that turns out to be too little."""
    choice = _Choice(known, outline, syntax)
    run = Interpreter(project, Judge(project))
    run.run(syntax, choice.kept)
    kept = choice.episodes
    if not kept:
        return run, run.diary.all
    if not _can_be_kept(run, run.diary.all.values()) or not _is_enough(run, known, kept):
        return None
    moved = _moved(kept, known.outline, outline, syntax.source.path)
    return None if moved is None else (run, {**moved, **run.diary.all})


class _Choice:
    """Which functions are followed anew."""

    def __init__(self, known: Kept, outline: Outline, syntax: Syntax) -> None:
        self._known, self._outline, self._syntax = known, outline, syntax
        self.episodes: dict[Name, Episode] = {}  # that are kept

    def kept(self, run: Interpreter, scope: Scope) -> Collection[Name]:
        """Asked after the top level has been followed."""
        del scope
        known = self._known
        run.diary.pause()
        top, before = run.diary.all[TOP], known.episodes[TOP]
        grouped = known.grouped | _grouped(run, self._syntax)
        if run.circumstances != known.circumstances or top.calls != before.calls:
            return ()
        names = list(dict.fromkeys(run.names()))
        reach = Reach(known.outline, self._outline, grouped)
        again = top.followed != before.followed
        changed = {name for name in names if self._is_changed(name, reach, again=again)}
        units = (reach.unit(node) for node, _ in changed if node is not None)
        classes = {unit.cls for unit in units if unit is not None}
        classes.update(cls for _, cls in changed)
        anew = self._anew(changed, names, classes)
        origins = {(None, known.episodes[name].of) for name in names if name not in anew}
        for name in (*names, *origins):
            if name not in anew and name in known.episodes:
                self.episodes[name] = known.episodes[name]
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
        for node in episode.calls:
            callers = [each for each in known if node in known[each].calls]
            if any(node in known[each].refused for each in callers):
                yield from callers

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
        or run.diary.circular
        or run.judge.sessions.carries
        or any(each.entangled for each in every)
        or any(scope.rebound for scope in run.modules)
        or budget.cut is not None
        or budget.too_deep
        or budget.left_out
        or budget.left_to_read < 0
        or sum(each.steps for each in every) > MOST_STEPS
        or sum(each.size for each in every) > budget.left_to_read + budget.size
    )


def _is_enough(run: Interpreter, known: Kept, kept: dict[Name, Episode]) -> bool:
    """Whether what is kept cannot tell that the others were followed anew."""
    fresh = run.diary.all
    counted: Counter[libcst.CSTNode] = Counter()
    for episode in (*kept.values(), *fresh.values()):
        counted.update(episode.calls)
    if any(counted[node] > MOST_CALLS for each in kept.values() for node in each.calls):
        held = {n for each in kept.values() for n in each.calls if counted[n] > MOST_CALLS}
        if any(node in each.calls for each in fresh.values() for node in held):
            return False
    if run.circumstances != known.circumstances:
        return False
    changed = {cls for each in fresh.values() for cls in each.changes}
    changed |= {c for name in fresh if name in known.episodes for c in known.episodes[name].changes}
    now = _objects(run)
    return all(_alike(known.objects.get(cls, ()), now.get(cls, ())) for cls in changed)


def _objects(run: Interpreter) -> dict[str, tuple[tuple[str, Value], ...]]:
    return {made.of.name: tuple(made.attributes.items()) for made in run.entries.objects}


def _alike(one: object, other: object) -> bool:
    """Whether two values are the same, but for when they were made."""
    match one, other:
        case (Function(), Function()):
            return one.node is other.node
        case (Class(), Class()):
            return one.name == other.name
        case (Object(), Object()):
            return one.of.name == other.of.name and not (one.attributes or other.attributes)
        case (tuple(), tuple()):
            return len(one) == len(other) and all(map(_alike, one, other))
    return one == other


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


def _moved(
    episodes: dict[Name, Episode], before: Outline, after: Outline, path: str
) -> dict[Name, Episode] | None:
    """With all places where they are now; None where that cannot be said."""
    shifts = _Shifts(before, after, path)
    if not shifts.any:
        return episodes
    moved = {name: _shifted(each, shifts) for name, each in episodes.items()}
    return None if shifts.lost else moved


def _shifted(episode: Episode, shifts: _Shifts) -> Episode:
    seen = episode.seen
    facts = {shifted(fact, shifts.of): None for fact in seen.facts}
    made = Sightings(
        facts,
        {},
        seen.run,
        seen.explained,
        seen.used,
        seen.held,
        names_a_table=seen.names_a_table,
        left_out=seen.left_out,
    )
    for write in seen.writes.values():
        enter(made.writes, shifted(write, shifts.of))
    return replace(episode, seen=made)


class _Shifts:
    """By how many lines each line of a file has moved."""

    def __init__(self, before: Outline, after: Outline, path: str) -> None:
        now = {identity: start for start, _, identity in _spans(after)}
        spans = [
            (start, end, now[identity] - start if identity in now else None)
            for start, end, identity in _spans(before)
        ]
        self._path = path
        self._starts = [start for start, _, _ in spans]
        self._spans = spans
        self.any = any(by != 0 for _, _, by in spans if by is not None)
        self.lost = False  # whether something stood where nothing is as it was

    def of(self, place: Place) -> int:
        if place.path != self._path:
            return 0
        at = bisect_right(self._starts, place.line) - 1
        start, end, by = self._spans[at] if at >= 0 else (0, 0, None)
        if by is None or not start <= place.line < end:
            self.lost = True
            return 0
        return by


def _spans(outline: Outline) -> Iterator[tuple[int, int, object]]:
    """The lines of each unit."""
    line = 1 + outline.parts.head.count("\n")
    cls, foot = "", 0
    for unit in units(outline, ()):
        if foot and (unit.cls != cls or unit.part.members is not None):
            line, foot = line + foot, 0
        if unit.part.members is not None:
            cls, foot = unit.cls, unit.part.members.foot.count("\n")
        yield line, line + unit.lines, unit.identity
        line += unit.lines
