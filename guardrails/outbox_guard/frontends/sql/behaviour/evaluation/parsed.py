"""One statement or expression of a body as a tree, with its literals and numbers at hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from outbox_guard.frontends.sql.behaviour.evaluation.terms import Opaque, Value
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed, rewrite
from outbox_guard.frontends.sql.parsing.trees import Tree, refuse_what_takes_too_long, tree_of

# Their numbers in brackets are part of a type, which sqlglot wants to see.
_SIZED_TYPES = (
    *("bit", "char", "character", "decimal", "interval", "numeric", "time", "timestamp"),
    *("timestamptz", "timetz", "varchar", "varying"),
)
UNKNOWN_OPERATOR = "#"


class CannotFollow(Exception):
    """The body does something that may matter, and that is not understood."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class NotRead(CannotFollow):
    """What stands in the body is no PL/pgSQL: that is told where all bodies are read."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement or an expression, ready to be run."""

    tree: Tree
    constants: Mapping[str, Value]  # stand-in -> the literal or number that it stands for
    parameters: Mapping[str, str]  # stand-in -> "$1"
    verbs: Mapping[str, int]  # tag of a target -> where its verb stands in the text


@lru_cache(maxsize=2048)
def expression(text: str) -> Parsed:
    """What stands after PL/pgSQL's IF or :=, as the SELECT that PostgreSQL makes of it."""
    return _parsed([Token("word", 0, 0, "select"), *tokens_of(text)])


@lru_cache(maxsize=2048)
def statement(text: str) -> Parsed:
    return _parsed(tokens_of(text))


@lru_cache(maxsize=2048)
def tokens_of(text: str) -> Sequence[Token]:
    try:
        return lex(text)
    except LexError as error:
        raise CannotFollow(error.what, error.offset) from error


def _parsed(tokens: Sequence[Token]) -> Parsed:
    numbers = {token.start for i, token in enumerate(tokens) if _is_number(tokens, i)}
    try:
        refuse_what_takes_too_long(tokens)
        said = rewrite(tokens, frozenset(numbers), unknown_operator=UNKNOWN_OPERATOR)
        tree = tree_of(said.text)
    except NotParsed as failure:
        raise CannotFollow(str(failure), tokens[0].start if tokens else None) from failure
    constants: dict[str, Value] = {
        stand_in: min(texts) if len(texts) == 1 else None
        for stand_in, texts in said.literals.items()
    }
    parameters: dict[str, str] = {}
    for stand_in, token in said.placeholders.items():
        if token.kind == "number":
            constants[stand_in] = _number(token.value)
        else:
            parameters[stand_in] = token.value
    verbs = {tag: token.start for tag, token in said.verbs.items()}
    return Parsed(tree, constants, parameters, verbs)


def _is_number(tokens: Sequence[Token], index: int) -> bool:
    """Whether a number is a value, and no size of a type."""
    if tokens[index].kind != "number":
        return False
    opening = index - 1
    while opening > 0 and (tokens[opening].kind == "number" or tokens[opening].is_mark(",")):
        opening -= 1
    sized = opening > 0 and tokens[opening].is_mark("(")
    return not (sized and tokens[opening - 1].is_word(*_SIZED_TYPES))


def _number(text: str) -> Value:
    try:
        return int(text, 0)
    except ValueError:
        number = float(text.replace("_", ""))
        return number if math.isfinite(number) else Opaque(text, fixed=True)
