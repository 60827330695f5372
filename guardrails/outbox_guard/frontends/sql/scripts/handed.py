"""Texts that are handed to functions which run them: dblink, query_to_xml, cron.schedule."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import listed, matching
from outbox_guard.frontends.sql.lexing.shapes import is_statement
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.routines.folding import fold

# Of PostgreSQL itself and of its common extensions: dblink, pg_cron, pg_background, tablefunc.
_RUNNERS = frozenset(
    """
    dblink dblink_exec dblink_open dblink_send_query query_to_xml query_to_xmlschema
    query_to_xml_and_xmlschema schedule schedule_in_database pg_background_launch
    pg_background_launch_v2 crosstab connectby ts_stat
    """.split()
)


def handed_over(passage: Passage) -> Iterator[SqlText]:
    """The statements that a statement has others run, as far as their text is known."""
    tokens = passage.tokens
    for index, token in enumerate(tokens[:-1]):
        if not token.is_identifier or token.value not in _RUNNERS:
            continue
        if not tokens[index + 1].is_mark("("):
            continue
        for argument in listed(tokens[index + 2 : matching(tokens, index + 1)]):
            if any(each.kind == "string" for each in argument):
                yield from _texts(passage, argument[0].start, argument[-1].end)


def _texts(passage: Passage, start: int, end: int) -> Iterator[SqlText]:
    for folded in fold(passage.text, start, end):
        if not folded.is_opaque and is_statement(folded.text):
            yield folded.sql(passage.text)
