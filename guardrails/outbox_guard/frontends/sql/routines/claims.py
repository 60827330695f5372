"""When a DELETE of locked rows is a claim, and when it is the end of a payment.

A claim takes rows of a pending table that the same work locked with SKIP LOCKED. It is none where a
DB function records the terminal outcome of what it locked before it deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outbox_guard.facts import Place, Write
from outbox_guard.facts.statements import Operation, Via
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import Tokens, find_word, outside
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.routines.blocks import Arm
from outbox_guard.frontends.sql.values.kinds import NONE, Tables
from outbox_guard.names import Names

Path = tuple[Arm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One verb at its place, before it is known what the routine around it has done."""

    place: Place
    op: Operation
    table: str
    deletes: bool = False
    mutates: bool = False
    picked: Tables = NONE
    states: frozenset[str] = NONE
    by_position: tuple[frozenset[str], ...] = ()
    via: Via = "sql"

    @property
    def texts(self) -> frozenset[str]:
        return self.states.union(*self.by_position)


@dataclass(frozen=True, slots=True)
class Moment:
    """The actions of one statement, and where in a routine's branches it stands."""

    actions: tuple[Action, ...]
    path: Path = ()


def settled(
    moments: Sequence[Moment], names: Names, *, routine: str = "", inside: str = ""
) -> Iterator[Write]:
    """The writes of a routine, or of one statement by itself."""
    for index, moment in enumerate(moments):
        for action in moment.actions:
            if not names.is_guarded(action.table) and action.op != "assign":
                continue
            claims = action.deletes and bool(action.picked) and names.is_pending(action.table)
            if claims and routine:
                before = [m for m in moments[: index + 1] if not exclusive(m.path, moment.path)]
                claims = not _records_outcome(before, names)
            yield _write(action, claims=claims, routine=routine, inside=inside)


def _write(action: Action, *, claims: bool, routine: str, inside: str) -> Write:
    return Write(
        place=action.place,
        inside=inside,
        op=action.op,
        table=action.table,
        routine=routine,
        claims_locked_rows=claims,
        mutates=action.mutates,
        states=tuple(sorted(action.states)),
        by_position=tuple(tuple(sorted(texts)) for texts in action.by_position),
        via=action.via,
    )


def _records_outcome(moments: Iterable[Moment], names: Names) -> bool:
    """Whether what was appended to attempts by then is an outcome, and never a forbidden state."""
    outbox = names.outbox
    recorded = [
        action.texts
        for moment in moments
        for action in moment.actions
        if action.op in ("insert", "merge") and names.is_attempts(action.table)
    ]
    if any(texts & set(outbox.forbidden_states) for texts in recorded):
        return False  # the old model, whatever else it writes
    return any(not texts or texts & set(outbox.terminal_states) for texts in recorded)


def exclusive(one: Path, other: Path) -> bool:
    """Whether two paths are different arms of one IF or CASE: never both in one run."""
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return mine.kind in ("if", "case") and mine.start == theirs.start
    return False


@dataclass(frozen=True, slots=True)
class Condition:
    """The WHERE of a statement about one pending table, word by word."""

    table: str
    words: tuple[str, ...]
    open: bool = field(default=False, compare=False)  # on what a placeholder is given this time


def condition(tokens: Tokens, table: str, sources: Mapping[int, str]) -> Condition | None:
    """What picks the rows of a statement: two with the same condition mean the same rows.

    `sources` tells what the placeholders are given, by where they stand.
    """
    start = find_word(tokens, "where")
    if start is None:
        return None
    ends = ("group", "order", "limit", "offset", "fetch", "for", "returning", "window", "having")
    end = next((i for i, t in outside(tokens, start) if t.is_word(*ends)), len(tokens))
    words = tuple(_words(tokens[start + 1 : end], sources))
    given = any(sources.get(token.start) == "" for token in tokens[start + 1 : end])
    return Condition(table, words, given) if words else None


def _words(tokens: Sequence[Token], sources: Mapping[int, str]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if following is not None and following.is_mark(".") and token.is_identifier:
            continue  # the table, or its alias, before a column
        if source := sources.get(token.start):
            yield f"given:{source}"
        elif not token.is_mark("."):
            yield f"{token.kind}:{token.value}"


def repeated(
    actions: Iterable[Action], passage: Passage, earlier: Iterable[Condition]
) -> tuple[Action, ...]:
    """The actions of a statement; one that deletes by the condition of an earlier lock claims."""
    conditions = frozenset(earlier)

    def picks_again(action: Action) -> bool:
        if not conditions or action.op != "delete":
            return False
        return condition(passage.tokens, action.table, passage.sources) in conditions

    return tuple(
        replace(action, picked=action.picked | {action.table}) if picks_again(action) else action
        for action in actions
    )


def ends_transaction(tokens: Tokens) -> bool:
    return bool(tokens) and tokens[0].is_word("commit", "rollback", "end", "abort")
