"""Allow comments as facts, whatever language they stand in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from outbox_guard.allowing.comments import parse_allow, parts
from outbox_guard.facts import Allow, Place
from outbox_guard.sources import Source

_HASH = re.compile(r"(?<!\S)#[^\n]*outbox-guard[^\n]*", re.IGNORECASE)


def allow_of(comment: str, place: Place, *, alone: bool) -> Allow | None:
    """What a comment allows, None where it is not for us; `alone` if its line holds no more."""
    parsed = parse_allow(comment)
    if parsed is None:
        return None
    return Allow(
        place=place,
        codes=parsed.codes,
        reason=parsed.reason,
        whole_file=parsed.whole_file,
        alone=alone,
        owner=parsed.owner,
        until=parsed.until,
        fault=parsed.fault,
    )


def allows_of(
    comment: str, start: int, place: Callable[[int, int], Place], *, alone: bool
) -> Iterator[Allow]:
    """What a comment that begins at an offset allows, and each that follows in it."""
    for first, last in parts(comment):
        allow = allow_of(comment[first:last], place(start + first, start + last), alone=alone)
        if allow is not None:
            yield allow


def hash_allows(source: Source) -> Iterator[Allow]:
    """Those of a text in which `#` after a blank begins a comment, as in YAML, TOML and INI."""
    for found in _HASH.finditer(source.text):
        before = source.text[: found.start()].rpartition("\n")[2]
        yield from allows_of(found[0], found.start(), source.place, alone=not before.strip())
