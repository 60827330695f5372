"""Comparisons of a column that holds a time with the clock, found from tokens.

Wherever such a column or the clock stands, the operand around it is read, then the operator that
follows, then the other operand. So it holds in conditions, select lists and PL/pgSQL alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
_NONE = frozenset[str]()
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
    exact: bool  # with the clock itself: no sum, no cast to a day, no variable


@dataclass(frozen=True, slots=True)
class Times:
    """The names that are asked about: columns that hold a time, variables that hold the clock."""

    columns: frozenset[str]
    clocks: frozenset[str] = frozenset()

    def is_time(self, formula: Formula) -> bool:
        """The column, maybe as of another time zone or a while away; of its day nothing is sure."""
        if self.is_column(formula):
            return True
        moved = formula.op == "strict" and formula.value in _SUMS
        return moved and any(map(self.is_time, formula.parts))

    def is_column(self, formula: Formula) -> bool:
        if formula.op == "column":
            return formula.value in self.columns
        return _keeps_time(formula) and self.is_column(formula.parts[0])

    def is_clock(self, formula: Formula) -> bool:
        """The clock, maybe as of another time zone, its day, or a while from now."""
        if self.is_clock_itself(formula):
            return True
        if formula.op == "strict" and formula.value in _DATES:
            return self.is_clock(formula.parts[0])
        moved = formula.op == "strict" and formula.value in _SUMS
        return moved and any(map(self.is_clock, formula.parts))

    def is_clock_itself(self, formula: Formula) -> bool:
        match formula.op:
            case "total":
                return formula.value in _CLOCKS
            case "column":
                return formula.value in self.clocks
            case _:
                return _keeps_time(formula) and self.is_clock_itself(formula.parts[0])


def _keeps_time(formula: Formula) -> bool:
    return formula.op == "strict" and formula.value in _SAME_TIME


def clocked(tokens: Tokens, times: Times) -> Iterator[Clocked]:
    """The comparisons of one statement or expression."""
    names = {token.value for token in tokens if token.is_identifier}
    if names.isdisjoint(times.columns) or names.isdisjoint(times.clocks | _CLOCKS):
        return
    assigned = frozenset(_assignments(tokens))
    found: dict[int, Clocked] = {}
    for start in _starts(tokens, times):
        comparison = _comparison(tokens, start, times)
        if comparison is not None and comparison.operator.start not in assigned:
            found.setdefault(comparison.operator.start, comparison)
    yield from found.values()


def holding_clock(given: Iterable[tuple[str, Tokens]]) -> frozenset[str]:
    """The variables that are given nothing but the clock, by what each is given: SELECT value."""
    clocks: dict[str, bool] = {}
    for name, tokens in given:
        clocks[name] = clocks.get(name, True) and _is_clock_alone(tokens)
    return frozenset(name for name, is_clock in clocks.items() if is_clock)


def _is_clock_alone(tokens: Tokens) -> bool:
    value = _operand(tokens, 1) if words_at(tokens, 0, "select") else None
    return value is not None and value.end == len(tokens) and Times(_NONE).is_clock(value.formula)


def _starts(tokens: Tokens, times: Times) -> Iterator[int]:
    """Where an operand may begin that is such a column or the clock, perhaps in brackets."""
    names = times.columns | times.clocks | _CLOCKS
    for index, token in enumerate(tokens):
        if not token.is_identifier or token.value not in names:
            continue
        start: int | None = index
        while start is not None:
            if start == 0 or _opens_operand(tokens[start - 1]):
                yield start
            start = _wider(tokens, start)


def _wider(tokens: Tokens, start: int) -> int | None:
    """Where an operand begins that is a qualified name, in brackets, a cast or a sub-query."""
    before = tokens[max(start - 2, 0) : start]
    match before:
        case [name, dot] if name.is_identifier and dot.is_mark("."):
            return start - 2
        case [opening, select] if opening.is_mark("(") and select.is_word("select"):
            return start - 2
        case [cast, opening] if cast.is_word("cast") and opening.is_mark("("):
            return start - 2
        case [*_, opening] if opening.is_mark("("):
            return start - 1
        case _:
            return None


def _opens_operand(before: Token) -> bool:
    """Whether what stands before an operand leaves it whole: `a - b = c` does not compare b."""
    if before.kind == "word":
        return before.value in _OPENING_WORDS
    return before.is_mark("(", ",", "[", ";", ":=", "=>")


def _comparison(tokens: Tokens, start: int, times: Times) -> Clocked | None:
    left = _operand(tokens, start)
    if left is None or left.end >= len(tokens):
        return None
    spelling, length = _operator(tokens, left.end)
    right = _operand(tokens, left.end + length) if length else None
    if right is None:
        return None
    column_first = times.is_time(left.formula)
    timed, clock = (left, right) if column_first else (right, left)
    if not times.is_time(timed.formula) or not times.is_clock(clock.formula):
        return None
    span = tokens[start : left.end] if column_first else tokens[left.end + length : right.end]
    # A variable may hold the very time that the same function has written.
    read = all(node.op != "column" for node in clock.formula.walk())
    plain = times.is_column(timed.formula) and times.is_clock_itself(clock.formula) and read
    return Clocked(
        next(t for t in span if t.is_identifier and t.value in times.columns),
        tokens[left.end],
        tokens[left.end + length - 1],
        spelling,
        column_first,
        exact=plain and spelling == "=",
    )


def _operand(tokens: Tokens, start: int) -> Operand | None:
    """An operand, also (SELECT value); None for what is no column and no clock anyway."""
    opens = start < len(tokens) and tokens[start].is_mark("(")
    query = opens and words_at(tokens, start + 1, "select")
    try:
        operand = operand_at(tokens, start + 2 if query else start)
    except NotFollowed:
        return None
    if not query:
        return operand
    closing = matching(tokens, start)
    return Operand(operand.formula, closing + 1) if operand.end == closing else None


def _operator(tokens: Tokens, index: int) -> tuple[str, int]:
    """The comparison that stands here, and of how many tokens it is."""
    token = tokens[index]
    if token.kind == "operator" and token.value in _OPERATORS:
        return token.value, 1
    for words in (("is", "not", "distinct", "from"), ("is", "distinct", "from")):
        if words_at(tokens, index, *words):
            return " ".join(words).upper(), len(words)
    return "", 0


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
