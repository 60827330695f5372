"""Texts of proofs: `$name` is the project's, `:name` a value that the proof has by then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# Not the tags of dollar quotes, not the colons of casts, and nothing within a word.
_REFERENCE = re.compile(
    r"(?<![$\w])\$(?P<name>[a-z_]++)(?!\$) | (?<![:\w]):(?P<value>[a-z_]\w*+)", re.VERBOSE
)


@dataclass(frozen=True, slots=True)
class Word:
    """What a `$name` stands for, and what it is: that decides on its quotes."""

    text: str
    kind: Literal["name", "text", "sql"] = "text"

    @property
    def sql(self) -> str:
        if self.kind == "name":
            return quoted_name(self.text)
        return quoted(self.text) if self.kind == "text" else self.text


Words = Mapping[str, Word]
Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the server gets it, and as people read it."""

    sql: str
    parameters: tuple[str | None, ...]
    shown: str


def names_in(text: str) -> frozenset[str]:
    return frozenset(match["name"] for match in _REFERENCE.finditer(text) if match["name"])


def values_in(text: str) -> frozenset[str]:
    return frozenset(match["value"] for match in _REFERENCE.finditer(text) if match["value"])


def statement(
    text: str, words: Words, values: Values, shown: Mapping[str, str] | None = None
) -> Statement:
    """The text with its names spelt out; its values become parameters.

    People see a value by its name, or as `shown` has it.
    """
    numbers: dict[str, int] = {}

    def placed(match: re.Match[str]) -> str:
        if match["name"]:
            return words[match["name"]].sql
        return f"${numbers.setdefault(match['value'], len(numbers) + 1)}"

    def seen(match: re.Match[str]) -> str:
        if match["name"]:
            return words[match["name"]].sql
        return (shown or {}).get(match["value"], match[0])

    sql = _REFERENCE.sub(placed, text).strip()
    parameters = tuple(values[name] for name in numbers)
    return Statement(sql, parameters, _on_one_line(_REFERENCE.sub(seen, text)))


def plain(text: str, words: Words, values: Values) -> str | None:
    """An argument or an expected value, with its names and values spelt out."""
    whole = _REFERENCE.fullmatch(text)
    if whole is not None and whole["value"]:
        return values[whole["value"]]

    def spelt(match: re.Match[str]) -> str:
        return words[match["name"]].text if match["name"] else values[match["value"]] or ""

    return _REFERENCE.sub(spelt, text)


def quoted(text: str) -> str:
    """A text as a literal."""
    body = text.replace("'", "''")
    return f"E'{body.replace(chr(92), chr(92) * 2)}'" if "\\" in body else f"'{body}'"


def quoted_name(name: str) -> str:
    return name if _needs_no_quotes(name) else '"' + name.replace('"', '""') + '"'


def _needs_no_quotes(name: str) -> bool:
    return re.fullmatch(r"[a-z_][a-z0-9_]*", name) is not None and name not in _RESERVED


_RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric both case cast check collate column
    constraint create current_catalog current_date current_role current_time current_timestamp
    current_user default deferrable desc distinct do else end except false fetch for foreign from
    grant group having in initially intersect into lateral leading limit localtime localtimestamp
    not null offset on only or order placing primary references returning select session_user some
    symmetric system_user table then to trailing true union unique user using variadic when where
    window with authorization binary collation concurrently cross current_schema freeze full ilike
    inner is isnull join left like natural notnull outer overlaps right similar tablesample
    verbose""".split()
)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
