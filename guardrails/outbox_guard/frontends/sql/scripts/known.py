"""What earlier statements of a text leave behind for the later ones."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from outbox_guard.facts import Fact, Trigger
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.routines.claims import Condition, ends_transaction
from outbox_guard.frontends.sql.statements.endings import EVERY, Ending, ended_by
from outbox_guard.frontends.sql.statements.relations import (
    made_anew,
    relations_after,
    relations_left,
)
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.choices import EVERYWHERE
from outbox_guard.frontends.sql.values.effects import Call
from outbox_guard.frontends.sql.values.kinds import Value, either
from outbox_guard.frontends.sql.values.rows import Rows
from outbox_guard.frontends.sql.values.scopes import Scope

_UNCHECKED = re.compile(
    r"check_function_bodies['\"]?\s*(?:=|\bto\b|,)\s*'?(?:off|false|no|0)\b", re.IGNORECASE
)

Given = Mapping[str, Mapping[str, Value]]  # routine -> its arguments, by number or by name


@dataclass(frozen=True, slots=True)
class Known:
    """Relations, functions and variables; triggers, locks, and what routines are called with."""

    scope: Scope = field(default_factory=Scope)
    triggers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # function -> tables
    locked_by: tuple[Condition, ...] = ()  # in the transaction that is open
    wanted: Container[str] = frozenset()  # names that statements about the outbox depend on
    given: Given = field(default_factory=dict)
    unchecked: bool = False  # whether bodies of functions are not looked at any more

    def after(self, step: Step, passage: Passage, states: frozenset[str] = frozenset()) -> Known:
        """With what a statement has done; of a table's many texts only the `states` stay."""
        known = self._seen(step, passage)
        ending = ended_by(passage.tokens)
        if ending:
            known = known._without(ending)
        made = made_anew(passage.tokens)
        return known._holding(step, states, frozenset((made,)) if made else frozenset())

    def surveyed(self, step: Step, passage: Passage) -> Known:
        """With what a statement makes somewhere in a text, whatever others make of that name."""
        return self._seen(step, passage)._holding(step, frozenset(), frozenset())

    def _seen(self, step: Step, passage: Passage) -> Known:
        """With what a statement binds, locks and sets."""
        triggers = _bound(step.facts)
        ended = ends_transaction(passage.tokens)
        unchecked = self.unchecked or _leaves_unchecked(passage)
        if not (triggers or step.picks or ended) and unchecked == self.unchecked:
            return self
        before = {name: self.triggers.get(name, frozenset()) for name in triggers}
        return replace(
            self,
            triggers={**self.triggers, **{name: before[name] | triggers[name] for name in before}},
            locked_by=() if ended else (*self.locked_by, *step.picks),
            unchecked=unchecked,
        )

    def _holding(self, step: Step, states: frozenset[str], anew: frozenset[str]) -> Known:
        """With the tables that a statement makes or fills, and the cursors that it opens."""
        if not (step.relations or step.cursors):
            return self
        before = self.scope.relations
        if not anew.isdisjoint(before):
            before = {name: rows for name, rows in before.items() if name not in anew}
        relations = relations_after(before, step.relations, states)
        variables = {**self.scope.variables, **step.cursors}
        return replace(self, scope=replace(self.scope, relations=relations, variables=variables))

    def _without(self, ending: Ending) -> Known:
        """Without the tables, rows and cursors that a statement ends."""
        scope = self.scope
        relations, variables = scope.relations, scope.variables
        if relations:
            relations = relations_left(relations, ending)
        if ending.cursors and variables:
            every = EVERY in ending.cursors
            variables = {
                n: rows for n, rows in variables.items() if not every and n not in ending.cursors
            }
        return replace(self, scope=replace(scope, relations=relations, variables=variables))

    def having(self, variables: Mapping[str, Rows]) -> Known:
        held = {**self.scope.variables, **variables}
        return replace(self, scope=replace(self.scope, variables=held))

    def called(self, prepared: str) -> Mapping[str, Value]:
        """What a prepared statement is executed with, by the names of its parameters."""
        return {f"${number}": value for number, value in self.given.get(prepared, {}).items()}


def _bound(facts: Iterable[Fact]) -> dict[str, frozenset[str]]:
    """The tables that triggers bind functions to."""
    found: dict[str, frozenset[str]] = {}
    for fact in facts:
        if isinstance(fact, Trigger):
            found[fact.function] = found.get(fact.function, frozenset()) | {fact.table}
    return found


def _leaves_unchecked(passage: Passage) -> bool:
    """Whether a statement says that bodies of functions are read only when they run."""
    tokens = passage.tokens
    sets = bool(tokens) and tokens[0].is_word("set", "select", "alter", "do")
    return sets and _UNCHECKED.search(passage.sql, passage.start, passage.end) is not None


def arguments(calls: Iterable[Call]) -> Given:
    """What each routine is called with, all its calls together."""
    given: dict[str, dict[str, Value]] = {}
    for number, call in enumerate(dict.fromkeys(calls)):
        known = given.setdefault(call.name, {})
        here = (frozenset({((0, f"call of {call.name}"), number)}),)
        reach = here if len(call.arguments) > 1 else EVERYWHERE
        for key, value in call.arguments:
            known[key] = either((known.get(key, Value()), value.free.under(reach)))
    return given


def depended_on(wanted: Iterable[str], fills: Mapping[str, set[str]]) -> frozenset[str]:
    """The wanted names, and those that what fills them depends on."""
    found: set[str] = set()
    ahead = set(wanted)
    while ahead:
        found |= ahead
        ahead = {name for each in ahead for name in fills.get(each, ())} - found
    return frozenset(found)
