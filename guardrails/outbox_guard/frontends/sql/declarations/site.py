"""Where a declaration stands, and how the names and expressions in it are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from outbox_guard.facts import Place
from outbox_guard.frontends.sql.conditions import NotFollowed, condition
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import Tokens, listed, matching, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.names import Names
from outbox_guard.truth import text_of

_NAMES = ("word", "name", "variable")


class Where(TypedDict):
    """What all declarations say alike."""

    place: Place
    statement: Place
    inside: str
    routine: str


@dataclass(frozen=True)
class Site:
    """One DDL statement, and what is around it."""

    passage: Passage
    names: Names
    inside: str = ""
    routine: str = ""

    @property
    def tokens(self) -> Tokens:
        return self.passage.tokens

    @cached_property
    def statement(self) -> Place:
        return self.passage.place(self.tokens[0], self.tokens[-1])

    def at(self, first: Token, last: Token | None = None) -> Where:
        return {
            "place": self.passage.place(first, last),
            "statement": self.statement,
            "inside": self.inside,
            "routine": self.routine,
        }

    def written(self, tokens: Tokens) -> str:
        """An expression as it is written, on one line and without its comments."""
        sql = self.passage.sql
        pieces: list[str] = []
        for index, token in enumerate(tokens):
            if index and tokens[index - 1].end < token.start:
                pieces.append(" ")
            pieces.append(sql[token.start : token.end])
        return "".join(pieces)

    def known(self, tokens: Tokens) -> Tokens:
        """Without what only stands for something that is not known."""
        return [token for token in tokens if token.start not in self.passage.unknown]

    def formula(self, tokens: Tokens) -> tuple[str, str]:
        """An expression as data, or why it is not followed."""
        if any(token.start in self.passage.unknown for token in tokens):
            return "", "a part of it is not known"
        try:
            return text_of(condition(tokens)), ""
        except NotFollowed as error:
            return "", str(error)


@dataclass(frozen=True, slots=True)
class Qualified:
    """A name, perhaps with its schema before it, and the index of what follows."""

    namespace: str
    value: str
    first: Token
    last: Token
    end: int


def qualified(tokens: Tokens, index: int) -> Qualified | None:
    """The name at `index`; a schema that is a placeholder is none that is known."""
    parts: list[Token] = []
    while index < len(tokens) and tokens[index].kind in _NAMES:
        parts.append(tokens[index])
        index += 1
        if not (index + 1 < len(tokens) and tokens[index].is_mark(".")):
            break
        index += 1
    if not parts or not parts[-1].is_identifier:
        return None
    space = parts[-2] if len(parts) > 1 else None
    namespace = space.value if space is not None and space.is_identifier else ""
    return Qualified(namespace, parts[-1].value, parts[0], parts[-1], index)


def past(tokens: Tokens, index: int, *phrases: str) -> tuple[int, bool]:
    """The index behind one of these phrases, and whether it was there."""
    for phrase in phrases:
        words = phrase.split()
        if words_at(tokens, index, *words):
            return index + len(words), True
    return index, False


def if_exists(tokens: Tokens, index: int) -> tuple[int, bool]:
    return past(tokens, index, "if not exists", "if exists")


def group(tokens: Tokens, index: int) -> Tokens:
    """What stands between the bracket at `index` and the one that closes it; nothing else."""
    if index >= len(tokens) or not tokens[index].is_mark("("):
        return ()
    return tokens[index + 1 : matching(tokens, index)]


def behind(tokens: Tokens, index: int) -> int:
    """The index behind the brackets at `index`; `index` where there are none."""
    if index >= len(tokens) or not tokens[index].is_mark("("):
        return index
    return matching(tokens, index) + 1


def column_names(tokens: Tokens, index: int) -> tuple[str, ...]:
    """The names in the brackets at `index`."""
    return tuple(part[0].value for part in listed(group(tokens, index)) if part)


def identifiers(tokens: Tokens) -> tuple[str, ...]:
    """The names in an expression that may be columns: no functions, no types, each once."""
    found: dict[str, None] = {}
    for index, token in enumerate(tokens):
        called = index + 1 < len(tokens) and tokens[index + 1].is_mark("(")
        cast = index > 0 and tokens[index - 1].is_mark("::")
        if token.is_identifier and not called and not cast:
            found[token.value] = None
    return tuple(found)
