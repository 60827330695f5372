"""What SQL said before, where its file is edited and it still stands where it stood."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from outbox_guard.frontends.python.values.pieces import Gap, Literal, Piece, Text, WholeFile
from outbox_guard.frontends.sql import Left, run_sql
from outbox_guard.frontends.sql.lexing.text import Binds, SqlText, Statement
from outbox_guard.names import Names

KEPT = 2_000  # texts

Key = tuple[Hashable, ...]


@dataclass
class _Known:
    """Of one project at a time: the one that is being typed into."""

    names: Names | None = None
    found: dict[Key, tuple[tuple[Statement, ...], Left]] = field(default_factory=dict)


_KNOWN = _Known()


def read_text(
    text: Text, whole: SqlText, names: Names, *, binds: Binds, inside: str, left: Left
) -> tuple[tuple[Statement, ...], Left]:
    """The statements of a text that code puts together, and what they leave; `whole` is all of it.

    Where others left something before, they may say another thing each time.
    """
    if left or not any(map(_is_edited, text.literals)):
        return run_sql(whole, names, binds=binds, inside=inside, left=left)
    if _KNOWN.names is not names:  # mostly they are the same, and else mostly as good as that
        if _KNOWN.names != names:
            _KNOWN.found.clear()
        _KNOWN.names = names
    key: Key = (whole.text, repr(binds), inside, *_standing(text))
    found = _KNOWN.found.pop(key, None)
    if found is None:
        found = run_sql(whole, names, binds=binds, inside=inside)
    _KNOWN.found[key] = found  # the last to be forgotten
    if len(_KNOWN.found) > KEPT:
        del _KNOWN.found[next(iter(_KNOWN.found))]
    return found


def _is_edited(literal: Literal | WholeFile) -> bool:
    return isinstance(literal, Literal) and literal.syntax.known is not None


def _standing(text: Text) -> Iterator[Hashable]:
    """Where each character of a text stands, and what its gaps are."""
    for segment in text.segments:
        match segment:
            case Piece(text=words, literal=literal, offsets=offsets):
                yield words, _place(literal), offsets
            case Gap(kind=kind, locked=locked, literal=literal):
                yield kind, locked, None if literal is None else _place(literal)
            case _:
                yield segment


def _place(literal: Literal | WholeFile) -> Hashable:
    """What a literal's places depend on: of a file that is not edited, on itself."""
    if isinstance(literal, Literal) and _is_edited(literal):
        return literal.place, getattr(literal.node, "value", None)
    return literal
