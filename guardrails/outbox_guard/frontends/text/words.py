"""Words of the old model: in prose, in keys, and what a key is called now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from outbox_guard.facts import Edit, Fact, LegacyKey, Term
from outbox_guard.facts.operations import Where
from outbox_guard.names import Names, Texts
from outbox_guard.sources import Source

What = Literal["both", "keys", "terms"]  # keys that have a new name, words that have none

LEASE_SECONDS = ("lease", "seconds")
LEASE_REPAIR_BATCH_SIZE = ("lease", "repair", "batch", "size")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SEPARATOR = re.compile(r"[_-]")
# What tells that a text is about an outbox, and not about processes of an operating system.
_DOMAIN = re.compile(
    r"outbox|lease|dispatch|payment|relayer|\bclaim|\battempt|requeue|\bpending\b", re.IGNORECASE
)
_KEY_ENDS = re.compile(r"[\w.-]*[\"']?[ \t]*[]=:]")
_ELSEWHERE = re.compile(
    r"[ \t\n-]*(?:process|child|thread|container|task|connection|object|cookie|session|card)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Legacy:
    """A key of the old model: the words of its old name, and of its new one."""

    old: tuple[str, ...]
    new: tuple[str, ...]


def _is_about_outbox(source: Source, names: Names) -> bool:
    """Whether a file has any of the words that an outbox is spoken of with."""
    text = f"{source.path}\n{source.text}"
    return _DOMAIN.search(text) is not None or any(name in text for name in names.guarded)


def said(
    source: Source,
    text: str,
    names: Names,
    where: Where,
    what: What = "both",
    *,
    keys_only: bool = False,
) -> Iterator[Fact]:
    """The words of the old model in a text of the length of the file; blanks are what is exempt.

    `keys_only` where all that is left of a configuration are its keys, without their signs.
    """
    about = _is_about_outbox(source, names)
    for match in token(names.operations.terms).finditer(text):
        word = match[0]
        if word.casefold() == names.outbox.requeue_state.casefold():
            continue
        place = source.place(match.start(), match.end())
        if where != "label" and (new := renamed(word, names)):
            if what == "terms":
                continue
            # Where the new name is there as well, the old one is read for the sake of others.
            edit = None if new in source.text else Edit(place, word, new)
            yield LegacyKey(place=place, key=word, replacement=new, edit=edit)
        elif what == "keys" or not about:
            continue
        elif _is_told(text, match.end(), as_key=where == "key" and not keys_only):
            yield Term(place=place, term=word, where=where)


def _is_told(text: str, end: int, *, as_key: bool) -> bool:
    """Whether a word is about an outbox; `as_key` asks that it is a key and no value."""
    if as_key and not _KEY_ENDS.match(text, end):
        return False
    return not _ELSEWHERE.match(text, end)


@cache
def token(terms: Texts) -> re.Pattern[str]:
    """A word that holds one of the terms, with all that a name may hold around it."""
    either = "|".join(map(re.escape, terms)) or "(?!)"
    file = r"\.(?:md|rst|html?|txt|py|sql|sh|ya?ml|toml|json|png|svg)\b"
    return re.compile(rf"(?<![\w/-])[\w-]*(?:{either})[\w-]*(?![\w/]|{file})", re.IGNORECASE)


def renamed(key: str, names: Names) -> str:
    """What a key is called now, in its own spelling; "" for one that is not of the old model."""
    words = list(_WORD.finditer(key))
    spelt = tuple(word[0].lower() for word in words)
    for legacy in _legacies(
        names.operations.lease_seconds, names.operations.lease_repair_batch_size
    ):
        size = len(legacy.old)
        if spelt[-size:] == legacy.old:
            start = words[-size].start()
            return key[:start] + _like(key[start:], legacy.new, first=start == 0)
    return ""


@cache
def _legacies(seconds: Texts, sizes: Texts) -> tuple[Legacy, ...]:
    pairs: list[tuple[str, tuple[str, ...]]] = [(name, LEASE_SECONDS) for name in seconds]
    pairs += [(name, LEASE_REPAIR_BATCH_SIZE) for name in sizes]
    return tuple(
        Legacy(tuple(word.lower() for word in _WORD.findall(old)), new) for old, new in pairs
    )


def _like(old: str, words: tuple[str, ...], *, first: bool) -> str:
    """Words spelt as an old name is: with its separators, in its case."""
    if separator := _SEPARATOR.search(old):
        joined = separator[0].join(words)
        return joined.upper() if old.isupper() else joined
    capital = "".join(word.capitalize() for word in words)
    return words[0] + capital[len(words[0]) :] if first and old[0].islower() else capital
