"""One statement said again in the SQL that sqlglot knows.

Literals, placeholders and numbers become stand-ins, so that their text comes from our own lexer and
statements that differ in nothing else are one text; the target of each data-modifying verb carries
a tag, which ties its node to the verb's own token; what sqlglot stumbles over is left out where it
changes nothing for the flow of data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from outbox_guard.frontends.sql.lexing.phrases import Tokens, matching, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token

_VERBS = {"delete": "from", "insert": "into", "merge": "into", "update": ""}

# What may stand right before a literal; any other word there is a type's name: mood 'ok'.
_BEFORE_LITERAL = frozenset(
    "all and any as between both by case collate date default distinct else end escape except"
    " exclude"
    " fetch filter first following for from group having ilike in interval intersect into is isnull"
    " join lateral leading like limit next not notnull of offset on only or order over partition"
    " placing preceding range ratio returning row rows select set similar some symmetric then time"
    " timestamp timestamptz timetz to trailing uescape union using value values when where with"
    " within zone".split()
)
_ARROWS = frozenset(("->", "->>", "#>", "#>>"))  # of JSON; said as %, which nothing else becomes
# With these words in it, a statement's numbers matter: they say where texts are cut.
_RECKONING = frozenset(
    "chr left lpad overlay repeat right rpad split_part substr substring -> ->> #> #>>".split()
)
_PLAIN_OPERATORS = frozenset(("=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "||"))
# A list of VALUES with more rows than this is said as one row of alternatives.
_MANY_ROWS = 64


class NotParsed(ValueError):
    """No tree can be made of a statement, or must not be tried to."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A statement in words that sqlglot knows, with what they stand for."""

    text: str
    literals: Mapping[str, frozenset[str]]  # stand-in -> the text, or texts, of the literal
    placeholders: Mapping[str, Token]  # stand-in -> the token that stands for something unknown
    verbs: Mapping[str, Token]  # tag of a target -> the token of its verb


def rewrite(
    tokens: Tokens, unknown: frozenset[int] = frozenset(), *, unknown_operator: str = "-"
) -> Rewritten:
    """A query or a data-modifying statement; at the offsets `unknown` stand placeholders.

    An operator that sqlglot may not know is said as `unknown_operator`; where only its operands
    matter, minus will do.
    """
    said = _Rewriting(tokens, unknown, unknown_operator)
    text = " ".join(said.words())
    return Rewritten(text, said.literals, said.placeholders, said.verbs)


@dataclass
class _Rewriting:
    """The statement in the words that sqlglot knows; what they stand for is kept beside it."""

    tokens: Sequence[Token]
    unknown: frozenset[int]
    unknown_operator: str
    literals: dict[str, frozenset[str]] = field(default_factory=dict)
    placeholders: dict[str, Token] = field(default_factory=dict)
    verbs: dict[str, Token] = field(default_factory=dict)
    _interned: dict[frozenset[str], str] = field(default_factory=dict)

    @cached_property
    def reckons(self) -> bool:
        return any(token.value in _RECKONING for token in self.tokens if token.kind != "string")

    def words(self) -> list[str]:
        said: list[str] = []
        merged, repeated = _merged_rows(self.tokens, self.unknown)
        dropped = self._superfluous() | repeated
        targets = self._targets()
        for index, token in enumerate(self.tokens):
            if index in dropped:
                continue
            if index in targets:
                said.append(targets[index])
            if token.kind == "string":
                self._drop_type_name(said, index)
            said.append(
                self._literal(merged[index]) if index in merged else self._word(index, token)
            )
        return said

    def _word(self, index: int, token: Token) -> str:
        stands_for_something = token.start in self.unknown and token.end > token.start
        if stands_for_something or token.kind in ("param", "variable"):
            return self._placeholder(token)
        match token.kind:
            case "string":
                return self._literal(frozenset((token.value,)))
            case "number":
                told = self.reckons or self._is_subscript(index)
                return token.value if told and token.value.isdigit() else "1"
            case "name":
                return _quoted(token.value)
            case "word":
                plain = token.value.isascii() and "$" not in token.value
                return token.value if plain else _quoted(token.value)
            case "operator":
                return token.value if token.value in _PLAIN_OPERATORS else self._operator(index)
            case "mark":
                return "=>" if token.value == ":=" else token.value
            case _:
                raise NotParsed(f"{token.value!r} is no SQL")

    def _is_subscript(self, index: int) -> bool:
        around = self.tokens[index - 1 : index + 2]
        return index > 0 and around[0].is_mark("[") and around[-1].is_mark("]")

    def _literal(self, texts: frozenset[str]) -> str:
        stand_in = self._interned.setdefault(texts, f"_s{len(self._interned)}_")
        self.literals[stand_in] = texts
        return f"'{stand_in}'"

    def _placeholder(self, token: Token) -> str:
        stand_in = f"_p{len(self.placeholders)}_"
        self.placeholders[stand_in] = token
        return stand_in

    def _operator(self, index: int) -> str:
        if self.tokens[index].value in _ARROWS:
            return "%"
        if self.tokens[index].value == "?" and not self._begins_operand(index + 1):
            return self._placeholder(self.tokens[index])
        return self.unknown_operator

    def _begins_operand(self, index: int) -> bool:
        if index >= len(self.tokens):
            return False
        token = self.tokens[index]
        return token.kind in ("string", "number", "name", "param", "variable") or token.is_mark("(")

    def _drop_type_name(self, said: list[str], index: int) -> None:
        """`public.mood 'ok'` is `'ok'`."""
        if not index or not self._is_type_name(index - 1):
            return
        said.pop()
        while len(said) > 1 and said[-1] == ".":
            del said[-2:]

    def _is_type_name(self, index: int) -> bool:
        token = self.tokens[index]
        if token.start in self.unknown:
            return False
        return token.kind == "name" or (token.kind == "word" and token.value not in _BEFORE_LITERAL)

    def _targets(self) -> dict[int, str]:
        """Where the name of a verb's target begins, and the tag to write before it."""
        targets: dict[int, str] = {}
        for index, token in enumerate(self.tokens):
            if token.kind != "word" or token.value not in _VERBS:
                continue
            name = verb_target(self.tokens, index)
            if name is None:
                continue
            tag = f"_v{len(self.verbs)}_"
            self.verbs[tag] = token
            schema = name + 1 < len(self.tokens) and self.tokens[name + 1].is_mark(".")
            targets[name] = f"{tag} ." if schema else f"{tag} . _n_ ."
        return targets

    def _superfluous(self) -> frozenset[int]:
        """Tokens that change nothing for the flow of data and that sqlglot stumbles over."""
        dropped: set[int] = set()
        for index, token in enumerate(self.tokens):
            if token.kind == "word" and token.value in _SUPERFLUOUS:
                dropped.update(_SUPERFLUOUS[token.value](self.tokens, index))
        return frozenset(dropped)


