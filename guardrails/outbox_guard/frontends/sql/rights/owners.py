"""ALTER TABLE and ALTER FUNCTION … OWNER TO."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import UNKNOWN_NAME, Owner
from outbox_guard.frontends.sql.declarations.naming import Words
from outbox_guard.frontends.sql.declarations.site import Site

_TABLES = ("table",)
_FUNCTIONS = ("function", "procedure", "routine")


def owners(site: Site) -> Iterator[Owner]:
    """Who gets a table or function; ALTER TABLE may say it among other changes."""
    words = Words(site.passage)
    if not words.accept("alter"):
        return
    words.accept("foreign")
    if not words.at(*_TABLES, *_FUNCTIONS):
        return
    of_function = words.advance().value in _FUNCTIONS
    words.index += 2 * words.at_words("if", "exists")
    words.accept("only")
    named = words.identity() if of_function else words.name()
    if named == UNKNOWN_NAME:
        return
    head, bracket, types = named.partition("(")
    namespace, _, name = head.rpartition(".")
    while words.find("owner"):
        words.advance()
        if words.accept("to"):
            yield Owner(
                **site.at(site.tokens[0]),
                namespace=namespace,
                kind="function" if of_function else "table",
                name=name,
                identity=name + bracket + types if bracket else "",
                owner=words.role(),
                words=site.written(site.tokens),
            )
