"""Names in queries and expressions: of tables, types and functions, by where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from outbox_guard.frontends.sql.declarations.site import Qualified, group, qualified
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.phrases import Tokens, listed, skip_words, words_at
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token

Kind = Literal["table", "type", "function"]

# Behind these words a name is of a table, in queries and in what changes rows.
_TABLE_FOLLOWS = frozenset("from join into update references inherits like".split())
_MODIFIERS = ("only", "lateral", "table", "if", "exists")
# Behind these a name with brackets is no call: it is a table, an index, an alias or a type.
_NO_CALL = frozenset(
    "into references as on index constraint table view type function procedure aggregate update"
    " key method".split()
)
# Behind these UPDATE names no table: FOR UPDATE, FOR NO KEY UPDATE, DO UPDATE, ON UPDATE.
_BEFORE_UPDATE = ("for", "key", "do", "on", "before", "after", "or", "of")
# What every version has; and words that stand before brackets, and call nothing.
ALWAYS_THERE = frozenset(
    "text int integer bigint smallint int2 int4 int8 varchar character char bpchar uuid bool"
    " boolean date time timestamp timestamptz numeric decimal real double float float4 float8 json"
    " jsonb bytea interval name oid regclass serial bigserial smallserial void trigger record"
    " inet cidr xml setof table now count coalesce max min sum avg nextval currval setval"
    " lower upper length greatest least nullif btrim concat format row array any all some exists in"
    " values check unique key exclude and or not case when then else end over filter within by as"
    " using with set where include is like between distinct on select cast extract".split()
)
# FROM in the arguments of these is no FROM of a query.
_WITH_FROM = ("extract", "substring", "trim", "overlay", "position")
_ENDS_FROM = frozenset(
    "where group order having limit offset fetch for union intersect except window set returning"
    " on using join left right full inner cross natural select when with".split()
)


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a statement needs to be there."""

    kind: Kind
    name: Qualified


def relations(tokens: Tokens) -> Iterator[Named]:
    """The tables of a query or of a statement that changes rows, without the names WITH makes."""
    made = _with_names(tokens)
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.value not in _TABLE_FOLLOWS:
            continue
        if token.value == "inherits":
            for part in listed(group(tokens, index + 1)):
                yield from name_of("table", part, 0)
            continue
        if token.value == "from" and _is_no_query(tokens, index):
            continue
        if token.value == "update" and index and tokens[index - 1].is_word(*_BEFORE_UPDATE):
            continue
        if token.value == "into" and not (index and tokens[index - 1].is_word("insert", "merge")):
            continue  # the table of SELECT INTO is made by it
        for name in _tables_at(tokens, index + 1, several=token.value == "from"):
            if name.value not in made or name.namespace:
                yield Named("table", name)


def _tables_at(tokens: Tokens, index: int, *, several: bool) -> Iterator[Qualified]:
    """The table at `index`, and of a FROM list those behind its commas."""
    depth = 0
    expected = True
    while index < len(tokens):
        token = tokens[index]
        if expected:
            index = skip_words(tokens, index, *_MODIFIERS)
            name = qualified(tokens, index)
            if name is not None:
                called = name.end < len(tokens) and tokens[name.end].is_mark("(")
                if not (called and several):
                    yield name
                index = name.end
            expected = False
            if not several:
                return
            continue
        depth += token.is_mark("(") - token.is_mark(")")
        if depth < 0 or (depth == 0 and token.kind == "word" and token.value in _ENDS_FROM):
            return
        expected = depth == 0 and token.is_mark(",")
        index += 1


def _is_no_query(tokens: Tokens, index: int) -> bool:
    """FROM of extract(… FROM …), and of IS DISTINCT FROM."""
    distinct = index > 0 and tokens[index - 1].is_word("distinct")
    return distinct or _caller(tokens, index) in _WITH_FROM


def _with_names(tokens: Tokens) -> frozenset[str]:
    """name AS (…, name (columns) AS MATERIALIZED (…, as WITH makes them."""
    found: set[str] = set()
    for index, token in enumerate(tokens):
        after = skip_words(tokens, index + 1, "not", "materialized")
        if not token.is_word("as") or not _opens(tokens, after):
            continue
        before = _opening(tokens, index - 1) - 1 if tokens[index - 1].is_mark(")") else index - 1
        if before >= 0 and tokens[before].is_identifier:
            found.add(tokens[before].value)
    return frozenset(found)


def _opening(tokens: Tokens, index: int) -> int:
    """The index of the bracket that the one at `index` closes, -1 where none does."""
    depth = 0
    for position in range(index, -1, -1):
        depth += tokens[position].is_mark(")") - tokens[position].is_mark("(")
        if depth == 0:
            return position
    return -1


def expressions(tokens: Tokens) -> Iterator[Named]:
    """Calls and casts."""
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if token.is_mark("::"):
            yield from name_of("type", tokens, index + 1)
        elif before is not None and before.is_mark("."):
            continue
        elif token.is_identifier:
            name = qualified(tokens, index)
            called = name is not None and _opens(tokens, name.end)
            if name is not None and called and not (before and before.is_word(*_NO_CALL)):
                yield Named("function", name)
        if token.kind == "string" and _is_relation(tokens, index):
            yield from _spelt(token)
        if token.is_word("as") and _in_cast(tokens, index):
            yield from name_of("type", tokens, index + 1)


def _is_relation(tokens: Tokens, index: int) -> bool:
    """Whether a text is looked up as soon as it is read: nextval('s'), 't'::regclass."""
    if words_at(tokens, index + 2, "regclass") and tokens[index + 1].is_mark("::"):
        return True
    opens = index > 1 and tokens[index - 1].is_mark("(")
    return opens and tokens[index - 2].is_word("nextval", "currval", "setval")


def _spelt(text: Token) -> Iterator[Named]:
    """The table or sequence that a text names."""
    try:
        names = lex(text.value)
    except LexError:
        return  # which no server takes either
    for name in filter(None, [qualified(names, 0)]):
        yield Named("table", replace(name, first=text, last=text))


def _opens(tokens: Tokens, index: int) -> bool:
    return index < len(tokens) and tokens[index].is_mark("(")


def _in_cast(tokens: Tokens, index: int) -> bool:
    return _caller(tokens, index) == "cast"


def _caller(tokens: Tokens, index: int) -> str:
    """The word before the bracket that stands open at `index`."""
    depth = 0
    for position in range(index - 1, -1, -1):
        depth += tokens[position].is_mark(")") - tokens[position].is_mark("(")
        if depth < 0:
            return tokens[position - 1].value if position else ""
    return ""


def name_of(kind: Kind, tokens: Tokens, index: int) -> Iterator[Named]:
    name = qualified(tokens, index)
    if name is not None:
        yield Named(kind, name)
