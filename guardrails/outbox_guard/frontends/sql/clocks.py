"""Comparisons of a column that holds a time with the clock, found from tokens.

Wherever such a column or the clock stands, the operand around it is read, then the operator that
follows, then the other operand. So it holds in conditions, select lists and PL/pgSQL alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from outbox_guard.frontends.sql.conditions import NotFollowed, Operand, operand_at
from outbox_guard.frontends.sql.lexer import Token
from outbox_guard.frontends.sql.phrases import Tokens, listed, matching, words_at
from outbox_guard.truth import Formula

_CLOCKS = frozenset(
    "now clock_timestamp statement_timestamp transaction_timestamp current_timestamp"
    " localtimestamp current_date current_time localtime".split()
)
_OPERATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")
# A cast to one of these, or to another time zone, leaves a time what it is.
_SAME_TIME = ("::timestamptz", "::timestamp", "timezone")
_DATES = ("::date",)
_SUMS = ("+", "-")
_OPENING_WORDS = frozenset(
    "and or not where on when then else select having if while return case set by in any all is"
    " between from returning exit as check using elsif perform filter values default until assert"
    " distinct".split()
)
_AFTER_SET = ("where", "from", "returning", "when")


@dataclass(frozen=True, slots=True)
class Clocked:
    """A comparison of a column with the clock, whichever stands first."""

    column: Token
    operator: Token  # its first word
    last: Token  # of the operator
    spelling: str
    column_first: bool
    exact: bool  # with the clock itself: no sum, no cast to a day


def clocked(tokens: Tokens, columns: Collection[str]) -> Iterator[Clocked]:
    """The comparisons of one statement or expression."""
    if not any(token.is_identifier and token.value in columns for token in tokens):
        return
    assigned = frozenset(_assignments(tokens))
    found: dict[int, Clocked] = {}
    for start in _starts(tokens, columns):
        comparison = _comparison(tokens, start, columns)
        if comparison is not None and comparison.operator.start not in assigned:
            found.setdefault(comparison.operator.start, comparison)
    yield from found.values()


def _starts(tokens: Tokens, columns: Collection[str]) -> Iterator[int]:
    """Where an operand may begin that is such a column or the clock, perhaps in brackets."""
    for index, token in enumerate(tokens):
        if not token.is_identifier or (token.value not in columns and token.value not in _CLOCKS):
            continue
        start = index
        while start > 1 and tokens[start - 1].is_mark(".") and tokens[start - 2].is_identifier:
            start -= 2
        while True:
            if start == 0 or _opens_operand(tokens[start - 1]):
                yield start
            if start == 0 or not tokens[start - 1].is_mark("("):
                break
            start -= 1
            if start and tokens[start - 1].is_word("cast"):
                start -= 1


def _opens_operand(before: Token) -> bool:
    """Whether what stands before an operand leaves it whole: `a - b = c` does not compare b."""
    if before.kind == "word":
        return before.value in _OPENING_WORDS
    return before.is_mark("(", ",", "[", ";", ":=", "=>")


def _comparison(tokens: Tokens, start: int, columns: Collection[str]) -> Clocked | None:
    left = _operand(tokens, start)
    if left is None or left.end >= len(tokens):
        return None
    spelling, length = _operator(tokens, left.end)
    if not length:
        return None
    right = _operand(tokens, left.end + length)
    if right is None:
        return None
    column_first = _is_time(left.formula, columns)
    timed, clock = (left, right) if column_first else (right, left)
    if not _is_time(timed.formula, columns) or not _is_clock(clock.formula):
        return None
    span = tokens[start : left.end] if column_first else tokens[left.end + length : right.end]
    column = next(t for t in span if t.is_identifier and t.value in columns)
    last = tokens[left.end + length - 1]
    sides = _is_column(timed.formula, columns) and _is_clock_itself(clock.formula)
    exact = sides and spelling == "="
    return Clocked(column, tokens[left.end], last, spelling, column_first, exact)


def _operand(tokens: Tokens, start: int) -> Operand | None:
    try:
        return operand_at(tokens, start)
    except NotFollowed:
        return None  # whatever it is, it is no column and no clock


def _operator(tokens: Tokens, index: int) -> tuple[str, int]:
    """The comparison that stands here, and of how many tokens it is."""
    token = tokens[index]
    if token.kind == "operator" and token.value in _OPERATORS:
        return token.value, 1
    for words in (("is", "not", "distinct", "from"), ("is", "distinct", "from")):
        if words_at(tokens, index, *words):
            return " ".join(words).upper(), len(words)
    return "", 0


def _is_time(formula: Formula, columns: Collection[str]) -> bool:
    """The column, perhaps as of another time zone or a while away; of its day nothing is sure."""
    if _is_column(formula, columns):
        return True
    moved = formula.op == "strict" and formula.value in _SUMS
    return moved and any(_is_time(part, columns) for part in formula.parts)


def _is_column(formula: Formula, columns: Collection[str]) -> bool:
    if formula.op == "column":
        return formula.value in columns
    return _keeps_time(formula) and _is_column(formula.parts[0], columns)


def _keeps_time(formula: Formula) -> bool:
    return formula.op == "strict" and formula.value in _SAME_TIME


def _is_clock(formula: Formula) -> bool:
    """The clock, perhaps as of another time zone, its day, or a while from now."""
    if _is_clock_itself(formula):
        return True
    if formula.op == "strict" and formula.value in _DATES:
        return _is_clock(formula.parts[0])
    moved = formula.op == "strict" and formula.value in _SUMS
    return moved and any(map(_is_clock, formula.parts))


def _is_clock_itself(formula: Formula) -> bool:
    if formula.op == "total":
        return formula.value in _CLOCKS
    return _keeps_time(formula) and _is_clock_itself(formula.parts[0])


def _assignments(tokens: Tokens) -> Iterator[int]:
    """Where the equals signs stand that assign: in UPDATE … SET a = x, (b, c) = (y, z)."""
    for index, token in enumerate(tokens):
        if not token.is_word("set"):
            continue
        for part in listed(tokens[index + 1 : _end_of_list(tokens, index + 1)]):
            target = matching(part, 0) + 1 if part and part[0].is_mark("(") else 0
            sign = next((t for t in part[target:] if t.kind == "operator"), None)
            if sign is not None and sign.value == "=":
                yield sign.start


def _end_of_list(tokens: Tokens, start: int) -> int:
    """Where a SET list ends: at the next clause, or the bracket around the statement."""
    depth = 0
    for position in range(start, len(tokens)):
        token = tokens[position]
        depth += token.is_mark("(", "[") - token.is_mark(")", "]")
        if depth < 0 or (depth == 0 and token.is_word(*_AFTER_SET)):
            return position
    return len(tokens)
