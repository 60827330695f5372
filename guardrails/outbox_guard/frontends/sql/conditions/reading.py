"""A position in the tokens of an expression, and what its parts have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.phrases import Tokens
from outbox_guard.truth.formulas import Formula

_DEEPEST = 60  # expressions in one another; nobody writes ten


class NotFollowed(ValueError):
    """An expression that is none, or of a form that is not followed; says which."""


@dataclass(frozen=True, slots=True)
class Part:
    """An expression within another: what it begins and ends at, and the operator that makes it."""

    start: int
    operator: int  # where it begins, for what no operator makes
    end: int
    formula: Formula


class Reading:
    """Reads an expression; `grammar` reads one of a tightness, and is given at the rim."""

    def __init__(self, tokens: Tokens, grammar: Callable[[Reading, int], Formula]) -> None:
        self.parts: list[Part] = []  # all that was read, what is within before what is around it
        self.cursor = Cursor(tokens)
        self._grammar = grammar
        self._depth = 0

    def expression(self, tightness: int = 0) -> Formula:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotFollowed("it is nested too deeply")
        formula = self._grammar(self, tightness)
        self._depth -= 1
        return formula

    def made(self, start: int, operator: int, formula: Formula) -> Formula:
        """An expression that began there is read up to here."""
        self.parts.append(Part(start, operator, self.cursor.index, formula))
        return formula

    def expect(self, *spellings: str) -> None:
        if self.cursor.accept(*spellings) is None:
            wanted = " or ".join(spellings).upper()
            found = self.cursor.current.value or "its end"
            raise NotFollowed(f"{wanted} is expected where {found!r} stands")

    def expressions(self, closing: str) -> list[Formula]:
        """A list up to its closing bracket, which is stepped over."""
        found: list[Formula] = []
        if self.cursor.accept(closing):
            return found
        while True:
            found.append(self.expression())
            if self.cursor.accept(closing):
                return found
            self.expect(",")

    def name(self) -> str:
        """schema.name, of which the last part counts."""
        token = self.cursor.advance()
        while self.cursor.at(".") and token.is_identifier:
            self.cursor.advance()
            token = self.cursor.advance()
        if not token.is_identifier:
            raise NotFollowed(f"a name is expected where {token.value!r} stands")
        return token.value

    def operator_name(self) -> str:
        """OPERATOR(schema.=)"""
        self.expect("operator")
        self.expect("(")
        while self.cursor.at(".", ahead=1):
            self.cursor.advance()
            self.cursor.advance()
        name = self.cursor.advance().value
        self.expect(")")
        return name

    def type_name(self) -> str:
        """A type without its modifiers; of an array with [] behind it."""
        cursor = self.cursor
        name = self.name()
        if cursor.accept("varying") or (name == "double" and cursor.accept("precision")):
            name = "text" if name in ("character", "char") else "double precision"
        if cursor.at("("):
            cursor.skip_group()
        if cursor.at_words("with", "time", "zone") or cursor.at_words("without", "time", "zone"):
            cursor.index += 3
        while cursor.at("["):
            cursor.skip_group()
            name = name.removesuffix("[]") + "[]"
        return name
