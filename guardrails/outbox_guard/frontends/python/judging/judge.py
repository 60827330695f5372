"""Texts that reach the database, or may, to the facts of the SQL in them."""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from outbox_guard.facts import (
    Comparison,
    Declaration,
    Explained,
    Fact,
    Followed,
    Place,
    RoleSwitch,
    Undetermined,
    Write,
)
from outbox_guard.frontends.python.judging.binding import binds_of
from outbox_guard.frontends.python.judging.ledger import Ledger
from outbox_guard.frontends.python.judging.memo import read_text
from outbox_guard.frontends.python.judging.sessions import Sessions, State
from outbox_guard.frontends.python.judging.sightings import Sightings
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import texts
from outbox_guard.frontends.python.values.kinds import (
    LEFT_OUT,
    Items,
    Mapping,
    Rows,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Gap, Literal, Piece, Segment, Text
from outbox_guard.frontends.python.values.sharing import once
from outbox_guard.frontends.sql import Left, is_statement
from outbox_guard.frontends.sql.lexing.mentions import Mentions
from outbox_guard.frontends.sql.lexing.text import NO_BINDS, Binds, Hole, SqlText, Statement
from outbox_guard.sources import Project

NOWHERE = Place("", 1, 1, 1, 1)  # of a text that no literal of the project holds
FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*([A-Za-z]+|_hole_)", re.DOTALL)
LAYS_OUT = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$))*(?:create|alter|drop|comment|grant|revoke|do)\b", re.IGNORECASE
)
SQL_VERBS = frozenset(
    """
    select insert update delete merge with copy truncate set reset discard create alter drop grant
    revoke do call begin start declare explain prepare execute lock values table comment
    """.split()
)


class Judge:
    """Collects the facts of one file while its code is being followed.

    A text that is run is SQL. One that is only held (bound, returned, handed to a stranger) is SQL
    if it is a whole statement and nothing explains it: see `facts`.
    """

    def __init__(self, project: Project) -> None:
        self.names = project.names
        self.matters = project.mentions
        self.guarded = Mentions(project.names)
        self.on_behalf_of = ""  # the function that takes a migration back, while it is followed
        self.muted = 0  # while another file's top level is run for its names
        self.seen = Sightings()
        self.ledger = Ledger(self.seen.writes)
        self.sessions = Sessions()
        self._read: dict[tuple[Text, str, str, int], tuple[tuple[Statement, ...], Left]] = {}
        self._held: dict[int, Text] = {}  # by identity, those that were held

    def look(self, seen: Sightings) -> None:
        """What is seen from now on belongs to these."""
        self.seen, self.ledger.page = seen, seen.writes
        self._held = {}

    @contextmanager
    def mute(self) -> Iterator[None]:
        """While code is followed that does nothing here."""
        self.muted += 1
        try:
            yield
        finally:
            self.muted -= 1

    def record(self, fact: Fact) -> None:
        if self.muted or fact.place == NOWHERE:
            return
        if isinstance(fact, Write):
            self.ledger.enter(fact)
            return
        if self.on_behalf_of and isinstance(fact, Declaration):
            fact = dataclasses.replace(fact, inside=self.on_behalf_of)
        self.seen.facts[fact] = None

    def run(
        self, value: Value, binds: Binds = NO_BINDS, *, inside: str = "", line: str = ""
    ) -> Rows:
        """A value is handed to what runs SQL, on the connection of a line; what it returns."""
        locked: dict[str, None] = {}
        cut = LEFT_OUT in options(value)
        sessions, before = self.sessions, self.sessions.state
        ends: list[State] = []
        for option in options(value):  # of alternatives, one is run
            sessions.state = before
            for text, given in _runs(option, binds):
                if not self._is_run(text, line):
                    continue
                if not self.muted:
                    self.seen.left_out = self.seen.left_out or cut
                    self.seen.run.update(text.literals)
                locked.update(dict.fromkeys(self._run_one(text, given, inside, line)))
            ends.append(sessions.state)
        sessions.meet(ends)
        return Rows(tuple(locked), line=line)

    def _is_run(self, text: Text, line: str) -> bool:
        return self.is_sql(text) or self.sessions.on(line).concerns(sql_text(text).text)

    def _run_one(self, text: Text, binds: Binds, inside: str, line: str) -> Iterator[str]:
        """The tables whose locked rows a text returns."""
        found, left = self._statements(text, binds, inside, line)
        for statement in found:
            for fact in statement.facts:
                self.record(fact)
            yield from statement.locked
        if line and not self.muted:
            self.sessions.leave(line, left)

    def _passes_on(self, whole: str, binds: Binds) -> bool:
        """Whether another statement may find here what no table of the outbox is named for."""
        states = self.names.outbox.forbidden_states
        given = (*binds.positional, *binds.named.values())
        if any(bind.locked or not set(states).isdisjoint(bind.values) for bind in given):
            return True
        return any(state in whole for state in states)

    def explain(self, value: Value) -> None:
        """A value goes where no SQL is run: a log, an exception, a comparison."""
        if not self.muted:
            for text in texts(value):
                if self.matters(sql_text(text).text):
                    self.seen.explained.update(dict.fromkeys(text.literals))

    def hold(self, value: Value, inside: str = "") -> None:
        """A value gets a name, or leaves the file's sight."""
        if not self.muted:
            for text in texts(value):
                # A list that grows in a loop is held anew each time, with all that it held before.
                if id(text) in self._held:
                    continue
                self._held[id(text)] = text
                whole = sql_text(text).text
                if self.matters(whole):
                    self.seen.held.setdefault(text, inside)
                    guarded = self.seen.names_a_table or self.guarded.found_in(whole)
                    self.seen.names_a_table = guarded

    def hand(self, value: Value, inside: str = "") -> None:
        """A value is returned, or handed to something that is not in view."""
        self.hold(value, inside)
        if not self.muted:
            for text in texts(value):
                self.seen.used.update(text.literals)

    def is_sql(self, text: Text) -> bool:
        """Whether a text that reaches the database can be SQL at all."""
        if text.composed:
            return True
        return bool(self.first_word(sql_text(text).text))

    def is_whole(self, value: Value) -> bool:
        """Whether a value is a whole statement that matters."""
        text = sql_text(value).text if isinstance(value, Text) else ""
        return bool(text) and self.matters(text) and is_statement(text)

    @staticmethod
    def first_word(whole: str) -> str:
        """The verb or the stand-in that a text begins with, "" where it begins with neither."""
        match = FIRST_WORD.match(whole)
        first = match[1].lower() if match else ""
        return first if first in SQL_VERBS or first == "_hole_" else ""

    def facts(self, seen: Sightings) -> Iterator[Fact]:
        """Everything found, at the end of the file, of all that was seen."""
        self.look(last := Sightings())
        for text, inside in seen.held.items():
            yield from self._standing(seen, text, inside)
        reached = seen.used | seen.run
        for literal in seen.explained:  # in the order in which they were seen
            if isinstance(literal, Literal) and literal not in reached:
                yield Explained(place=literal.place)
        yield from {**seen.facts, **last.facts}
        yield from seen.writes.values()

    def _standing(self, seen: Sightings, text: Text, inside: str) -> Iterator[Fact]:
        """The facts of a statement that was not seen to be run."""
        literals = text.literals
        if literals & seen.run:
            return
        if literals & seen.explained.keys() and not literals & seen.used:
            return
        whole = sql_text(text)
        if not is_statement(whole.text):
            return
        first = next(text.pieces, None)
        origin = first.literal.place if first and isinstance(first.literal, Literal) else None
        if origin is not None and origin.path.endswith(".pyi"):
            return  # a stub runs nothing
        free = not literals & seen.used
        for statement in self._statements(text, NO_BINDS, inside)[0]:
            for fact in statement.facts:
                if free and isinstance(fact, Write | RoleSwitch | Comparison | Undetermined):
                    yield dataclasses.replace(fact, standing=True, text=origin)
                else:
                    yield fact

    def _statements(
        self, text: Text, binds: Binds, inside: str, line: str = ""
    ) -> tuple[tuple[Statement, ...], Left]:
        """What a text does on the connection of a line, and what is left there then."""
        left, whole = self.sessions.on(line), sql_text(text)
        self.sessions.runs += 1
        self.sessions.uses += bool(left)
        matters = self.matters(whole.text) or _lays_out(whole) or left.concerns(whole.text)
        if not (matters or (line and self._passes_on(whole.text, binds))):
            return (), left
        key = (text, repr(binds), inside, self.sessions.known_as(left))
        if key not in self._read:
            found = read_text(text, whole, self.names, binds=binds, inside=inside, left=left)
            self._read[key] = found
        for statement in self._read[key][0]:
            if statement.followed and (statement.facts or statement.locked):
                self.record(Followed(place=whole.place(0, 0), verb=statement.verb))
        return self._read[key]


