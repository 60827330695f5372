"""What a statement declares, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from outbox_guard.facts import Declaration
from outbox_guard.frontends.sql.declarations.alterations import altered_table
from outbox_guard.frontends.sql.declarations.functions import altered_function
from outbox_guard.frontends.sql.declarations.indexes import created_index
from outbox_guard.frontends.sql.declarations.site import Site
from outbox_guard.frontends.sql.declarations.tables import created_table, selected_into
from outbox_guard.frontends.sql.declarations.things import (
    altered_thing,
    comment,
    created_thing,
    dropped_things,
)
from outbox_guard.frontends.sql.declarations.triggers import (
    created_rule,
    created_trigger,
    dropped_trigger,
)
from outbox_guard.frontends.sql.declarations.types import altered_type, created_type
from outbox_guard.frontends.sql.declarations.views import altered_view, created_view

Reader = Callable[[Site], Iterator[Declaration]]

VERBS = ("create", "alter", "drop", "comment", "select", "with")
_BY_VERB: Mapping[str, Reader] = {
    "comment": comment,
    "select": selected_into,
    "with": selected_into,
}
# By the words that follow the verb; the first of those that are there decides.
_CREATED: Mapping[str, Reader] = {
    "table": created_table,
    "index": created_index,
    "trigger": created_trigger,
    "rule": created_rule,
    "type": created_type,
    "domain": created_type,
    "view": created_view,
    "sequence": created_thing,
    "schema": created_thing,
    "extension": created_thing,
    "aggregate": created_thing,
    "role": created_thing,
    "user": created_thing,
    "group": created_thing,
}
_ALTERED: Mapping[str, Reader] = {
    "table": altered_table,
    "view": altered_view,
    "index": altered_table,
    "type": altered_type,
    "domain": altered_type,
    "function": altered_function,
    "procedure": altered_function,
    "routine": altered_function,
    "trigger": altered_thing,
    "sequence": altered_thing,
    "schema": altered_thing,
    "role": altered_thing,
}
_DROPPED: Mapping[str, Reader] = {
    "trigger": dropped_trigger,
    "rule": dropped_trigger,
    "policy": dropped_trigger,
}
# What may stand between CREATE, ALTER or DROP and the kind of the thing.
_BETWEEN = frozenset(
    "or replace global local temp temporary unlogged foreign unique constraint materialized"
    " recursive".split()
)


def declared(site: Site) -> Iterator[Declaration]:
    """All that a statement declares; nothing for one that is no DDL."""
    tokens = site.tokens
    verb = tokens[0].value if tokens and tokens[0].kind == "word" else ""
    if verb in _BY_VERB:
        yield from _BY_VERB[verb](site)
        return
    kind = next((t.value for t in tokens[1:] if not t.is_word(*_BETWEEN)), "")
    match verb:
        case "create" if kind in _CREATED:
            yield from _CREATED[kind](site)
        case "alter" if kind in _ALTERED:
            yield from _ALTERED[kind](site)
        case "drop":
            yield from _DROPPED.get(kind, dropped_things)(site)
