"""CREATE TABLE and SELECT INTO: the table, its columns, their defaults and constraints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from outbox_guard.facts import Column, Declaration, Table
from outbox_guard.frontends.sql.declarations.constraints import BEGINNINGS, Owner, named
from outbox_guard.frontends.sql.declarations.site import (
    Qualified,
    Site,
    group,
    if_exists,
    qualified,
)
from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    find_word,
    listed,
    outside,
    skip_words,
    words_at,
)

# What ends the type of a column, or the expression of a DEFAULT.
_PARTS = frozenset(
    "not null check constraint default primary unique references generated collate deferrable"
    " initially using storage compression options".split()
)


def created_table(site: Site) -> Iterator[Declaration]:
    """CREATE TABLE, if it is that, with its columns and constraints."""
    tokens = site.tokens
    start = skip_words(tokens, 1, "global", "local", "temp", "temporary", "unlogged", "foreign")
    if not words_at(tokens, start, "table"):
        return
    index, conditional = if_exists(tokens, start + 1)
    name = qualified(tokens, index)
    if name is None:
        return
    owner = Owner(site, name, conditional)
    elements = list(listed(group(tokens, _elements(tokens, name))))
    columns = [element for element in elements if is_column(element)]
    yield Table(
        **site.at(tokens[0], tokens[start]),
        namespace=name.namespace,
        conditional=conditional,
        table=name.value,
        columns=tuple(column[0].value for column in columns),
        parent=_parent(tokens, name),
        is_partition=words_at(tokens, name.end, "partition", "of"),
        like=tuple(_like(elements)),
    )
    for element in elements:
        if is_column(element):
            yield from column(owner, element)
        elif element:
            constraint, begin = named(element, 0)
            if begin < len(element):
                yield from owner.constraint(element, begin, name=constraint)


def selected_into(site: Site) -> Iterator[Table]:
    """SELECT … INTO [TEMP] [TABLE] name FROM …, and the same behind WITH, creates that table."""
    tokens = site.tokens
    into = find_word(tokens, "into", 1)
    if into is None or tokens[into - 1].is_word("insert", "merge"):
        return
    kinds = ("local", "global", "temp", "temporary", "unlogged", "table")
    name = qualified(tokens, skip_words(tokens, into + 1, *kinds))
    if name is not None:
        yield Table(
            **site.at(tokens[into], name.last),
            namespace=name.namespace,
            table=name.value,
            columns=(),
        )


def _elements(tokens: Tokens, name: Qualified) -> int:
    """Where the brackets with the columns begin: behind PARTITION OF parent, if that is there."""
    if words_at(tokens, name.end, "partition", "of"):
        parent = qualified(tokens, name.end + 2)
        return parent.end if parent is not None else len(tokens)
    if words_at(tokens, name.end, "of"):
        of = qualified(tokens, name.end + 1)
        return of.end if of is not None else len(tokens)
    return name.end


def _parent(tokens: Tokens, name: Qualified) -> str:
    parent = None
    if words_at(tokens, name.end, "partition", "of"):
        parent = qualified(tokens, name.end + 2)
    elif (inherits := find_word(tokens, "inherits", name.end)) is not None:
        parent = qualified(tokens, inherits + 2)
    return parent.value if parent is not None else ""


def _like(elements: list[Tokens]) -> Iterator[str]:
    """The table of LIKE, and what it takes over."""
    for element in elements:
        if words_at(element, 0, "like") and (source := qualified(element, 1)) is not None:
            yield f"{source.namespace}.{source.value}".lstrip(".")
            kinds = element[source.end :]
            for index, token in enumerate(kinds[:-1]):
                if token.is_word("including"):
                    yield kinds[index + 1].value


def is_column(element: Tokens) -> bool:
    return (
        len(element) > 1
        and element[0].is_identifier
        and not element[0].is_word(*BEGINNINGS, "like", "period")
    )


def column(owner: Owner, definition: Tokens) -> Iterator[Declaration]:
    """A column and the constraints that stand at it."""
    site, table, name = owner.site, owner.table, definition[0]
    parts = [index for index, token in outside(definition, 1) if token.is_word(*_PARTS)]
    kind_end = parts[0] if parts else len(definition)
    given = _given(definition)
    yield Column(
        **site.at(name),
        namespace=table.namespace,
        conditional=owner.conditional,
        table=table.value,
        column=name.value,
        type=site.written(definition[1:kind_end]),
        not_null=_is_not_null(definition),
        default=site.written(expression(definition, given + 1)) if given is not None else "",
        formula=_generated(site, definition),
    )
    for index in parts:
        constraint = definition[index - 1].value if _is_named(definition, index) else ""
        if definition[index].is_word(*BEGINNINGS[1:], "references"):
            found = owner.constraint(definition, index, name=constraint, column=name.value)
            yield from (replace(each, at_column=name.value) for each in found)


def _generated(site: Site, definition: Tokens) -> str:
    """GENERATED ALWAYS AS (expression), which is not the one AS IDENTITY."""
    index = find_word(definition, "generated", 1)
    if index is None or not words_at(definition, index + 1, "always", "as"):
        return ""
    computed = group(definition, index + 3)
    return site.formula(computed)[0] if computed else ""


def _given(definition: Tokens) -> int | None:
    """The DEFAULT of a column, which is not the one of GENERATED BY DEFAULT."""
    index = find_word(definition, "default", 1)
    return None if index is None or definition[index - 1].is_word("by") else index


def expression(tokens: Tokens, start: int) -> Tokens:
    """The expression of a DEFAULT that begins at `start`."""
    # The first word may be NULL or NOT: they end a default only behind one.
    ends = (i for i, token in outside(tokens, start + 1) if token.is_word(*_PARTS))
    return tokens[start : next(ends, len(tokens))]


def _is_named(definition: Tokens, index: int) -> bool:
    return index > 1 and definition[index - 2].is_word("constraint")


def _is_not_null(definition: Tokens) -> bool:
    outer = [token for _, token in outside(definition, 1)]
    words = [token.value if token.kind == "word" else "" for token in outer]
    pairs = list(pairwise(words))
    return ("not", "null") in pairs or ("primary", "key") in pairs
