"""What earlier statements of a text leave behind for the later ones."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outbox_guard.facts import Fact, Trigger
from outbox_guard.frontends.sql.claims import Condition, ends_transaction
from outbox_guard.frontends.sql.effects import Call
from outbox_guard.frontends.sql.lexer import Token
from outbox_guard.frontends.sql.passages import Passage
from outbox_guard.frontends.sql.phrases import Tokens, find_word, name_at, skip_words
from outbox_guard.frontends.sql.statements import Step
from outbox_guard.frontends.sql.values import Column, Rows, Scope, Value, either, scalar

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
        triggers = _bound(step.facts)
        ended = ends_transaction(passage.tokens)
        unchecked = self.unchecked or _leaves_unchecked(passage)
        if not (triggers or step.relations or step.cursors or step.picks or ended):
            return self if unchecked == self.unchecked else replace(self, unchecked=unchecked)
        relations = self.scope.relations
        if step.relations:
            relations = relations_after(relations, step.relations, states)
        variables = {**self.scope.variables, **step.cursors}
        before = {name: self.triggers.get(name, frozenset()) for name in triggers}
        return replace(
            self,
            scope=replace(self.scope, relations=relations, variables=variables),
            triggers={**self.triggers, **{name: before[name] | triggers[name] for name in before}},
            locked_by=() if ended else (*self.locked_by, *step.picks),
            unchecked=unchecked,
        )

    def having(self, variables: Mapping[str, Rows]) -> Known:
        held = {**self.scope.variables, **variables}
        return replace(self, scope=replace(self.scope, variables=held))

    def called(self, prepared: str) -> Known:
        """Inside a prepared statement: its parameters are what it is executed with."""
        arguments = self.given.get(prepared, {})
        return self.having({f"${number}": scalar(value) for number, value in arguments.items()})


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


def relations_after(
    known: Mapping[str, Rows], added: Mapping[str, Rows], states: frozenset[str] = frozenset()
) -> Mapping[str, Rows]:
    """The tables with what a statement makes them or adds to them."""
    if not added:
        return known
    merged = {
        name: _based(_filled(known[name], rows), rows) if name in known else _loose(rows)
        for name, rows in added.items()
    }
    return {**known, **{name: rows.thinned(states) for name, rows in merged.items()}}


def _based(rows: Rows, added: Rows) -> Rows:
    """A table that has become a part of another one."""
    return replace(rows, base=added.base, origins=added.origins) if added.base else rows


def _loose(rows: Rows) -> Rows:
    """Rows for a table whose columns are not known: values without a name may be in any of them."""
    if all(column.name for column in rows.columns):
        return rows
    anywhere = either(column.value for column in rows.columns)
    return replace(rows, columns=(Column("", anywhere, many=True),))


def _filled(table: Rows, added: Rows) -> Rows:
    """A table with more rows: columns meet by name, or by position where there are no names."""
    known = {column.name for column in table.columns}
    if table.open or not {column.name for column in added.columns} <= known:
        width = len(table.columns)
        values = added.fit(width) if not table.open else ()
        columns = tuple(map(Column, (c.name for c in table.columns), values))
        return table | (replace(added, columns=columns) if columns else added)
    columns = tuple(
        replace(column, value=column.value | (added.named(column.name) or Value()))
        for column in table.columns
    )
    return replace(table, columns=columns, locked=table.locked | added.locked)


def arguments(calls: Iterable[Call]) -> Given:
    """What each routine is called with, all its calls together."""
    given: dict[str, dict[str, Value]] = {}
    for call in calls:
        known = given.setdefault(call.name, {})
        for key, value in call.arguments:
            known[key] = either((known.get(key, Value()), value))
    return given


def filled_by(tokens: Sequence[Token]) -> str:
    """The table that a statement makes or writes to, "" for one that does neither."""
    if not tokens or tokens[0].kind != "word":
        return ""
    match tokens[0].value:
        case "create":
            start = skip_words(tokens, 1, "or", "replace", "global", "local", "temp", "temporary")
            start = skip_words(tokens, start, "unlogged", "recursive", "materialized")
            if start < len(tokens) and tokens[start].is_word("table", "view"):
                return _name(tokens, skip_words(tokens, start + 1, "if", "not", "exists"))
            return ""
        case "insert" | "merge":
            return _name(tokens, 2)
        case "update" | "copy":
            return _name(tokens, skip_words(tokens, 1, "only"))
        case "with" | "select":
            target = find_word(tokens, "into", 1)
            return _name(tokens, skip_words(tokens, target + 1, "temp", "table")) if target else ""
        case _:
            return ""


def _name(tokens: Tokens, index: int) -> str:
    name = name_at(tokens, index)
    return name.value if name is not None else ""


def depended_on(wanted: Iterable[str], fills: Mapping[str, set[str]]) -> frozenset[str]:
    """The wanted names, and those that what fills them depends on."""
    found: set[str] = set()
    ahead = set(wanted)
    while ahead:
        found |= ahead
        ahead = {name for each in ahead for name in fills.get(each, ())} - found
    return frozenset(found)
