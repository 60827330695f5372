"""What was seen in the functions of a file, after lines were added or taken away above them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.facts import Place
from outbox_guard.facts.moving import shifted
from outbox_guard.frontends.python.incremental.impact import units
from outbox_guard.frontends.python.judging.ledger import enter
from outbox_guard.frontends.python.judging.sightings import Sightings
from outbox_guard.frontends.python.parsing.outlines import Outline
from outbox_guard.frontends.python.tracing.episodes import Episode, Name


def moved(
    episodes: dict[Name, Episode], before: Outline, after: Outline, path: str
) -> dict[Name, Episode] | None:
    """With all places where they are now; None where that cannot be said."""
    shifts = _Shifts(before, after, path)
    if not shifts.any:
        return episodes
    there = {name: _shifted(each, shifts) for name, each in episodes.items()}
    return None if shifts.lost else there


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
