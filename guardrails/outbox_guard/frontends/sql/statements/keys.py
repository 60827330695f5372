"""Which placeholders give the keys of the rows that a statement picks."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.masking import Placeholder, mask
from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    argument_end,
    matching,
    outside,
    skip_words,
)
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token


def keys_given(sql: str, column: str) -> Iterator[int | str]:
    """The places or names of those that `column = …`, `= ANY (…)` or `IN (…)` compares it with."""
    masked = mask(sql)
    try:
        tokens = lex(masked.text)
    except LexError:
        return
    placeholders = {placeholder.start: placeholder for placeholder in masked.placeholders}
    denied = set(_denied(tokens))
    for index, token in enumerate(tokens):
        if token.is_identifier and token.value == column and index not in denied:
            for other in (*_behind(tokens, index + 1), *_before(tokens, index - 1)):
                placeholder = placeholders.get(other.start)
                if placeholder is not None:
                    yield _given_as(placeholder)


def _denied(tokens: Tokens) -> Iterator[int]:
    """Where the operands of a NOT stand."""
    for start, token in enumerate(tokens):
        if token.is_word("not"):
            operand = tokens[: argument_end(tokens, start)]
            ends = (i for i, t in outside(operand, start) if t.is_word("and", "or", "for"))
            yield from range(start, next(ends, len(operand)))


def _behind(tokens: Tokens, index: int) -> Iterator[Token]:
    """What `= x`, `= ANY (x)` or `IN (x, y)` compares with, where it begins here."""
    equals = index < len(tokens) and tokens[index].value == "="
    opening = skip_words(tokens, index + equals, "any", "in")
    if opening < len(tokens) and tokens[opening].is_mark("(") and opening > index:
        yield from tokens[opening + 1 : matching(tokens, opening)]
    elif equals:
        yield from tokens[index + 1 : index + 2]


def _before(tokens: Tokens, index: int) -> Iterator[Token]:
    """What stands before `= column`, or `= alias.column`."""
    if index > 0 and tokens[index].is_mark("."):
        index -= 2
    if index > 0 and tokens[index].value == "=":
        yield tokens[index - 1]


def _given_as(placeholder: Placeholder) -> int | str:
    return placeholder.name if placeholder.ordinal is None else placeholder.ordinal
