"""Allow comments as facts, whatever language they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.allowing.comments import parse_allow
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


def hash_allows(source: Source) -> Iterator[Allow]:
    """Those of a text in which `#` after a blank begins a comment, as in YAML, TOML and INI."""
    for found in _HASH.finditer(source.text):
        before = source.text[: found.start()].rpartition("\n")[2]
        place = source.place(found.start(), found.end())
        allow = allow_of(found[0], place, alone=not before.strip())
        if allow is not None:
            yield allow
