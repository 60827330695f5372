"""The text that an expression gives when EXECUTE runs it: constants folded, the rest left as holes.

Where a variable or a CASE may be several texts, so may the result. What is not understood is a
hole in it, never a guess and never an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.literals import decode
from outbox_guard.frontends.sql.lexing.text import SqlText, holes_among
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.routines.deciding import compared, decided, under
from outbox_guard.frontends.sql.routines.strings import (
    Folded,
    Texts,
    alternatives,
    as_computed,
    called,
    joined,
    part,
    subscripted,
    told_apart,
    unknown,
)
from outbox_guard.frontends.sql.values.choices import EVERYWHERE, Reach

__all__ = [
    "Folded",
    "Texts",
    "alternatives",
    "as_computed",
    "decide",
    "fold",
    "told_apart",
    "under",
    "unknown",
]

_DEEPEST = 40


def fold(
    sql: SqlText,
    start: int = 0,
    end: int | None = None,
    environment: Mapping[str, Texts] | None = None,
) -> Texts:
    """What the expression at text[start:end] may give; `environment` is what variables hold."""
    stop = len(sql.text) if end is None else end
    tokens = lex(sql.text, start=start, end=stop)
    return _Folder(sql, Cursor(tokens, end=stop), environment or {}).expression()


def decide(
    sql: SqlText, start: int, end: int, environment: Mapping[str, Texts], reach: Reach
) -> tuple[Reach, Reach]:
    """The ways in which the condition at text[start:end] holds, and those in which not."""
    tokens = lex(sql.text, start=start, end=end)
    return decided(_Folder(sql, Cursor(tokens, end=end), environment), reach)


class _Folder:
    """A pass over an expression's tokens. What it does not know becomes a hole, never an error."""

    def __init__(self, sql: SqlText, cursor: Cursor, environment: Mapping[str, Texts]) -> None:
        self.sql = sql
        self.cursor = cursor
        self.environment = environment
        self.depth = 0

    def expression(self, *until: str) -> Texts:
        """Up to one of these outside brackets, or to the end; the cursor is left there."""
        start = self.cursor.current.start
        if self.cursor.at(*until):
            return (Folded(),)
        self.depth += 1
        terms: list[Texts] = []
        while self.depth <= _DEEPEST:
            terms.append(self._term())
            if not self.cursor.accept("||"):
                break
        self.depth -= 1
        if terms and (self.cursor.at_end or self.cursor.at(*until)):
            return joined(terms)
        while not self.cursor.at_end and not self.cursor.at(*until):
            self.cursor.skip_group()
        return (unknown(start),)

    def _term(self) -> Texts:
        texts = self._operand()
        while True:
            if self.cursor.accept("::"):
                self._type()
            elif self.cursor.accept("->", "->>", "#>>", "#>"):
                texts = part(texts, self._operand())
            elif self.cursor.accept("["):
                texts = subscripted(texts, self.expression("]"), self.cursor.previous)
                self.cursor.accept("]")
            else:
                return texts

    def _type(self) -> None:
        while self.cursor.current.is_identifier or self.cursor.at(".", "(", "["):
            self.cursor.skip_group()

    def _operand(self) -> Texts:
        cursor, token = self.cursor, self.cursor.current
        if cursor.accept("("):
            texts = self.expression(")")
            cursor.accept(")")
            return texts
        if cursor.accept("case"):
            return self._case(token)
        if token.is_identifier:
            return self._named()
        cursor.advance()
        if token.kind == "param":
            return self.environment.get(token.value, (unknown(token.start),))
        return (self._constant(token),)

    def _constant(self, token: Token) -> Folded:
        match token.kind:
            case "string":
                return self._literal(token)
            case "number":
                return Folded(token.value, range(token.start, token.end))
            case _:
                return unknown(token.start)

    def _literal(self, token: Token) -> Folded:
        decoded = decode(self.sql.text, token)
        return Folded(decoded.text, decoded.offsets, holes_among(self.sql.holes, decoded.offsets))

    def _named(self) -> Texts:
        """A variable, a call, NULL, or the type before a literal."""
        cursor, first = self.cursor, self.cursor.current
        parts = [cursor.advance().value]
        while cursor.accept("."):
            parts.append(cursor.advance().value)
        if cursor.current.kind == "string":
            return (self._literal(cursor.advance()),)
        if cursor.at("("):
            return self._call(parts[-1], first.start)
        if first.is_word("null"):
            return (Folded(),)
        for name in (".".join(parts), parts[-1]):
            if name in self.environment:
                return self.environment[name]
        return (unknown(first.start),)

    def _case(self, case: Token) -> Texts:
        """CASE … WHEN … THEN a ELSE b END: any of its results, where that is come to."""
        cursor = self.cursor
        results: list[Texts] = []
        subject = None if cursor.at("when") else self.expression("when", "end")
        before = EVERYWHERE
        while not cursor.at_end and not cursor.accept("end"):
            here = before
            if cursor.advance().value == "when":
                here, before = self._when(subject, before)
                cursor.accept("then")
            results.append(under(self.expression("when", "else", "end"), here))
        return alternatives(results) if results else (unknown(case.start),)

    def _when(self, subject: Texts | None, before: Reach) -> tuple[Reach, Reach]:
        if subject is None:
            return decided(self, before, "then")
        wanted = self.expression("then")
        if len(wanted) > 1 or wanted[0].holes:
            return before, before
        return compared(subject, {wanted[0].text}, before)

    def _call(self, name: str, offset: int) -> Texts:
        arguments = list(self._arguments())
        return called(name, arguments) or (unknown(offset),)

    def _arguments(self) -> Iterator[Texts]:
        cursor = self.cursor
        cursor.advance()
        while not cursor.at_end and not cursor.accept(")"):
            if cursor.accept("variadic"):
                self.expression(")")  # an array of any length: nothing is given at its place
            else:
                yield self.expression(",", ")", "as")
            if cursor.accept("as"):
                self.expression(")")  # CAST (x AS type)
            cursor.accept(",")
