"""CREATE of views, sequences, schemas and extensions; COMMENT ON; DROP of anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outbox_guard.facts import Comment, Created, Drop, Rename
from outbox_guard.frontends.sql.declarations.renames import THINGS, renamed
from outbox_guard.frontends.sql.declarations.site import Site, if_exists, past, qualified
from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.phrases import find_word, listed, skip_words, words_at
from outbox_guard.frontends.sql.routines.signatures import signature

_NAMED = ("schema", "extension", "sequence", "view", "aggregate", "role", "user", "group")


def created_thing(site: Site) -> Iterator[Created]:
    """CREATE of what has no parts that matter."""
    tokens = site.tokens
    start = skip_words(tokens, 1, "or", "replace", "temp", "temporary", "unlogged", "recursive")
    kind, materialized = past(tokens, start, "materialized")
    if kind >= len(tokens) or not tokens[kind].is_word(*_NAMED):
        return
    index, conditional = if_exists(tokens, kind + 1)
    index = skip_words(tokens, index, "authorization")
    name = qualified(tokens, index)
    if name is None:
        return
    yield Created(
        **site.at(tokens[0], tokens[kind]),
        namespace=name.namespace,
        conditional=conditional,
        kind=THINGS[tokens[kind].value],
        name=name.value,
        form="materialized" if materialized else "",
        replaces=words_at(tokens, 1, "or", "replace"),
    )


def altered_thing(site: Site) -> Iterator[Rename]:
    """ALTER SEQUENCE, SCHEMA, TRIGGER … RENAME TO, SET SCHEMA"""
    tokens = site.tokens
    kind = tokens[1].value
    index, _ = past(tokens, 2, "if exists")
    name = qualified(tokens, index)
    if name is None:
        return
    action, of = tokens[name.end :], ""
    if words_at(action, 0, "on"):
        table = qualified(action, 1)
        if table is None:
            return
        action, of = action[table.end :], table.value
        name = replace(name, namespace=table.namespace)
    yield from renamed(site, kind, name, action, of=of)


def comment(site: Site) -> Iterator[Comment]:
    """COMMENT ON kind name [ON table] IS 'text'"""
    tokens = site.tokens
    text = find_word(tokens, "is", 2)
    if not words_at(tokens, 1, "on") or text is None or text + 1 >= len(tokens):
        return
    kind, _ = past(tokens, 2, "materialized", "foreign", "event")
    name = qualified(tokens, kind + 1)
    if name is None:
        return
    namespace, of = name.namespace, ""
    if tokens[kind].is_word("column"):
        namespace, of = "", name.namespace
    elif words_at(tokens, name.end, "on"):
        table = qualified(tokens, skip_words(tokens, name.end + 1, "domain"))
        of = table.value if table is not None else ""
    said = tokens[text + 1]
    yield Comment(
        **site.at(tokens[0], tokens[kind]),
        namespace=namespace,
        kind=THINGS.get(tokens[kind].value, "other"),
        name=name.value,
        of=of,
        text=said.value if said.kind == "string" else "",
    )


def dropped_things(site: Site) -> Iterator[Drop]:
    """DROP of one thing or of several."""
    tokens = site.tokens
    cascade = tokens[-1].is_word("cascade")
    if tokens[1].is_word("function", "procedure", "routine", "aggregate"):
        yield from _dropped_functions(site, cascade=cascade)
        return
    kind, _ = past(tokens, 1, "materialized", "foreign")
    if kind >= len(tokens) or THINGS.get(tokens[kind].value) is None:
        return
    index, _ = past(tokens, kind + 1, "concurrently")
    index, conditional = past(tokens, index, "if exists")
    for part in listed(tokens[index:]):
        name = qualified(part, 0)
        if name is not None:
            yield Drop(
                **site.at(name.last),
                namespace=name.namespace,
                conditional=conditional,
                kind=THINGS[tokens[kind].value],
                name=name.value,
                cascade=cascade,
            )


def _dropped_functions(site: Site, *, cascade: bool) -> Iterator[Drop]:
    tokens = site.tokens
    index, conditional = past(tokens, 2, "if exists")
    cursor = Cursor(tokens, index)
    while cursor.current.is_identifier:
        first = cursor.current
        space = qualified(tokens, cursor.index)
        named = signature(cursor)
        yield Drop(
            **site.at(first, cursor.previous),
            namespace=space.namespace if space is not None else "",
            conditional=conditional,
            kind="function",
            name=named.name,
            identity=named.identity,
            cascade=cascade,
        )
        if not cursor.accept(","):
            return
