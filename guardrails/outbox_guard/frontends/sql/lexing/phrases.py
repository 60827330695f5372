"""Small questions about a run of tokens that several readers of SQL ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.lexing.tokens import Token

Tokens = Sequence[Token]


def ends(tokens: Tokens, index: int) -> bool:
    """Whether nothing stands here any more."""
    return index >= len(tokens)


def words_at(tokens: Tokens, index: int, *words: str) -> bool:
    """Whether these keywords stand here, one after the other."""
    if index + len(words) > len(tokens):
        return False
    for word in words:  # asked so often that a generator would be felt
        if not tokens[index].is_word(word):
            return False
        index += 1
    return True


def skip_words(tokens: Tokens, index: int, *words: str) -> int:
    """The index behind these keywords, each of which may be there or not, in this order."""
    for word in words:
        if index < len(tokens) and tokens[index].is_word(word):
            index += 1
    return index


def matching(tokens: Tokens, index: int) -> int:
    """The index of the bracket that closes the one at `index`; the last one where none does."""
    depth = 0
    for position in range(index, len(tokens)):
        if tokens[position].is_mark("(", "["):
            depth += 1
        elif tokens[position].is_mark(")", "]"):
            depth -= 1
            if depth == 0:
                return position
    return len(tokens) - 1


def unclosed(tokens: Tokens) -> Iterator[Token]:
    """The brackets that nothing closes, the outermost first."""
    opened: list[Token] = []
    for token in tokens:
        if token.is_mark("(", "["):
            opened.append(token)
        elif token.is_mark(")", "]") and opened:
            opened.pop()
    yield from opened


def argument_end(tokens: Tokens, index: int) -> int:
    """The index of the comma or bracket that ends the expression which begins at `index`."""
    depth = 0
    for position in range(index, len(tokens)):
        if tokens[position].is_mark("(", "["):
            depth += 1
        elif tokens[position].is_mark(")", "]"):
            depth -= 1
            if depth < 0:
                return position
        elif depth == 0 and tokens[position].is_mark(","):
            return position
    return len(tokens)


def listed(tokens: Tokens) -> Iterator[Tokens]:
    """The parts between commas outside brackets."""
    start = 0
    while start < len(tokens):
        end = argument_end(tokens, start)
        yield tokens[start:end]
        start = end + 1


def outside(tokens: Tokens, start: int = 0) -> Iterator[tuple[int, Token]]:
    """The tokens that stand outside brackets, with their index."""
    depth = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        depth -= token.is_mark(")", "]")
        if depth == 0:
            yield index, token
        depth += token.is_mark("(", "[")


def find_word(tokens: Tokens, word: str, start: int = 0) -> int | None:
    """The index of this keyword outside brackets."""
    return next((index for index, token in outside(tokens, start) if token.is_word(word)), None)


@dataclass(frozen=True, slots=True)
class Name:
    """A name, perhaps with its schema before it, and the index of what follows."""

    value: str
    token: Token
    end: int


def name_at(tokens: Tokens, index: int) -> Name | None:
    """The last part of schema.name; what stands for an unknown name is no name."""
    found: Name | None = None
    while index < len(tokens) and tokens[index].is_identifier:
        found = Name(tokens[index].value, tokens[index], index + 1)
        if not (index + 1 < len(tokens) and tokens[index + 1].is_mark(".")):
            return found
        index += 2
    return found
