"""ALTER … RENAME TO and SET SCHEMA, of whatever kind of thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outbox_guard.facts import Rename, Thing
from outbox_guard.frontends.sql.declarations.site import Qualified, Site
from outbox_guard.frontends.sql.lexing.phrases import Tokens, words_at

# What a kind of thing is called in DDL, by its last word.
THINGS: Mapping[str, Thing] = {
    "aggregate": "function",
    "collation": "other",
    "column": "column",
    "constraint": "constraint",
    "database": "other",
    "domain": "type",
    "extension": "extension",
    "function": "function",
    "group": "role",
    "index": "index",
    "policy": "other",
    "procedure": "function",
    "role": "role",
    "routine": "function",
    "rule": "other",
    "schema": "schema",
    "sequence": "sequence",
    "server": "other",
    "statistics": "other",
    "table": "table",
    "trigger": "trigger",
    "type": "type",
    "user": "role",
    "view": "view",
}


def renamed(
    site: Site,
    kind: str,
    name: Qualified,
    action: Tokens,
    *,
    of: str = "",
    identity: str = "",
) -> Iterator[Rename]:
    """What RENAME TO new, or SET SCHEMA new, makes of a thing."""
    renames, moves = words_at(action, 0, "rename", "to"), words_at(action, 0, "set", "schema")
    if not (renames or moves) or len(action) <= 2 or not action[2].is_identifier:  # noqa: PLR2004
        return
    yield Rename(
        **site.at(action[0], action[1]),
        namespace=name.namespace,
        kind=THINGS.get(kind, "other"),
        name=name.value,
        to=action[2].value if renames else "",
        into=action[2].value if moves else "",
        of=of,
        identity=identity,
    )
