"""How tests of what SQL means say what they expect: the word that must be found is marked /*!*/."""

from __future__ import annotations

import re
from collections.abc import Sequence

from outbox_guard.facts import Fact, Write
from outbox_guard.frontends.sql import SqlText, lower, read_sql
from outbox_guard.frontends.sql.lexing.text import NO_BINDS, Binds
from outbox_guard.names import Names
from outbox_guard.sources import Source
from outbox_guard.trees import Tree

MARK = "/*!*/"


def facts(sql: str) -> list[Fact]:
    """What the file says."""
    return list(lower(Source("schema/a.sql", sql, "schema"), Tree.of({}, Names())))


def handed_over(sql: str, binds: Binds = NO_BINDS) -> list[Fact]:
    """What SQL that another language hands over says."""
    text = SqlText(sql, Source("app.py", sql).place)
    return [f for each in read_sql(text, Names(), binds=binds) for f in each.facts]


def writes(sql: str) -> list[Write]:
    return [fact for fact in facts(sql) if isinstance(fact, Write)]


def marked(sql: str) -> set[tuple[int, int]]:
    """Line and column of each word behind a mark."""
    source = Source("schema/a.sql", sql)
    places = (source.place(found.end(), found.end()) for found in re.finditer(re.escape(MARK), sql))
    return {(place.line, place.column) for place in places}


def starts(found: Sequence[Fact]) -> set[tuple[int, int]]:
    return {(fact.place.line, fact.place.column) for fact in found}
