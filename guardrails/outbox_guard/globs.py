"""Globs over paths and over names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache


@cache
def path_pattern(glob: str) -> re.Pattern[str]:
    """A glob anchored at the project's root: `*` stays within a folder, `**` crosses them.

    A glob that names a folder (`tests` or `tests/`) covers all that is in it.
    """
    parts: list[str] = []
    segments = glob.strip("/").split("/")
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            parts.append(".*" if last else "(?:[^/]+/)*")
        else:
            parts.append(_segment(segment) + ("(?:/.*)?" if last else "/"))
    return re.compile("(?s:" + "".join(parts) + r")\Z")


def _segment(segment: str) -> str:
    """`*`, `?` and `[…]` inside one folder's name."""
    pieces = re.split(r"(\*+|\?|\[[^]]+\])", segment)
    return "".join(map(_piece, pieces))


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and piece.endswith("]"):
        return "[^" + piece[2:] if piece[1] == "!" else piece
    return re.escape(piece)


def any_path(globs: Iterable[str], path: str) -> bool:
    return any(path_pattern(glob).match(path) for glob in globs)


@cache
def name_pattern(glob: str) -> re.Pattern[str]:
    """A glob over a whole name; case counts."""
    return re.compile(translate(glob))


def any_name(globs: Iterable[str], name: str) -> bool:
    return any(name_pattern(glob).match(name) for glob in globs)
