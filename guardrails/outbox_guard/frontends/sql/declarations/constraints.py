"""The constraints of a table, whether they stand in CREATE TABLE, at a column or in ALTER TABLE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from outbox_guard.facts import Check, Constraint
from outbox_guard.frontends.sql.declarations.site import (
    Qualified,
    Site,
    behind,
    column_names,
    group,
    identifiers,
    past,
    qualified,
)
from outbox_guard.frontends.sql.lexing.phrases import Tokens, find_word, listed, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token

# What begins an element of CREATE TABLE that is no column.
BEGINNINGS = ("constraint", "check", "unique", "primary", "foreign", "exclude")


@dataclass(frozen=True, slots=True)
class Owner:
    """The table that constraints are of."""

    site: Site
    table: Qualified
    conditional: bool = False

    def constraint(
        self, tokens: Tokens, index: int, *, name: str = "", column: str = ""
    ) -> Iterator[Constraint]:
        """The one that begins at `index`, of a column or of the whole table."""
        at = tokens[index]
        if at.is_word("check") and group(tokens, index + 1):
            yield self._check(tokens, index, name)
        elif at.is_word("unique") or words_at(tokens, index, "primary", "key"):
            yield self._key(tokens, index, name, column)
        elif words_at(tokens, index, "foreign", "key") or at.is_word("references"):
            yield self._foreign_key(tokens, index, name, column)
        elif at.is_word("exclude"):
            yield self._exclusion(tokens, index, name)

    def _plain(self, at: Token, name: str) -> Constraint:
        return Constraint(
            **self.site.at(at),
            namespace=self.table.namespace,
            conditional=self.conditional,
            table=self.table.value,
            name=name,
        )

    def _check(self, tokens: Tokens, index: int, name: str) -> Check:
        expression = group(tokens, index + 1)
        end = behind(tokens, index + 1)
        end, _ = past(tokens, end, "no inherit")
        formula, obstacle = self.site.formula(expression)
        return Check(
            **self.site.at(tokens[index]),
            namespace=self.table.namespace,
            conditional=self.conditional,
            table=self.table.value,
            name=name,
            kind="check",
            columns=identifiers(self.site.known(expression)),
            expression=self.site.written(expression),
            valid=not words_at(tokens, end, "not", "valid"),
            enforced=not words_at(tokens, end, "not", "enforced"),
            formula=formula,
            obstacle=obstacle,
        )

    def _key(self, tokens: Tokens, index: int, name: str, column: str) -> Constraint:
        unique = tokens[index].is_word("unique")
        after, _ = past(tokens, index, "primary key", "unique")
        using = qualified(tokens, after + 2) if words_at(tokens, after, "using", "index") else None
        after, _ = past(tokens, after, "nulls not distinct", "nulls distinct")
        return replace(
            self._plain(tokens[index], name),
            kind="unique" if unique else "primary key",
            columns=(column,) if column else column_names(tokens, after),
            index=using.value if using is not None else "",
        )

    def _exclusion(self, tokens: Tokens, index: int, name: str) -> Constraint:
        """EXCLUDE USING method (column WITH operator, …) WHERE (…)"""
        start, using = past(tokens, index + 1, "using")
        where = find_word(tokens, "where", index)
        condition = group(tokens, where + 1) if where is not None else ()
        elements = listed(group(tokens, start + using))
        return replace(
            self._plain(tokens[index], name),
            kind="exclude",
            columns=tuple(_excluded(self.site, element) for element in elements),
            expression=self.site.written(condition),
            formula=self.site.formula(condition)[0] if condition else "",
        )

    def _foreign_key(self, tokens: Tokens, index: int, name: str, column: str) -> Constraint:
        references = find_word(tokens, "references", index)
        other = qualified(tokens, references + 1) if references is not None else None
        return replace(
            self._plain(tokens[index], name),
            kind="foreign key",
            columns=(column,) if column else column_names(tokens, index + 2),
            references=other.value if other is not None else "",
            follows=references is not None and _follows(tokens[references:]),
        )


def _follows(rest: Tokens) -> bool:
    """ON DELETE or UPDATE CASCADE, SET NULL, SET DEFAULT"""
    return any(
        words_at(rest, index, "on")
        and rest[index + 1].is_word("delete", "update")
        and rest[index + 2].is_word("cascade", "set")
        for index in range(len(rest) - 2)
    )


def _excluded(site: Site, element: Tokens) -> str:
    """A column that is kept from being equal; whatever else may not be the same, as written."""
    last = find_word(element, "with", 1)
    equal = last is not None and [token.value for token in element[last + 1 :]] == ["="]
    return element[0].value if last == 1 and equal else site.written(element)


def named(tokens: Tokens, index: int) -> tuple[str, int]:
    """The name of CONSTRAINT name, and where the constraint itself begins."""
    if words_at(tokens, index, "constraint") and index + 1 < len(tokens):
        return tokens[index + 1].value, index + 2
    return "", index
