"""What a statement ends that earlier ones have made: tables and their rows, cursors, PREPAREs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from outbox_guard.frontends.sql.lexing.phrases import Tokens, listed, name_at, skip_words, words_at

EVERY = "*"  # for whatever has a name
NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ending:
    """The names of what is no more from a statement on."""

    relations: frozenset[str] = NO_NAMES
    emptied: frozenset[str] = NO_NAMES  # tables that stay, without the rows that they had
    cursors: frozenset[str] = NO_NAMES
    prepared: frozenset[str] = NO_NAMES
    renamed: dict[str, str] = field(default_factory=dict)  # a relation's name -> its new one

    def __bool__(self) -> bool:
        return self != NOTHING


NOTHING = Ending()


def ended_by(tokens: Tokens) -> Ending:
    """What a statement ends; nothing, for most."""
    match tokens[0].value if tokens and tokens[0].kind == "word" else "":
        case "drop":
            return Ending(relations=_dropped(tokens))
        case "truncate":
            return Ending(emptied=frozenset(truncated(tokens)))
        case "delete":
            return Ending(emptied=_cleared(tokens))
        case "close":
            return Ending(cursors=_one_or_all(tokens, 1))
        case "deallocate":
            return Ending(prepared=_one_or_all(tokens, skip_words(tokens, 1, "prepare")))
        case "discard" if len(tokens) > 1:
            return _discarded(tokens[1].value)
        case "alter":
            return Ending(renamed=dict(_renamed(tokens)))
    return NOTHING


def truncated(tokens: Tokens) -> Iterator[str]:
    """The tables of TRUNCATE [TABLE] [ONLY] a, b *."""
    start = skip_words(tokens, 1, "table")
    for part in listed(tokens[start:]):
        name = name_at(part, skip_words(part, 0, "only"))
        if name is not None:
            yield name.value


def _dropped(tokens: Tokens) -> frozenset[str]:
    start = skip_words(tokens, 1, "materialized", "foreign")
    if not (words_at(tokens, start, "table") or words_at(tokens, start, "view")):
        return NO_NAMES
    start = skip_words(tokens, start + 1, "if", "exists")
    names = (name_at(part, 0) for part in listed(tokens[start:]))
    return frozenset(name.value for name in names if name is not None)


def _cleared(tokens: Tokens) -> frozenset[str]:
    """DELETE FROM table, of all its rows."""
    name = name_at(tokens, skip_words(tokens, 1, "from", "only"))
    whole = name is not None and name.end == len(tokens)
    return frozenset((name.value,)) if name is not None and whole else NO_NAMES


def _one_or_all(tokens: Tokens, index: int) -> frozenset[str]:
    if words_at(tokens, index, "all"):
        return frozenset((EVERY,))
    name = name_at(tokens, index)
    return NO_NAMES if name is None else frozenset((name.value,))


def _discarded(what: str) -> Ending:
    """DISCARD ALL | TEMP"""
    every = frozenset((EVERY,))
    if what == "all":
        return Ending(relations=every, cursors=every, prepared=every)
    return Ending(relations=every) if what in ("temp", "temporary") else NOTHING


def _renamed(tokens: Tokens) -> Iterator[tuple[str, str]]:
    """ALTER TABLE | VIEW name RENAME TO name"""
    start = skip_words(tokens, 1, "materialized", "foreign")
    if not (words_at(tokens, start, "table") or words_at(tokens, start, "view")):
        return
    name = name_at(tokens, skip_words(tokens, start + 1, "if", "exists", "only"))
    if name is not None and words_at(tokens, name.end, "rename", "to"):
        new = name_at(tokens, name.end + 2)
        if new is not None:
            yield name.value, new.value
