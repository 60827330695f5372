"""Which tables, types and functions a statement needs to be there when it runs.

Names are taken from where they stand, without a tree: what the schema neither creates nor misses
is asked about by nobody, so that a column taken for a function does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from outbox_guard.facts import Place, Use
from outbox_guard.frontends.sql.declarations.site import Qualified, Site, group, past, qualified
from outbox_guard.frontends.sql.declarations.tables import is_column
from outbox_guard.frontends.sql.lexer import LexError, lex
from outbox_guard.frontends.sql.phrases import Tokens, find_word, listed, skip_words, words_at
from outbox_guard.frontends.sql.routines import Routine

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
_ALWAYS_THERE = frozenset(
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
_UNCHECKED = re.compile(
    r"check_function_bodies['\"]?\s*(?:=|\bto\b|,)\s*'?(?:off|false|no|0)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Named:
    kind: Kind
    name: Qualified


def uses(site: Site) -> Iterator[Use]:
    """What a statement uses; routines are asked by `uses_of_routine`."""
    routine = any(token.is_word("function", "procedure") for token in site.tokens[1:4])
    if site.tokens[0].is_word("do") or (routine and site.tokens[0].is_word("create")):
        return
    found = (*_by_position(site.tokens), *_expressions(site.tokens))
    yield from _told(site, found, site.passage.text.place)


def uses_of_routine(site: Site, routine: Routine) -> Iterator[Use]:
    """The types of a header, and of an SQL body what it reads and calls (ruling 12)."""
    if site.routine or site.statement.zone != "schema":
        return
    end = routine.body.start if routine.body is not None else site.tokens[-1].end
    header = [token for token in site.tokens if token.start < end and token.kind != "string"]
    yield from _told(site, _header_types(header, routine), site.passage.text.place)
    if routine.language != "sql" or routine.body is None:
        return
    text = routine.body.text(site.passage.text)
    late = routine.body.form == "string" and _UNCHECKED.search(
        site.passage.sql, 0, site.tokens[0].start
    )
    try:
        tokens = [] if late else lex(text.text)
    except LexError:
        return  # that the body cannot be read is told where it is followed
    yield from _told(site, (*_relations(tokens), *_expressions(tokens)), text.place)


def _told(
    site: Site, found: Iterator[_Named] | tuple[_Named, ...], place: Callable[[int, int], Place]
) -> Iterator[Use]:
    """Each name once, where it stands first."""
    seen: set[tuple[str, str, str]] = set()
    for named in found:
        key = (named.kind, named.name.namespace, named.name.value)
        common = named.name.value in _ALWAYS_THERE and named.kind != "table"
        if key not in seen and not common and named.name.first.start not in site.passage.meanings:
            seen.add(key)
            yield Use(
                place=place(named.name.first.start, named.name.last.end),
                statement=site.statement,
                inside=site.inside,
                routine=site.routine,
                namespace=named.name.namespace,
                kind=named.kind,
                name=named.name.value,
            )


def _header_types(header: Tokens, routine: Routine) -> Iterator[_Named]:
    types = {parameter.type.removesuffix("[]") for parameter in routine.signature.parameters}
    types.add(routine.returns.removesuffix("[]"))
    start = next((i for i, token in enumerate(header) if token.is_mark("(")), 0)
    for index in range(start, len(header)):
        name = qualified(header, index)
        before = header[index - 1] if index else None
        if name is not None and name.value in types and not (before and before.is_mark(".")):
            yield _Named("type", name)


# -- by where a name stands in a statement of DDL ----------------------------------------------


def _by_position(tokens: Tokens) -> Iterator[_Named]:
    verb = tokens[0].value
    reader = _READERS.get(verb)
    if reader is not None:
        yield from reader(tokens)
    elif verb in ("select", "with", "insert", "update", "delete", "merge", "values"):
        yield from _relations(tokens)


def _created(tokens: Tokens) -> Iterator[_Named]:
    kind = next((t.value for t in tokens[1:5] if t.value in _KINDS), "")
    match kind:
        case "table" | "view":
            yield from _relations(tokens)
            yield from _column_types(tokens)
            if (part := find_word(tokens, "partition")) is not None:
                yield from _name("table", tokens, part + 2)
        case "index" | "policy" | "rule":
            on = find_word(tokens, "to" if kind == "rule" else "on")
            if on is not None:
                yield from _name("table", tokens, skip_words(tokens, on + 1, "only"))
        case "trigger":
            on, run = find_word(tokens, "on"), find_word(tokens, "execute")
            if on is not None and run is not None:
                yield from _name("table", tokens, on + 1)
                yield from _name("function", tokens, run + 2)
        case "domain":
            yield from _name("type", tokens, skip_words(tokens, 3, "as"))
        case "type":
            yield from _column_types(tokens)


_KINDS = ("table", "view", "index", "policy", "rule", "trigger", "domain", "type")


def _altered(tokens: Tokens) -> Iterator[_Named]:
    index, conditional = past(tokens, 2, "if exists")
    if conditional:
        return
    if words_at(tokens, 1, "table"):
        name = skip_words(tokens, index, "only")
        yield from _name("table", tokens, name)
        yield from _relations(tokens[name:])
        for position, token in enumerate(tokens):
            if token.is_word("type") and position > name:
                yield from _name("type", tokens, position + 1)
            elif token.is_word("add"):
                column = skip_words(tokens, position + 1, "column", "if", "not", "exists")
                yield from _name("type", tokens, column + 1)
    elif words_at(tokens, 1, "type"):
        yield from _name("type", tokens, index)
    elif tokens[1].is_word("function", "procedure", "routine"):
        yield from _name("function", tokens, index)
    elif words_at(tokens, 1, "trigger") and (on := find_word(tokens, "on")) is not None:
        yield from _name("table", tokens, on + 1)


def _granted(tokens: Tokens) -> Iterator[_Named]:
    """GRANT and REVOKE … ON [TABLE] a, b TO, ON FUNCTION f(…) TO"""
    on = find_word(tokens, "on")
    if on is None or on + 1 >= len(tokens):
        return
    kinds: Mapping[str, Kind] = {
        "table": "table",
        "function": "function",
        "procedure": "function",
        "routine": "function",
        "type": "type",
        "domain": "type",
    }
    kind = kinds.get(tokens[on + 1].value)
    if kind is None and tokens[on + 1].is_word("all", "schema", "sequence", "database", "language"):
        return
    index = on + 1 + (kind is not None)
    while (name := qualified(tokens, index)) is not None:
        yield _Named(kind or "table", name)
        index = name.end
        depth = 0
        while index < len(tokens):
            depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
            index += 1
            if depth == 0 and tokens[index - 1].is_mark(","):
                break
            if depth == 0 and tokens[index - 1].is_word("to", "from"):
                return


def _commented(tokens: Tokens) -> Iterator[_Named]:
    kinds: Mapping[str, Kind] = {"table": "table", "type": "type", "function": "function"}
    name = qualified(tokens, 3)
    if name is None:
        return
    if tokens[2].value in kinds:
        yield _Named(kinds[tokens[2].value], name)
    elif tokens[2].is_word("column"):
        yield _Named("table", replace(name, namespace="", value=name.namespace))


def _truncated(tokens: Tokens) -> Iterator[_Named]:
    for part in listed(tokens[skip_words(tokens, 1, "table") :]):
        yield from _name("table", part, skip_words(part, 0, "only"))


_READERS: Mapping[str, Callable[[Tokens], Iterator[_Named]]] = {
    "create": _created,
    "alter": _altered,
    "grant": _granted,
    "revoke": _granted,
    "comment": _commented,
    "truncate": _truncated,
}


def _name(kind: Kind, tokens: Tokens, index: int) -> Iterator[_Named]:
    name = qualified(tokens, index)
    if name is not None:
        yield _Named(kind, name)


def _column_types(tokens: Tokens) -> Iterator[_Named]:
    """The second name of each element in the first brackets."""
    start = next((i for i, token in enumerate(tokens) if token.is_mark("(")), len(tokens))
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
        if tokens[index].is_mark("(", ",") and depth == 1 and is_column(tokens[index + 1 :][:2]):
            yield from _name("type", tokens, index + 2)
        if depth == 0:
            return


# -- in queries and expressions ----------------------------------------------------------------


def _relations(tokens: Tokens) -> Iterator[_Named]:
    """The tables of a query or of a statement that changes rows, without the names WITH makes."""
    made = _with_names(tokens)
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.value not in _TABLE_FOLLOWS:
            continue
        if token.value == "inherits":
            for part in listed(group(tokens, index + 1)):
                yield from _name("table", part, 0)
            continue
        if token.value == "from" and _is_no_query(tokens, index):
            continue
        if token.value == "update" and index and tokens[index - 1].is_word(*_BEFORE_UPDATE):
            continue
        for name in _listed_tables(tokens, index + 1, listed=token.value == "from"):
            if name.value not in made or name.namespace:
                yield _Named("table", name)


def _listed_tables(tokens: Tokens, index: int, *, listed: bool) -> Iterator[Qualified]:
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
                if not (called and listed):
                    yield name
                index = name.end
            expected = False
            if not listed:
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


def _expressions(tokens: Tokens) -> Iterator[_Named]:
    """Calls and casts."""
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if token.is_mark("::"):
            yield from _name("type", tokens, index + 1)
        elif before is not None and before.is_mark("."):
            continue
        elif token.is_identifier:
            name = qualified(tokens, index)
            called = name is not None and _opens(tokens, name.end)
            if name is not None and called and not (before and before.is_word(*_NO_CALL)):
                yield _Named("function", name)
        if token.is_word("as") and _in_cast(tokens, index):
            yield from _name("type", tokens, index + 1)


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
