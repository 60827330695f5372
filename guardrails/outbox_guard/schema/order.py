"""The order in which the files of `schema/` are applied."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath

from outbox_guard.facts import Fact

_NUMBER = re.compile(r"(\d+)")
_DOWN = re.compile(
    r"(?:^|[/._-])(?:down|undo|rollback|revert|teardown|uninstall)(?:[/._-].*)?\Z"
    r"|(?:^|/)U\d[\w.]*__",
    re.IGNORECASE,
)


@cache
def apply_order(path: str) -> tuple[object, ...]:
    """Where a file comes when `schema/` is applied: by name, its numbers as numbers."""
    parts = PurePosixPath(path).parts
    return tuple(_natural(part) for part in parts)


def _natural(part: str) -> tuple[tuple[int, int, str], ...]:
    """Text before numbers before longer text, as people number their migrations."""
    pieces = (piece for piece in _NUMBER.split(part) if piece)
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pieces)


def is_down(path: str) -> bool:
    """Whether a file takes a migration back; it is not applied."""
    return _DOWN.search(str(PurePosixPath(path).with_suffix(""))) is not None


def in_order(facts: Iterable[Fact], *kinds: type[Fact]) -> list[Fact]:
    """The facts of these kinds in applied files of `schema/`, in the order they take effect."""
    applied = [
        fact
        for fact in facts
        if isinstance(fact, kinds) and fact.place.zone == "schema" and not is_down(fact.place.path)
    ]
    return sorted(applied, key=lambda fact: (apply_order(fact.place.path), fact.place))
