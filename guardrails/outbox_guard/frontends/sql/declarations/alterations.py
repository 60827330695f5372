"""ALTER TABLE: what it adds, drops, renames and switches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from outbox_guard.facts import (
    Column,
    Constraint,
    Declaration,
    Rename,
    RowSecurity,
    Table,
    TriggerMode,
)
from outbox_guard.frontends.sql.declarations.constraints import BEGINNINGS, Owner, named
from outbox_guard.frontends.sql.declarations.renames import renamed
from outbox_guard.frontends.sql.declarations.site import Site, if_exists, past, qualified
from outbox_guard.frontends.sql.declarations.tables import column, expression, is_column
from outbox_guard.frontends.sql.lexing.phrases import Tokens, listed, skip_words, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token


def altered_table(site: Site) -> Iterator[Declaration]:
    """ALTER TABLE and its kin, one fact for each action."""
    tokens = site.tokens
    start, _ = past(tokens, 1, "foreign table", "table", "materialized view", "view", "index")
    index, conditional = if_exists(tokens, start)
    table = qualified(tokens, skip_words(tokens, index, "only"))
    if table is None:
        return
    kind = tokens[start - 1].value
    rest = table.end + (table.end < len(tokens) and tokens[table.end].value == "*")
    owner = Owner(site, table, conditional)
    for action in listed(tokens[rest:]):
        if action:
            yield from _action(owner, kind, action)


def _action(owner: Owner, kind: str, action: Tokens) -> Iterator[Declaration]:
    match action[0].value:
        case "add":
            yield from _added(owner, action)
        case "drop":
            yield from _dropped(owner, action)
        case "alter":
            yield from _altered(owner, action)
        case "rename" | "set":
            yield from _renamed(owner, kind, action)
        case "force" | "no":
            yield from _forced(owner, action)
        case "enable" | "disable":
            yield from _switched(owner, action)
        case "attach" | "detach" if words_at(action, 1, "partition"):
            yield from _partitioned(owner, action)
        case "validate" if words_at(action, 1, "constraint"):
            yield from _changed(owner, action, "validate")


def _partitioned(owner: Owner, action: Tokens) -> Iterator[Table]:
    """ATTACH PARTITION part FOR VALUES …, DETACH PARTITION part"""
    attached = action[0].is_word("attach")
    part = qualified(action, 2)
    if part is not None:
        yield Table(
            **owner.site.at(action[0], action[1]),
            namespace=part.namespace,
            table=part.value,
            columns=(),
            change="attach" if attached else "detach",
            parent=owner.table.value if attached else "",
            is_partition=attached,
        )


def _added(owner: Owner, action: Tokens) -> Iterator[Declaration]:
    if len(action) > 1 and action[1].is_word(*BEGINNINGS):
        name, index = named(action, 1)
        if index < len(action):
            yield from owner.constraint(action, index, name=name)
        return
    index, conditional = if_exists(action, skip_words(action, 1, "column"))
    definition = action[index:]
    if is_column(definition):
        owner = Owner(owner.site, owner.table, conditional or owner.conditional)
        yield _columns(owner, "add", definition[0])
        yield from column(owner, definition)


def _columns(owner: Owner, change: Literal["add", "drop"], name: Token) -> Table:
    site = owner.site
    return Table(
        **site.at(site.tokens[0], site.tokens[1]),
        namespace=owner.table.namespace,
        conditional=owner.conditional,
        table=owner.table.value,
        columns=(name.value,),
        change=change,
    )


def _dropped(owner: Owner, action: Tokens) -> Iterator[Declaration]:
    if words_at(action, 1, "constraint"):
        yield from _changed(owner, action, "drop")
        return
    index, conditional = if_exists(action, skip_words(action, 1, "column"))
    if index < len(action):
        owner = Owner(owner.site, owner.table, conditional or owner.conditional)
        yield _columns(owner, "drop", action[index])


def _changed(
    owner: Owner, action: Tokens, change: Literal["drop", "validate"]
) -> Iterator[Constraint]:
    """DROP CONSTRAINT, VALIDATE CONSTRAINT"""
    index, conditional = if_exists(action, 2)
    if index < len(action):
        yield Constraint(
            **owner.site.at(action[0], action[1]),
            namespace=owner.table.namespace,
            conditional=conditional or owner.conditional,
            table=owner.table.value,
            name=action[index].value,
            change=change,
            cascade=action[-1].is_word("cascade"),
        )


def _altered(owner: Owner, action: Tokens) -> Iterator[Column]:
    """ALTER [COLUMN] name, and what becomes of it."""
    index = skip_words(action, 1, "column")
    if words_at(action, 1, "constraint") or index + 1 >= len(action):
        return
    name = action[index]
    after, typed = past(action, index + 1, "set data type", "type")
    if typed:
        ends = [i for i in range(after, len(action)) if action[i].is_word("using", "collate")]
        kind = owner.site.written(action[after : min(ends, default=len(action))])
        yield _column(owner, name, "type", kind=kind)
    elif words_at(action, index + 1, "set", "default"):
        given = owner.site.written(expression(action, index + 3))
        yield _column(owner, name, "default", default=given)
    elif words_at(action, index + 1, "drop", "default"):
        yield _column(owner, name, "default")
    elif words_at(action, index + 2, "not", "null"):
        yield _column(owner, name, "not null", not_null=action[index + 1].is_word("set"))


def _column(
    owner: Owner,
    name: Token,
    change: Literal["type", "default", "not null"],
    *,
    kind: str = "",
    default: str = "",
    not_null: bool = False,
) -> Column:
    return Column(
        **owner.site.at(name),
        namespace=owner.table.namespace,
        conditional=owner.conditional,
        table=owner.table.value,
        column=name.value,
        type=kind,
        not_null=not_null,
        default=default,
        change=change,
    )


def _forced(owner: Owner, action: Tokens) -> Iterator[RowSecurity]:
    """[NO] FORCE ROW LEVEL SECURITY"""
    index, no = past(action, 0, "no")
    if words_at(action, index, "force", "row", "level", "security"):
        yield RowSecurity(
            **owner.site.at(action[0], action[-1]),
            namespace=owner.table.namespace,
            table=owner.table.value,
            forced=not no,
        )


def _switched(owner: Owner, action: Tokens) -> Iterator[TriggerMode]:
    """ENABLE [REPLICA | ALWAYS] TRIGGER, DISABLE TRIGGER"""
    index, replica = past(action, 1, "replica")
    index, _ = past(action, index, "always")
    if words_at(action, index, "trigger") and index + 1 < len(action):
        name = action[index + 1]
        yield TriggerMode(
            **owner.site.at(action[0], action[index]),
            namespace=owner.table.namespace,
            conditional=owner.conditional,
            table=owner.table.value,
            name="*" if name.is_word("all", "user") else name.value,
            enabled=action[0].is_word("enable") and not replica,
        )


def _renamed(owner: Owner, kind: str, action: Tokens) -> Iterator[Rename]:
    """RENAME TO new, RENAME [COLUMN] old TO new, RENAME CONSTRAINT old TO new, SET SCHEMA new"""
    if words_at(action, 1, "to") or words_at(action, 1, "schema"):
        yield from renamed(owner.site, kind, owner.table, action)
        return
    if not action[0].is_word("rename"):
        return
    part = "constraint" if words_at(action, 1, "constraint") else "column"
    index = skip_words(action, 1, part)
    if words_at(action, index + 1, "to") and index + 2 < len(action):
        yield Rename(
            **owner.site.at(action[0]),
            namespace=owner.table.namespace,
            conditional=owner.conditional,
            kind="constraint" if part == "constraint" else "column",
            name=action[index].value,
            to=action[index + 2].value,
            of=owner.table.value,
        )
