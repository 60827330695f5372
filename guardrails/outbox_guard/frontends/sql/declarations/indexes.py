"""CREATE INDEX: its table, what it is over, and the predicate of a partial one."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Index
from outbox_guard.frontends.sql.declarations.site import Site, behind, group, if_exists, qualified
from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    find_word,
    listed,
    skip_words,
    words_at,
)

# What may stand behind a key column, and is no part of it.
_OF_A_KEY = ("collate", "asc", "desc", "nulls")


def created_index(site: Site) -> Iterator[Index]:
    """CREATE INDEX, if it is that."""
    tokens = site.tokens
    kind = skip_words(tokens, 1, "unique")
    if not words_at(tokens, kind, "index"):
        return
    index, conditional = if_exists(tokens, skip_words(tokens, kind + 1, "concurrently"))
    named = None if words_at(tokens, index, "on") else qualified(tokens, index)
    on = named.end if named is not None else index
    if not words_at(tokens, on, "on"):
        return
    table = qualified(tokens, skip_words(tokens, on + 1, "only"))
    if table is None:
        return
    using = words_at(tokens, table.end, "using") and table.end + 1 < len(tokens)
    keys = table.end + 2 * using
    where = find_word(tokens, "where", behind(tokens, keys))
    predicate = tokens[where + 1 :] if where is not None else ()
    yield Index(
        **site.at(tokens[0], tokens[kind]),
        namespace=table.namespace,
        conditional=conditional,
        table=table.value,
        name=named.value if named is not None else "",
        columns=tuple(_key(site, part) for part in listed(group(tokens, keys)) if part),
        unique=kind > 1,
        method=tokens[table.end + 1].value if using else "btree",
        predicate=site.written(predicate),
        formula=site.formula(predicate)[0] if predicate else "",
        literals=tuple(dict.fromkeys(t.value for t in tokens if t.kind == "string")),
    )


def _key(site: Site, part: Tokens) -> str:
    """A key column by its name; an expression as it is written, without its brackets."""
    if part[0].is_identifier and not (len(part) > 1 and part[1].is_mark("(", ".")):
        return part[0].value
    inner = group(part, 0)
    if inner:
        return site.written(inner)
    ends = (i for i, token in enumerate(part) if token.is_word(*_OF_A_KEY))
    return site.written(part[: next(ends, len(part))])
