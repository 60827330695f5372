"""Files that say in comments which part of them applies a migration, and which takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.facts import TakenBack
from outbox_guard.sources import Source

# goose, sql-migrate, dbmate, tern, MyBatis Migrations, Play's evolutions
_MARK = re.compile(
    r"^[ \t]*(?:--[ \t]*\+(?:goose|migrate)[ \t]+(?P<a>up|down)\b"
    r"|--[ \t]*migrate:(?P<b>up|down)\b"
    r"|(?:--|\#)[ \t-]*!(?P<c>up|down)s\b"
    r"|--[ \t]*//[ \t]*@(?P<d>undo)\b"
    r"|----[ \t]*(?P<e>create above / drop below)[ \t]*----)",
    re.IGNORECASE | re.MULTILINE,
)


def taken_back(source: Source) -> Iterator[TakenBack]:
    """From each mark of a way back to the next mark of a way forth, or to the end."""
    start: int | None = None
    for mark in _MARK.finditer(source.text):
        forth = (mark[mark.lastgroup or 0]).lower() == "up"
        if forth and start is not None:
            yield TakenBack(place=source.place(start, mark.start()))
            start = None
        elif not forth and start is None:
            start = mark.start()
    if start is not None:
        yield TakenBack(place=source.place(start, len(source.text)))
