"""What was worked out of a statement, for as long as what it asked is answered the same.

Of a file that is edited most statements stay as they are. What such a one does depends on what it
asks of the statements before it, and on nothing else: that is noted, and compared with what is
known now. A statement that was moved to other lines takes its facts along.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar, cast

from outbox_guard.facts.moving import moved
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.routines.claims import Condition
from outbox_guard.frontends.sql.scripts.known import Known
from outbox_guard.frontends.sql.statements.step import Step

KEPT = 4  # results of one statement, each for other circumstances
Result = TypeVar("Result")
Held = TypeVar("Held")

_MISSING = object()


@dataclass(slots=True)
class _Answers:
    """What was asked of a mapping, and what it said."""

    values: dict[str, object] = field(default_factory=dict)
    names: dict[str, bool] = field(default_factory=dict)  # whether they are there
    whole: Mapping[str, object] | None = None

    def hold(self, now: Mapping[str, object]) -> bool:
        return (
            all((name in now) is said for name, said in self.names.items())
            and all(_same(now.get(name, _MISSING), said) for name, said in self.values.items())
            and (self.whole is None or self.whole == dict(now))
        )


def _same(one: object, other: object) -> bool:
    return one is other or one == other


@dataclass(slots=True)
class _Asked:
    """What a statement asked of what is known before it, and what else it may have looked at."""

    locked_by: tuple[Condition, ...]
    unchecked: bool
    answers: tuple[_Answers, ...]
    wanted: dict[str, bool] = field(default_factory=dict)

    def holds(self, known: Known) -> bool:
        """Whether all is answered as it was."""
        return (
            self.locked_by == known.locked_by
            and self.unchecked == known.unchecked
            and all((name in known.wanted) is said for name, said in self.wanted.items())
            and all(map(_Answers.hold, self.answers, _mappings(known)))
        )


@dataclass(slots=True)
class _Entry(Generic[Result]):
    asked: _Asked
    line: int  # on which the lines of the statement began
    result: Result


def recalled(
    kind: Hashable, passage: Passage, known: Known, work: Callable[[Known], Result]
) -> Result:
    """What `work` makes of a statement and of what is known before it, or made of it before."""
    if passage.memory is None:
        return work(known)
    entries = cast("list[_Entry[Result]]", passage.memory.setdefault(kind, []))
    line = passage.text.place(0, 0).line
    for index, entry in enumerate(entries):
        if entry.asked.holds(known):
            entries.insert(0, entries.pop(index))
            if line != entry.line:
                entry.result = _moved(entry.result, line - entry.line)
                entry.line = line
            return entry.result
    noting, asked = _noting(known)
    result = work(noting)
    entries.insert(0, _Entry(asked, line, result))
    del entries[KEPT:]
    return result


def _moved(result: Result, by: int) -> Result:
    if not isinstance(result, Step):
        return result  # nothing else has places
    facts, actions = moved(result.facts, by), moved(result.actions, by)
    return cast("Result", replace(result, facts=facts, actions=actions))


def _mappings(known: Known) -> tuple[Mapping[str, object], ...]:
    scope = known.scope
    return scope.relations, scope.functions, scope.variables, known.triggers, known.given


def _noting(known: Known) -> tuple[Known, _Asked]:
    """The same, which notes what it is asked; and the notes."""
    answers = relations, functions, variables, triggers, given = tuple(_Answers() for _ in range(5))
    asked = _Asked(known.locked_by, known.unchecked, answers)
    scope = replace(
        known.scope,
        relations=_Noting(known.scope.relations, relations),
        functions=_Noting(known.scope.functions, functions),
        variables=_Noting(known.scope.variables, variables),
    )
    noting = replace(
        known,
        scope=scope,
        triggers=_Noting(known.triggers, triggers),
        given=_Noting(known.given, given),
        wanted=_Wanted(known, asked),
    )
    return noting, asked


@dataclass(frozen=True, slots=True)
class _Wanted:
    known: Known
    asked: _Asked

    def __contains__(self, name: object) -> bool:
        found = name in self.known.wanted
        self.asked.wanted[str(name)] = found
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Noting(Mapping[str, Held]):
    """A mapping that notes what it is asked."""

    of: Mapping[str, Held]
    notes: _Answers

    def __getitem__(self, name: str) -> Held:
        try:
            found = self.notes.values[name] = self.of[name]
        except KeyError:
            self.notes.values[name] = _MISSING
            raise
        return found

    def __contains__(self, name: object) -> bool:
        found = name in self.of
        self.notes.names[str(name)] = found
        return found

    def __iter__(self) -> Iterator[str]:
        self.notes.whole = dict(self.of)
        return iter(self.of)

    def __len__(self) -> int:
        self.notes.whole = dict(self.of)
        return len(self.of)
