"""Allow comments in SQL, those in the bodies of routines too."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.allowing.facts import allows_of
from outbox_guard.facts import Allow
from outbox_guard.frontends.sql.lexing.lexer import comments
from outbox_guard.frontends.sql.lexing.splitter import chunks
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.frontends.sql.routines.headers import header

_MARK = "outbox-guard"


def allows(text: SqlText, *, psql: bool = False) -> Iterator[Allow]:
    """The allow comments of a text, right and wrong ones, up to where it can't be read."""
    if _MARK not in text.text.lower():
        return
    try:
        for start, end in comments(text.text, psql=psql):
            alone = _stands_alone(text.text, start, end)
            yield from allows_of(text.text[start:end], start, text.place, alone=alone)
    except LexError:
        pass  # the statement that is left open is told of where statements are read
    for chunk in chunks(text.text, psql=psql):
        routine = header(text.text, chunk.tokens) if chunk.tokens else None
        if routine is not None and routine.body is not None and routine.body.form == "string":
            yield from allows(routine.body.text(text))


def _stands_alone(sql: str, start: int, end: int) -> bool:
    line_start = max(sql.rfind("\n", 0, start), sql.rfind("\r", 0, start)) + 1
    rest = sql[end:].splitlines()[0] if sql[end : end + 1] not in ("", "\n", "\r") else ""
    return not sql[line_start:start].strip("\ufeff \t") and not rest.strip()