def _lays_out(sql: SqlText) -> bool:
    """Whether it is DDL of a migration: what the outbox's tables are made of need not name them."""
    return LAYS_OUT.match(sql.text) is not None and sql.place(0, 0).zone == "schema"


def _runs(value: Value, binds: Binds) -> Iterator[tuple[Text, Binds]]:
    """The texts to run; of a list, each, and what a pair gives to its placeholders."""
    for option in options(value):
        match option:
            case Text():
                yield option, binds
            case Items(items=(Text() as text, (Items() | Mapping()) as given)):
                yield text, binds_of(Arguments((given,)), 0)
            case Items(items=members):
                for member in members:
                    yield from _runs(member, NO_BINDS)


@once
def sql_text(text: Text) -> SqlText:
    """A text with stand-ins for what is unknown, and the place of each character."""
    parts: list[str] = []
    starts: list[int] = []
    holes: list[Hole] = []
    at = 0
    for segment in text.segments:
        part = f"_hole_{len(holes) + 1}_" if isinstance(segment, Gap) else segment.text
        if isinstance(segment, Gap):
            holes.append(Hole(at, at + len(part), segment.kind, bool(segment.locked)))
        parts.append(part)
        starts.append(at)
        at += len(part)
    return SqlText("".join(parts), partial(_place, text.segments, starts), tuple(holes))


def _place(segments: Sequence[Segment], starts: list[int], start: int, end: int) -> Place:
    """Where characters stand: the nearest piece's place for those that stand nowhere."""
    index = max(bisect_right(starts, start) - 1, 0)
    segment = segments[index]
    if isinstance(segment, Gap) and segment.literal is not None:
        return segment.literal.place
    if isinstance(segment, Piece) and segment.offsets:
        first = min(start - starts[index], len(segment.offsets) - 1)
        last = min(end - starts[index], len(segment.offsets))
        return segment.place(first, max(last, first))
    after = (s for s in segments[index:] if isinstance(s, Piece) and s.offsets)
    before = (s for s in reversed(segments[:index]) if isinstance(s, Piece) and s.offsets)
    nearest = next(after, None) or next(before, None)
    return nearest.place(0, 0) if nearest else NOWHERE