def verb_target(tokens: Sequence[Token], index: int) -> int | None:
    """The index at which the target's name begins, if at `index` a verb stands at its place."""
    if index and not (tokens[index - 1].is_mark("(", ")")):
        return None
    following = _VERBS[tokens[index].value]
    name = index + 1
    if following:
        if name >= len(tokens) or not tokens[name].is_word(following):
            return None
        name += 1
    while name < len(tokens) and (tokens[name].is_word("only") or tokens[name].is_mark("(")):
        name += 1
    return name if name < len(tokens) and not tokens[name].is_word("set") else None


def _merged_rows(
    tokens: Tokens, unknown: frozenset[int]
) -> tuple[Mapping[int, frozenset[str]], frozenset[int]]:
    """The literals of the first of many rows of VALUES, with those of all; and the other rows.

    Only rows of literals that look alike are merged: VALUES (1, 'a'), (2, 'b'), …
    """
    merged: dict[int, frozenset[str]] = {}
    repeated: set[int] = set()
    for index, token in enumerate(tokens):
        if not token.is_word("values") or not _opens(tokens, index + 1):
            continue
        rows = list(_like_rows(tokens, index + 1, unknown))
        if len(rows) <= _MANY_ROWS:
            continue
        first = rows[0]
        for position, at in enumerate(first):
            if tokens[at].kind == "string":
                merged[at] = frozenset(tokens[row.start + position].value for row in rows)
        repeated.update(range(first.stop, rows[-1].stop))
    return merged, frozenset(repeated)


def _opens(tokens: Tokens, index: int) -> bool:
    return index < len(tokens) and tokens[index].is_mark("(")


def _like_rows(tokens: Tokens, start: int, unknown: frozenset[int]) -> Iterator[range]:
    """The rows from here on that are made of the same literals and signs as the first."""
    width = matching(tokens, start) + 1 - start
    first = tokens[start : start + width]
    simple = all(
        token.kind in ("string", "number", "mark", "word", "operator")
        and token.start not in unknown
        for token in first
    )
    while simple and start + width <= len(tokens):
        row = tokens[start : start + width]
        if not all(map(_alike, first, row)):
            return
        yield range(start, start + width)
        start += width
        if start >= len(tokens) or not tokens[start].is_mark(","):
            return
        start += 1


def _alike(one: Token, other: Token) -> bool:
    return one.kind == other.kind and (one.kind in ("string", "number") or one.value == other.value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _overriding(tokens: Sequence[Token], index: int) -> range:
    """OVERRIDING SYSTEM VALUE"""
    clause = any(words_at(tokens, index, "overriding", who, "value") for who in ("system", "user"))
    return range(index, index + 3) if clause else range(0)


def _current_of(tokens: Sequence[Token], index: int) -> range:
    """WHERE CURRENT OF c: the cursor stays, and means its rows."""
    return range(index, index + 2) if words_at(tokens, index, "current", "of") else range(0)


def _returning_with(tokens: Sequence[Token], index: int) -> range:
    """RETURNING WITH (OLD AS o)"""
    if words_at(tokens, index, "returning", "with"):
        return range(index + 1, matching(tokens, index + 2) + 1)
    return range(0)


def _only_parenthesis(tokens: Sequence[Token], index: int) -> tuple[int, ...]:
    """ONLY (t)"""
    if index + 1 < len(tokens) and tokens[index + 1].is_mark("("):
        return (index + 1, matching(tokens, index + 1))
    return ()


def _values_parenthesis(tokens: Sequence[Token], index: int) -> tuple[int, ...]:
    """INSERT INTO t (VALUES …): without the parenthesis, that is no list of columns."""
    inserts = [
        start for start in range(max(0, index - 8), index) if tokens[start].is_word("insert")
    ]
    opens = index and tokens[index - 1].is_mark("(")
    if (
        not inserts
        or not opens
        or any(t.kind == "mark" and t.value != "." for t in tokens[inserts[-1] : index - 1])
    ):
        return ()
    return (index - 1, matching(tokens, index - 1))


def _operator_call(tokens: Sequence[Token], index: int) -> tuple[int, ...]:
    """OPERATOR(pg_catalog.=) is the operator in it."""
    if index + 1 < len(tokens) and tokens[index + 1].is_mark("("):
        end = matching(tokens, index + 1)
        return (*range(index, end - 1), end)
    return ()


_SUPERFLUOUS = {
    "overriding": _overriding,
    "current": _current_of,
    "returning": _returning_with,
    "only": _only_parenthesis,
    "operator": _operator_call,
    "values": _values_parenthesis,
}
