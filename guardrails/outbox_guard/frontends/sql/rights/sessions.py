"""Who runs the statements that follow, and in which schema their names are."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Session
from outbox_guard.frontends.sql.declarations.naming import CURRENT, SESSION, Words
from outbox_guard.frontends.sql.declarations.site import Site

_NOBODY = ("none", "default", SESSION, CURRENT)


def sessions(site: Site) -> Iterator[Session]:
    """SET and RESET of the role, the user and the search path, and the end of SET LOCAL."""
    words = Words(site.passage)
    place, inside = site.passage.place(site.tokens[0]), site.inside
    if words.accept("commit", "rollback", "end", "abort"):
        yield Session(place=place, inside=inside, change="end")
        return
    resets = words.accept("reset") is not None
    if not resets and not words.accept("set"):
        return
    local = words.accept("local") is not None
    if words.at_words("session", "authorization"):
        words.index += 2
        yield Session(place=place, inside=inside, change="login", names=_role(words), local=local)
        return
    words.accept("session")
    if words.accept("role"):
        words.accept("to", "=")
        yield Session(place=place, inside=inside, change="role", names=_role(words), local=local)
    elif words.accept("search_path"):
        words.accept("to", "=")
        names = () if resets or words.at("default") else words.names()
        yield Session(place=place, inside=inside, change="path", names=names, local=local)


def _role(words: Words) -> tuple[str, ...]:
    """Nobody where it is reset."""
    role = "none" if words.at_end else words.role()
    return () if role in _NOBODY else (role,)
