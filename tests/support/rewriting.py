"""A Python file to rewrite: where its parts stand, and its text with some of them replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import libcst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider

Statements = Sequence[libcst.SimpleStatementLine | libcst.BaseCompoundStatement]
Edit = tuple[int, int, str]  # start, end, and what is to stand there


@dataclass(frozen=True)
class Literal:
    """A plain string literal that is a value."""

    start: int
    end: int
    text: str
    alone: bool  # no other literal beside it, with which it would be one

    @property
    def prefix(self) -> str:
        return re.split("['\"]", self.text, maxsplit=1)[0]

    @property
    def quote(self) -> str:
        rest = self.text[len(self.prefix) :]
        return rest[:3] if rest.startswith(('"""', "'''")) else rest[:1]

    @property
    def body(self) -> str:
        return self.text[len(self.prefix) + len(self.quote) : -len(self.quote)]

    def with_body(self, body: str) -> str:
        return f"{self.prefix}{self.quote}{body}{self.quote}"


class Program:
    def __init__(self, code: str) -> None:
        self.code = code
        wrapper = MetadataWrapper(libcst.parse_module(code), unsafe_skip_copy=True)
        self.tree = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self._lines = [0, *(match.end() for match in re.finditer("\n", code))]

    def span(self, node: libcst.CSTNode) -> tuple[int, int]:
        place = self._positions[node]
        start = self._lines[place.start.line - 1] + place.start.column
        return start, self._lines[place.end.line - 1] + place.end.column

    def edited(self, edits: Iterable[Edit]) -> str:
        code = self.code
        for start, end, text in sorted(edits, reverse=True):
            code = code[:start] + text + code[end:]
        return code

    def with_line(self, line: str) -> str:
        """A line before the first statement that may have one before it."""
        _, rest = self.parts
        if not rest:
            return f"{self.code}{line}\n"
        decorators = getattr(rest[0], "decorators", ())
        start = min(self.span(node)[0] for node in (rest[0], *decorators))
        return self.edited([(start, start, f"{line}\n")])

    @property
    def parts(self) -> tuple[Statements, Statements]:
        """The docstring and imports from the future; all the other statements."""
        body = self.tree.body
        for number, statement in enumerate(body):
            code = self.tree.code_for_node(statement).strip()
            if not code.startswith(('"', "'", "from __future__")):
                return body[:number], body[number:]
        return body, ()

    @cached_property
    def literals(self) -> tuple[Literal, ...]:
        """All but docstrings, annotations, patterns, and what stands within f-strings."""
        apart = m.Annotation() | m.FormattedString() | m.MatchCase()
        docstring = m.Expr(value=m.SimpleString() | m.ConcatenatedString())
        unfit = self._within(apart | docstring)
        joined = self._within(m.ConcatenatedString())
        made = (
            Literal(*self.span(node), node.value, node not in joined)
            for node in m.findall(self.tree, m.SimpleString())
            if isinstance(node, libcst.SimpleString) and node not in unfit
        )
        return tuple(sorted(made, key=lambda literal: literal.start))

    def _within(self, matcher: m.BaseMatcherNode) -> set[libcst.CSTNode]:
        return {
            inner
            for outer in m.findall(self.tree, matcher)
            for inner in m.findall(outer, m.SimpleString())
        }


@cache
def program(code: str) -> Program:
    return Program(code)
