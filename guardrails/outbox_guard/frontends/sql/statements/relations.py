"""Tables and views: which of them a statement makes or fills, and what is in them from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    find_word,
    name_at,
    skip_words,
    words_at,
)
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.statements.endings import EVERY, Ending
from outbox_guard.frontends.sql.values.kinds import Value, either
from outbox_guard.frontends.sql.values.rows import Column, Rows


def relations_after(
    known: Mapping[str, Rows], added: Mapping[str, Rows], states: frozenset[str] = frozenset()
) -> Mapping[str, Rows]:
    """The tables with what a statement makes them or adds to them."""
    if not added:
        return known
    merged = {
        name: _based(_filled(known[name], rows), rows) if name in known else _loose(rows)
        for name, rows in added.items()
    }
    return {**known, **{name: rows.thinned(states) for name, rows in merged.items()}}


def _based(rows: Rows, added: Rows) -> Rows:
    """A table that has become a part of another one."""
    return replace(rows, base=added.base, origins=added.origins) if added.base else rows


def _loose(rows: Rows) -> Rows:
    """Rows for a table whose columns are not known: values without a name may be in any of them."""
    if all(column.name for column in rows.columns):
        return rows
    anywhere = either(column.value for column in rows.columns)
    return replace(rows, columns=(Column("", anywhere, many=True),))


def _filled(table: Rows, added: Rows) -> Rows:
    """A table with more rows: columns meet by name, or by position where there are no names."""
    known = {column.name for column in table.columns}
    if table.open or not {column.name for column in added.columns} <= known:
        width = len(table.columns)
        values = added.fit(width) if not table.open else ()
        columns = tuple(map(Column, (c.name for c in table.columns), values))
        return table | (replace(added, columns=columns) if columns else added)
    columns = tuple(Column(c.name, added.named(c.name) or Value()) for c in table.columns)
    filled = table | replace(added, columns=columns)
    return replace(filled, origins=table.origins, base=table.base)


def relations_left(known: Mapping[str, Rows], ending: Ending) -> Mapping[str, Rows]:
    """The tables that a statement leaves of those that were there."""
    if EVERY in ending.relations:  # of the temporary ones; a table behind a view is none
        return {name: rows for name, rows in known.items() if rows.base}
    return {
        ending.renamed.get(name, name): rows.emptied if name in ending.emptied else rows
        for name, rows in known.items()
        if name not in ending.relations
    }


def filled_by(tokens: Sequence[Token]) -> str:
    """The table that a statement makes or writes to, "" for one that does neither."""
    if not tokens or tokens[0].kind != "word":
        return ""
    match tokens[0].value:
        case "create":
            start = skip_words(tokens, 1, "or", "replace", "global", "local", "temp", "temporary")
            start = skip_words(tokens, start, "unlogged", "recursive", "materialized")
            if start < len(tokens) and tokens[start].is_word("table", "view"):
                return _name(tokens, skip_words(tokens, start + 1, "if", "not", "exists"))
            return ""
        case "insert" | "merge":
            return _name(tokens, 2)
        case "update" | "copy":
            return _name(tokens, skip_words(tokens, 1, "only"))
        case "with" | "select":
            target = find_word(tokens, "into", 1)
            return _name(tokens, skip_words(tokens, target + 1, "temp", "table")) if target else ""
        case _:
            return ""


def _name(tokens: Tokens, index: int) -> str:
    name = name_at(tokens, index)
    return name.value if name is not None else ""


def made_anew(tokens: Sequence[Token]) -> str:
    """The table that a statement makes, which was not there or is replaced; "" for none."""
    verb = tokens[0].value if tokens and tokens[0].kind == "word" else ""
    if verb == "create":
        stays = any(words_at(tokens, index, "if", "not", "exists") for index in range(2, 6))
        return "" if stays else filled_by(tokens)
    writes = verb == "with" and any(t.is_word("insert", "merge") for t in tokens)
    return filled_by(tokens) if verb in ("with", "select") and not writes else ""
