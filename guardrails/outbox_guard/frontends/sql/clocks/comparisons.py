"""Comparisons of a column that holds a time with the clock, found from tokens.

Every expression of a statement is read, with all that is within it. So it holds in conditions,
select lists and PL/pgSQL alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.clocks.aliases import clocks_spelled_out
from outbox_guard.frontends.sql.clocks.instants import CLOCKS, Times, instants, is_now
from outbox_guard.frontends.sql.conditions import NotFollowed, Part, operand_at, parts_at
from outbox_guard.frontends.sql.lexing.phrases import Tokens, listed, matching, outside, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.truth import Formula
from outbox_guard.truth.formulas import COMPARISONS

_OPENING_WORDS = frozenset(
    "and or not where on when then else select having if while return case set by in any all is"
    " between from returning exit as check using elsif perform filter values default until assert"
    " distinct".split()
)
_AFTER_SET = ("where", "from", "returning", "when")
_EQUALITIES = ("=", "IS NOT DISTINCT FROM")
_CLAUSES = (
    "from where group having order limit offset fetch for union intersect except window into as"
).split()


@dataclass(frozen=True, slots=True)
class Clocked:
    """A comparison of a column with the clock, whichever stands first."""

    column: Token
    operator: Token  # its first word
    last: Token  # of the operator
    spelling: str  # an equals sign for what comes to equality
    column_first: bool
    exact: bool  # with the clock itself: no sum, no cast to a day, no variable


def clocked(tokens: Tokens, times: Times) -> Iterator[Clocked]:
    """The comparisons of one statement or expression."""
    names = {token.value for token in tokens if token.is_identifier}
    if names.isdisjoint(times.columns):
        return
    if names.isdisjoint(times.clocks | CLOCKS) and not any(map(_spells_now, tokens)):
        return
    spelled = clocks_spelled_out(tokens, _is_clock_alone)
    plain = _without_queries(_without_assignments(spelled))
    for parts in _expressions(plain):
        yield from _among(parts, plain, times)


def holding_clock(given: Iterable[tuple[str, Tokens]]) -> frozenset[str]:
    """The variables that are given nothing but the clock, by what each is given: SELECT value."""
    clocks: dict[str, bool] = {}
    for name, tokens in given:
        is_clock = words_at(tokens, 0, "select") and _is_clock_alone(tokens[1:])
        clocks[name] = clocks.get(name, True) and is_clock
    return frozenset(name for name, is_clock in clocks.items() if is_clock)


def _is_clock_alone(tokens: Tokens) -> bool:
    try:
        value = operand_at(tokens, 0)
    except NotFollowed:
        return False
    return value.end == len(tokens) and Times(frozenset()).is_clock(value.formula)


def _spells_now(token: Token) -> bool:
    return token.kind == "string" and is_now(token.value)


# -- expressions ---------------------------------------------------------------------------


def _expressions(tokens: Tokens) -> Iterator[Sequence[Part]]:
    """Every expression that stands somewhere, with its parts; each token is in one at most."""
    index = 0
    while index < len(tokens):
        parts: Sequence[Part] = ()
        if index == 0 or _opens_operand(tokens[index - 1]):
            parts = parts_at(tokens, index)
        yield parts
        index = max([index + 1, *(part.end for part in parts)])


def _opens_operand(before: Token) -> bool:
    """Whether what stands before an operand leaves it whole: `a - b = c` does not compare b."""
    if before.kind == "word":
        return before.value in _OPENING_WORDS
    return before.is_mark("(", ",", "[", ";", ":=", "=>")


def _among(parts: Sequence[Part], tokens: Tokens, times: Times) -> Iterator[Clocked]:
    """The comparisons among these, each once: what is around one that is found adds nothing."""
    equal: list[Part] = []
    seen: set[int] = set()  # the operators of parts that stand in brackets as well
    for part in parts:
        if part.operator in seen or not times.found_in(part.formula):
            continue
        if any(part.start <= found.start and found.end <= part.end for found in equal):
            continue
        comparison = _plain(part, tokens, times)
        if comparison is None and instants(part.formula, times):
            comparison = _clocked(part, tokens, times, spelling="=")
        if comparison is not None:
            seen.add(part.operator)
            equal += [part] if comparison.spelling in _EQUALITIES else []
            yield comparison


def _plain(part: Part, tokens: Tokens, times: Times) -> Clocked | None:
    """A comparison of the one with the other, in so many words."""
    formula = part.formula
    if formula.op == "not" and formula.parts[0].op == "distinct" and part.operator > part.start:
        formula = formula.parts[0]
    if part.operator == part.start or formula.op not in COMPARISONS:
        return None
    sides = formula.parts
    if not _compares(times, *sides) and not _compares(times, *sides[::-1]):
        return None
    spelling = tokens[part.operator].value
    if spelling == "is":
        spelling = "IS DISTINCT FROM" if formula is part.formula else "IS NOT DISTINCT FROM"
    elif tokens[part.operator].kind == "word":  # OPERATOR(pg_catalog.=), = ANY (…)
        spelling = formula.op
    return _clocked(part, tokens, times, spelling=spelling)


def _compares(times: Times, time: Formula, clock: Formula) -> bool:
    return times.is_time(time) and times.is_clock(clock)


def _clocked(part: Part, tokens: Tokens, times: Times, *, spelling: str) -> Clocked:
    within = tokens[part.start : part.end]
    column = next(t for t in within if t.is_identifier and t.value in times.columns)
    first = tokens[part.operator]
    last = tokens[part.operator + len(spelling.split()) - 1]
    return Clocked(
        column,
        first,
        last,
        spelling,
        column_first=column.start < first.start,
        exact=first.value == spelling == "=" and _is_exact(part.formula, times),
    )


def _is_exact(formula: Formula, times: Times) -> bool:
    """Whether the clock itself is compared with the column itself."""
    if formula.op != "=":
        return False
    # A variable may hold the very time that the same function has written.
    sides = [side for side in formula.parts if not times.is_column(side)]
    read = all(node.op not in ("column", "text") for side in sides for node in side.walk())
    return len(sides) == 1 and times.is_clock_itself(sides[0]) and read


# -- tokens that are read as others ----------------------------------------------------------


def _without_queries(tokens: Tokens) -> Tokens:
    """(SELECT now()) as (now()): a query of one value that reads no table."""
    return [token for index, token in enumerate(tokens) if not _selects_value(tokens, index)]


def _selects_value(tokens: Tokens, index: int) -> bool:
    if index == 0 or not tokens[index].is_word("select") or not tokens[index - 1].is_mark("("):
        return False
    inner = tokens[index : matching(tokens, index - 1)]
    return not any(t.is_mark(",") or t.is_word(*_CLAUSES) for _, t in outside(inner))


def _without_assignments(tokens: Tokens) -> Tokens:
    """SET a = x with a sign of its own, since nothing is compared there."""
    assigned = frozenset(_assignments(tokens))
    if not assigned:
        return tokens
    return [
        token._replace(kind="mark", value=":=") if token.start in assigned else token
        for token in tokens
    ]


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
