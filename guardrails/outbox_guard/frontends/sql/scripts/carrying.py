"""What a text leaves on the connection that ran it, for the texts that are run there next."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.scripts.known import Known
from outbox_guard.frontends.sql.statements.endings import EVERY, ended_by
from outbox_guard.frontends.sql.values.rows import joined
from outbox_guard.frontends.sql.values.scopes import Returned, Scope

_WORD = re.compile(r"\w+")
_ENDS = re.compile(r"\s*(?:commit|rollback|end|abort)\b", re.IGNORECASE)

Prepared = Mapping[str, tuple[Passage, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """Tables and views, functions, cursors, prepared statements, and what is locked."""

    known: Known = field(default_factory=Known)
    prepared: Prepared = field(default_factory=dict)
    names: frozenset[str] = frozenset()  # of all these

    @classmethod
    def of(cls, known: Known, prepared: Prepared) -> Left:
        """Without what only the text itself can use: what a placeholder was given is gone."""
        scope = known.scope
        held = (scope.relations, scope.functions, scope.variables, prepared)
        kept = Known(
            scope=Scope({}, scope.relations, scope.functions, scope.variables),
            triggers=known.triggers,
            locked_by=tuple(each for each in known.locked_by if not each.open),
            unchecked=known.unchecked,
        )
        return cls(kept, prepared, frozenset[str]().union(*held))

    def __bool__(self) -> bool:
        """Whether there is anything that a later statement may see."""
        known = self.known
        return bool(self.names or known.triggers or known.locked_by or known.unchecked)

    @property
    def content(self) -> Hashable:
        """Equal for what comes to the same, however it came about."""
        known, scope = self.known, self.known.scope
        return (
            frozenset(scope.relations.items()),
            frozenset(scope.variables.items()),
            frozenset((name, id(scope.functions)) for name in scope.functions),
            frozenset((name, *map(id, passages)) for name, passages in self.prepared.items()),
            frozenset(known.triggers.items()),
            frozenset(known.locked_by),
            known.unchecked,
        )

    def concerns(self, text: str) -> bool:
        """Whether a text uses any of it by its name, or ends the transaction."""
        if self.known.locked_by and _ENDS.match(text):
            return True
        return bool(self.names) and not self.names.isdisjoint(_WORD.findall(text.lower()))

    @property
    def ended(self) -> Left:
        """Behind the end of the transaction."""
        if not self.known.locked_by:
            return self
        return Left(replace(self.known, locked_by=()), self.prepared, self.names)

    def __or__(self, other: Left) -> Left:
        """What either way of coming here may have left."""
        mine, theirs = self.known, other.known
        scope = Scope(
            relations=joined(mine.scope.relations, theirs.scope.relations),
            functions=Returned({}).over(mine.scope.functions).over(theirs.scope.functions),
            variables=joined(mine.scope.variables, theirs.scope.variables),
        )
        tables = {
            name: mine.triggers.get(name, frozenset()) | theirs.triggers.get(name, frozenset())
            for name in (*mine.triggers, *theirs.triggers)
        }
        locked_by = tuple(dict.fromkeys((*mine.locked_by, *theirs.locked_by)))
        unchecked = mine.unchecked and theirs.unchecked
        prepared = {
            name: _each_once(self.prepared.get(name, ()), other.prepared.get(name, ()))
            for name in (*self.prepared, *other.prepared)
        }
        known = Known(scope=scope, triggers=tables, locked_by=locked_by, unchecked=unchecked)
        return Left.of(known, prepared)


NOTHING_LEFT = Left()


def _each_once(*passages: Iterable[Passage]) -> tuple[Passage, ...]:
    return tuple({id(passage): passage for each in passages for passage in each}.values())


def prepared_after(before: Prepared, passages: Iterable[Passage]) -> Prepared:
    """The prepared statements that a text leaves of those that were there, and its own."""
    held = dict(before)
    for passage in passages:
        tokens = passage.tokens
        if (
            len(tokens) > 1
            and tokens[0].is_word("prepare")
            and not tokens[1].is_word("transaction")
        ):
            held[tokens[1].value] = (passage,)
        ended = ended_by(tokens).prepared
        held = {n: p for n, p in held.items() if EVERY not in ended and n not in ended}
    return held
