"""CREATE VIEW and ALTER VIEW: which table can be written through a view, by its owner's rights.

PostgreSQL lets a view be written that shows the rows of one table as they are: no DISTINCT, no
grouping, no LIMIT, no set operation, no aggregate. Whoever may write the view needs no privilege
on the table, but for `security_invoker`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from outbox_guard.facts import Created, Declaration, ViewChange
from outbox_guard.frontends.sql.declarations.alterations import altered_table
from outbox_guard.frontends.sql.declarations.site import (
    Qualified,
    Site,
    behind,
    group,
    past,
    qualified,
)
from outbox_guard.frontends.sql.declarations.things import created_thing
from outbox_guard.frontends.sql.lexing.phrases import Tokens, find_word, skip_words, words_at

_NO_ROWS_AS_THEY_ARE = (
    *("distinct", "group", "having", "limit", "offset", "fetch", "window", "over"),
    *("union", "intersect", "except", "join", "with", "tablesample"),
)
_AGGREGATES = frozenset(
    """any_value array_agg avg bit_and bit_or bool_and bool_or count every json_agg json_object_agg
    jsonb_agg jsonb_object_agg max min mode string_agg sum xmlagg""".split()
)
_INVOKER = "security_invoker"


def created_view(site: Site) -> Iterator[Created]:
    for view in created_thing(site):
        yield view if view.form else replace(view, shows=_shown(site.tokens))


def altered_view(site: Site) -> Iterator[Declaration]:
    """ALTER VIEW v SET (security_invoker = …), and all that can be said of tables too."""
    tokens = site.tokens
    start, _ = past(tokens, 1, "materialized view", "view")
    start, _ = past(tokens, start, "if exists")
    name = qualified(tokens, start)
    if name is not None and words_at(tokens, name.end, "set"):
        invoker = _invokes(group(tokens, name.end + 1))
        if invoker is not None:
            common = site.at(tokens[0])
            yield ViewChange(**common, namespace=name.namespace, name=name.value, invoker=invoker)
    yield from altered_table(site)


def _shown(tokens: Tokens) -> str:
    """The table whose rows the view shows as they are, "" where it shows something else."""
    start = find_word(tokens, "view")
    name = None if start is None else qualified(tokens, past(tokens, start + 1, "if not exists")[0])
    if name is None:
        return ""
    index = behind(tokens, name.end)
    if words_at(tokens, index, "with"):
        if _invokes(group(tokens, index + 1)):
            return ""
        index = behind(tokens, index + 1)
    if not words_at(tokens, index, "as"):
        return ""
    query = tokens[index + 1 :]
    while query and query[0].is_mark("("):
        query = group(query, 0)
    if words_at(query, 0, "table"):
        return _name(qualified(query, skip_words(query, 1, "only")))
    return _of_query(_outermost(query)) if words_at(query, 0, "select") else ""


def _outermost(query: Tokens) -> Tokens:
    """With nothing between its brackets, and without WITH CHECK OPTION at the end."""
    places: list[int] = []
    index = 0
    while index < len(query):
        end = max(behind(query, index), index + 1)
        places += dict.fromkeys((index, end - 1))
        index = end
    found = [query[place] for place in places]
    check = find_word(found, "check")
    if check is not None and words_at(found, check + 1, "option"):
        return found[: find_word(found, "with")]
    return found


def _of_query(query: Tokens) -> str:
    if any(token.is_word(*_NO_ROWS_AS_THEY_ARE) for token in query):
        return ""
    source = find_word(query, "from")
    if source is None:
        return ""
    called = (a.value for a, b in pairwise(query[: source + 1]) if b.is_mark("("))
    table = qualified(query, skip_words(query, source + 1, "only"))
    if table is None or not _AGGREGATES.isdisjoint(called):
        return ""
    where = find_word(query, "where", source) or len(query)
    rest = query[table.end : where]
    alone = not any(token.is_mark(",", "(") for token in rest)
    return _name(table) if alone else ""


def _name(table: Qualified | None) -> str:
    return "" if table is None else ".".join(filter(None, (table.namespace, table.value)))


def _invokes(options: Tokens) -> bool | None:
    """What these options say of `security_invoker`; None where they say nothing."""
    at = find_word(options, _INVOKER)
    if at is None:
        return None
    value = options[at + 2] if at + 2 < len(options) and options[at + 1].value == "=" else None
    return value is None or value.value.lower() not in ("false", "off", "no", "0")
