"""On which line each key of a TOML text stands."""

from __future__ import annotations

from outbox_guard.sources import Source
from outbox_guard.toml_keys import Key, key_ranges

__all__ = ["Key", "key_lines"]


def key_lines(text: str) -> dict[Key, int]:
    """The first line of each key, table and list element of a text that is TOML."""
    source = Source("", text)
    return {key: source.place(*where).line for key, where in key_ranges(text).items()}
