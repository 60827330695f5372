"""Which tables, types and functions a statement needs to be there when it runs.

Names are taken from where they stand, without a tree: what the schema neither creates nor misses
is asked about by nobody, so that a column taken for a function does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from outbox_guard.facts import Place, Use
from outbox_guard.frontends.sql.declarations.references import (
    ALWAYS_THERE,
    Kind,
    Named,
    expressions,
    name_of,
    relations,
)
from outbox_guard.frontends.sql.declarations.site import Site, past, qualified
from outbox_guard.frontends.sql.declarations.tables import is_column
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    find_word,
    listed,
    skip_words,
    words_at,
)
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.frontends.sql.routines.headers import Routine


def uses(site: Site) -> Iterator[Use]:
    """What a statement uses; routines are asked by `uses_of_routine`."""
    routine = any(token.is_word("function", "procedure") for token in site.tokens[1:4])
    if site.tokens[0].is_word("do") or (routine and site.tokens[0].is_word("create")):
        return
    found = (*_by_position(site.tokens), *expressions(site.tokens))
    yield from _told(site, found, site.passage.text.place)


def uses_of_routine(site: Site, routine: Routine, *, unchecked: bool = False) -> Iterator[Use]:
    """The types of a header, and of an SQL body what it reads and calls.

    A body that is `unchecked` where it is created is only read when it runs.
    """
    if site.routine or site.statement.zone != "schema":
        return
    end = routine.body.start if routine.body is not None else site.tokens[-1].end
    header = [token for token in site.tokens if token.start < end and token.kind != "string"]
    yield from _told(site, _header_types(header, routine), site.passage.text.place)
    if routine.language != "sql" or routine.body is None:
        return
    text = routine.body.text(site.passage.text)
    late = unchecked and routine.body.form == "string"
    try:
        tokens = [] if late else lex(text.text)
    except LexError:
        return  # that the body cannot be read is told where it is followed
    yield from _told(site, (*relations(tokens), *expressions(tokens)), text.place)


def _told(
    site: Site, found: Iterator[Named] | tuple[Named, ...], place: Callable[[int, int], Place]
) -> Iterator[Use]:
    """Each name once, where it stands first."""
    seen: set[tuple[str, str, str]] = set()
    for named in found:
        key = (named.kind, named.name.namespace, named.name.value)
        common = named.name.value in ALWAYS_THERE and named.kind != "table"
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


def _header_types(header: Tokens, routine: Routine) -> Iterator[Named]:
    types = {parameter.type.removesuffix("[]") for parameter in routine.signature.parameters}
    types.add(routine.returns.removesuffix("[]"))
    start = next((i for i, token in enumerate(header) if token.is_mark("(")), 0)
    for index in range(start, len(header)):
        name = qualified(header, index)
        before = header[index - 1] if index else None
        if name is not None and name.value in types and not (before and before.is_mark(".")):
            yield Named("type", name)


# -- by where a name stands in a statement of DDL ----------------------------------------------


def _by_position(tokens: Tokens) -> Iterator[Named]:
    verb = tokens[0].value
    reader = _READERS.get(verb)
    if reader is not None:
        yield from reader(tokens)
    elif verb in ("select", "with", "insert", "update", "delete", "merge", "values"):
        yield from relations(tokens)


def _created(tokens: Tokens) -> Iterator[Named]:
    kind = next((t.value for t in tokens[1:5] if t.value in _KINDS), "")
    match kind:
        case "table" | "view":
            yield from relations(tokens)
            yield from _column_types(tokens)
            if (part := find_word(tokens, "partition")) is not None:
                yield from name_of("table", tokens, part + 2)
        case "index" | "policy" | "rule":
            on = find_word(tokens, "to" if kind == "rule" else "on")
            if on is not None:
                yield from name_of("table", tokens, skip_words(tokens, on + 1, "only"))
        case "trigger":
            on, run = find_word(tokens, "on"), find_word(tokens, "execute")
            if on is not None and run is not None:
                yield from name_of("table", tokens, on + 1)
                yield from name_of("function", tokens, run + 2)
        case "domain":
            yield from name_of("type", tokens, skip_words(tokens, 3, "as"))
        case "type":
            yield from _column_types(tokens)


_KINDS = ("table", "view", "index", "policy", "rule", "trigger", "domain", "type")


def _altered(tokens: Tokens) -> Iterator[Named]:
    index, conditional = past(tokens, 2, "if exists")
    if conditional:
        return
    if words_at(tokens, 1, "table"):
        name = skip_words(tokens, index, "only")
        yield from name_of("table", tokens, name)
        yield from relations(tokens[name:])
        for position, token in enumerate(tokens):
            if token.is_word("type") and position > name:
                yield from name_of("type", tokens, position + 1)
            elif token.is_word("add"):
                column = skip_words(tokens, position + 1, "column", "if", "not", "exists")
                yield from name_of("type", tokens, column + 1)
    elif words_at(tokens, 1, "type"):
        yield from name_of("type", tokens, index)
    elif tokens[1].is_word("function", "procedure", "routine"):
        yield from name_of("function", tokens, index)
    elif words_at(tokens, 1, "trigger") and (on := find_word(tokens, "on")) is not None:
        yield from name_of("table", tokens, on + 1)


def _granted(tokens: Tokens) -> Iterator[Named]:
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
        yield Named(kind or "table", name)
        index = name.end
        depth = 0
        while index < len(tokens):
            depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
            index += 1
            if depth == 0 and tokens[index - 1].is_mark(","):
                break
            if depth == 0 and tokens[index - 1].is_word("to", "from"):
                return


def _commented(tokens: Tokens) -> Iterator[Named]:
    kinds: Mapping[str, Kind] = {"table": "table", "type": "type", "function": "function"}
    name = qualified(tokens, 3)
    if name is None:
        return
    if tokens[2].value in kinds:
        yield Named(kinds[tokens[2].value], name)
    elif tokens[2].is_word("column"):
        yield Named("table", replace(name, namespace="", value=name.namespace))


def _truncated(tokens: Tokens) -> Iterator[Named]:
    for part in listed(tokens[skip_words(tokens, 1, "table") :]):
        yield from name_of("table", part, skip_words(part, 0, "only"))


_READERS: Mapping[str, Callable[[Tokens], Iterator[Named]]] = {
    "create": _created,
    "alter": _altered,
    "grant": _granted,
    "revoke": _granted,
    "comment": _commented,
    "truncate": _truncated,
}


def _column_types(tokens: Tokens) -> Iterator[Named]:
    """The second name of each element in the first brackets."""
    start = next((i for i, token in enumerate(tokens) if token.is_mark("(")), len(tokens))
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
        if tokens[index].is_mark("(", ",") and depth == 1 and is_column(tokens[index + 1 :][:2]):
            yield from name_of("type", tokens, index + 2)
        if depth == 0:
            return
