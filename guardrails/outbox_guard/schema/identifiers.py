"""Names as SQL writes them."""

from __future__ import annotations

import re


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_$]*", name)
    return name if plain else '"' + name.replace('"', '""') + '"'


def last_name(written: str) -> str:
    """The name of a type as it is written: without its schema, its modifiers and its brackets."""
    return re.sub(r"[\[(].*", "", written).rpartition(".")[2].strip(' "')
