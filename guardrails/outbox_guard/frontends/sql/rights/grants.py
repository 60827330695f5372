"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES: who may do what with tables and functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts import Grant
from outbox_guard.frontends.sql.declarations.naming import Words
from outbox_guard.frontends.sql.declarations.site import Site

Kind = Literal["table", "function"]
Routines = Literal["any", "functions", "procedures"]

# ALL FUNCTIONS leaves procedures out, ALL ROUTINES does not.
_SEVERAL: dict[str, tuple[Kind, Routines]] = {
    "tables": ("table", "any"),
    "functions": ("function", "functions"),
    "procedures": ("function", "procedures"),
    "routines": ("function", "any"),
}
_SINGLE: dict[str, Kind] = {
    "table": "table",
    "function": "function",
    "procedure": "function",
    "routine": "function",
}
# What else privileges are held on: none of them lets anyone read or write a row.
_OTHERS = (
    *("database", "domain", "foreign", "language", "large", "parameter", "schema"),
    *("sequence", "tablespace", "type"),
)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What stands between ON and TO."""

    kind: Kind
    objects: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    routines: Routines = "any"


def grants(site: Site) -> Iterator[Grant]:
    """What a statement grants or revokes on tables and functions."""
    words = Words(site.passage)
    makers: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    default = words.at_words("alter", "default", "privileges")
    if default:
        words.index += 3
        makers, schemas = _scope(words)
    if not words.at("grant", "revoke"):
        return
    revokes = words.advance().value == "revoke"
    option = revokes and words.at_words("grant", "option", "for")
    words.index += 3 * option
    privileges = tuple(_privileges(words))
    subject = None
    if words.accept("on"):
        subject = _coming(words, schemas) if default else _subject(words)
    if subject is None or not words.find("from" if revokes else "to"):
        return
    words.advance()
    roles = words.roles()
    rest = [token.value for token in site.tokens[words.index :] if token.kind == "word"]
    yield Grant(
        **site.at(site.tokens[0]),
        change="revoke" if revokes else "grant",
        kind=subject.kind,
        privileges=privileges,
        roles=roles,
        objects=subject.objects,
        schemas=subject.schemas,
        routines=subject.routines,
        option=option or (not revokes and rest[:3] == ["with", "grant", "option"]),
        cascade=revokes and "cascade" in rest,
        default=default,
        makers=makers,
        words=site.written(site.tokens),
    )


def _scope(words: Words) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """[FOR ROLE a, b] [IN SCHEMA c, d]"""
    makers: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    while words.at("for", "in"):
        if words.advance().value == "for":
            words.accept("role", "user")
            makers = words.roles()
        else:
            words.accept("schema")
            schemas = words.names()
    return makers, schemas


def _privileges(words: Words) -> Iterator[str]:
    """SELECT, UPDATE (a, b), ALL PRIVILEGES: a column's privilege by itself."""
    while not words.at_end and not words.at("on"):
        privilege = words.name().upper()
        words.accept("privileges")
        if words.accept("("):
            yield from (f"{privilege} ({column})" for column in words.names())
            words.accept(")")
        else:
            yield privilege
        if not words.accept(","):
            return


def _coming(words: Words, schemas: tuple[str, ...]) -> _Subject | None:
    """The kind of a default, for which procedures are functions."""
    several = _SEVERAL.get(words.advance().value)
    return _Subject(several[0], schemas=schemas) if several is not None else None


def _subject(words: Words) -> _Subject | None:
    if words.at("all") and words.at(*_SEVERAL, ahead=1) and words.at("in", ahead=2):
        kind, routines = _SEVERAL[words.token(words.index + 1).value]
        words.index += 4
        return _Subject(kind, schemas=words.names(), routines=routines)
    is_name = words.at(",", ".", "to", "from", ahead=1)
    if words.at("all", *_OTHERS) and not is_name:
        return None
    named = words.at(*_SINGLE) and not is_name
    if named and _SINGLE[words.advance().value] == "function":
        return _Subject("function", words.identities())
    return _Subject("table", words.names())
