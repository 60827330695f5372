"""A file that is edited, as pieces that end with statements: what did not change stays a piece.

Behind the semicolon of a whole statement everything begins anew, so a piece is cut by itself. What
else stands on its first line and on its last is part of its text, but of none of its statements:
its columns are those of the file, and a comment there may be about it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from outbox_guard.frontends.alike import ends, resembles
from outbox_guard.frontends.sql.lexing.splitter import Chunk, chunks, chunks_and_ends
from outbox_guard.names import Names
from outbox_guard.sources import Source

KEPT = 8  # files
MOST = 1 << 20  # characters of a file that somebody types into
_DATA = re.compile("stdin", re.IGNORECASE)  # lines that may follow a statement, and are none
_LINE_END = re.compile(r"[\r\n]|\Z")
_BLANK = re.compile(r"[ \t]*(?:\r\n|\n|\r)")  # behind a statement


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Whole lines of a file, and the statements of it that begin and end between two offsets."""

    text: str
    start: int
    end: int
    chunks: tuple[Chunk, ...]
    memories: tuple[dict[Hashable, object], ...]  # what was worked out of each of them


@dataclass(frozen=True, eq=False, slots=True)
class Cut:
    """A file in pieces."""

    text: str
    edges: tuple[int, ...]  # where each piece ends; it starts where the one before it ends
    pieces: tuple[Piece, ...]
    offsets: tuple[int, ...]  # of the lines of each piece, in the file


@dataclass(slots=True)
class _Latest:
    """The texts that were read last, by path; cut into pieces where they are edited."""

    names: Names | None = None
    files: dict[tuple[str, str], str | Cut] = field(default_factory=dict)


_LATEST = _Latest()


def cut_of(source: Source, names: Names) -> Cut | None:
    """The pieces of a file; None for one that was not just read in another state."""
    if _LATEST.names != names:
        _LATEST.files.clear()
    _LATEST.names = names
    key = source.path, source.zone
    before = _LATEST.files.pop(key, None)
    now = _following(before, source.text)
    if len(source.text) <= MOST:
        _LATEST.files[key] = now or source.text
    if len(_LATEST.files) > KEPT:
        del _LATEST.files[next(iter(_LATEST.files))]
    return now


def _following(before: str | Cut | None, text: str) -> Cut | None:
    if before is None or len(text) > MOST or _DATA.search(text):
        return None
    known = Cut(before, (), (), ()) if isinstance(before, str) else before
    if known.text == text and known.pieces:
        return known
    return edited(known, text) if resembles(known.text, text) else None


def edited(before: Cut, text: str) -> Cut:
    """The pieces of a text, of which those that are the same as before are the very same."""
    first, last = ends(before.text, text)
    moved = len(text) - len(before.text)
    kept = bisect_right(before.edges[:-1], first)
    edges = list(before.edges[:kept])
    old = {edge + moved: number for number, edge in enumerate(before.edges[:-1], 1)}
    tail: tuple[int, ...] = (len(text),)
    for edge in _edges(text, edges[-1] if edges else 0):
        edges.append(edge)
        if edge in old and edge >= len(text) - last:
            tail = tuple(each + moved for each in before.edges[old[edge] :])
            break
    edges += tail if edges[-1:] != [len(text)] else ()
    # Only where to look: what is the same is seen in its text.
    same = dict(zip(edges[:kept], before.pieces, strict=False))
    same |= dict(zip(reversed(tail), reversed(before.pieces), strict=False))
    placed = list(_placed(text, edges, same))
    return Cut(text, tuple(edges), *map(tuple, zip(*placed, strict=True)))


def _edges(text: str, start: int) -> Iterator[int]:
    for each in chunks_and_ends(text, start=start, psql=True):
        if isinstance(each, int):
            yield each


def _placed(text: str, edges: list[int], same: dict[int, Piece]) -> Iterator[tuple[Piece, int]]:
    """Each piece, and the offset of its first line."""
    start = 0
    for end in edges:
        if blank := _BLANK.match(text, start, end):
            start = offset = blank.end()
        else:
            offset = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
        line_end = _LINE_END.search(text, end)
        lines = text[offset : line_end.start() if line_end else end]
        piece = same.get(end)
        if piece is None or (piece.text, piece.start, piece.end) != (
            lines,
            start - offset,
            end - offset,
        ):
            piece = _piece(lines, start - offset, end - offset)
        yield piece, offset
        start = end


def _piece(text: str, start: int, end: int) -> Piece:
    found = tuple(chunks(text, start=start, end=end, psql=True))
    return Piece(text, start, end, found, tuple({} for _ in found))
