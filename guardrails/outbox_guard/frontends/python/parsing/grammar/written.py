"""The bytes of a text that Python has parsed, and where in them its nodes stand."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import libcst

from outbox_guard.frontends.python.parsing.grammar.bare import bare
from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.positions import Span, Spans, line_starts, resolved
from outbox_guard.frontends.python.parsing.trees import parse_text

Node = TypeVar("Node", bound=libcst.CSTNode)
Located = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.excepthandler

_IGNORED = re.compile(rb"(?:\s|\\\r?\n|#[^\n]*)*")
_COMMENT = re.compile(rb"#[^\n]*")
_FIRST_WORD = re.compile(r"\w+")
_LINE_END = 3  # bytes at most of what continues a line, and ends it
_LAST_WORD = re.compile(r"\w+\Z")


class Written:
    """A text on its way to a tree: it knows its nodes' spans, in bytes."""

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "surrogatepass")
        self._is_ascii = len(self.data) == len(text)
        self._starts = line_starts(self.data)
        self._spans: dict[int, Span] = {}  # by the nodes' ids
        self._parts: list[_Part] = []

    def start(self, node: Located) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: Located) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def begin_part(self, start: int, end: int) -> None:
        """From now on the parser's lines are those of a part of the text."""
        self._starts = [start + each for each in line_starts(self.data[start:end])]

    def line_start(self, node: Located) -> int:
        return self._starts[node.lineno - 1]

    def node(self, kind: type[Node], span: Span, **fields: object) -> Node:
        """A node that stands there."""
        made = bare(kind, **fields)
        self._spans[id(made)] = span
        return made

    def like(self, kind: type[Node], node: Located, **fields: object) -> Node:
        """A node that stands where this one does."""
        made = bare(kind, **fields)
        self._spans[id(made)] = self.start(node), self.end(node)
        return made

    def name(self, start: int, end: int, name: str = "") -> libcst.Name:
        """A name as it is spelt; Python's parser, which calls it so, normalizes it."""
        spelt = name and self._is_ascii
        value = name if spelt else self.data[start:end].decode("utf-8", "surrogatepass")
        return self.node(libcst.Name, (start, end), value=value)

    def first_name(self, start: int, name: str) -> libcst.Name:
        """The name that begins there, which the parser calls so."""
        if self._is_ascii:
            return self.name(start, start + len(name), name)
        line = self.data.find(b"\n", start)
        rest = self.data[start : line if line >= 0 else len(self.data)]
        found = _FIRST_WORD.match(rest.decode("utf-8", "surrogatepass"))
        assert found is not None
        return self.name(start, start + len(found[0].encode()))

    def last_name(self, end: int, name: str) -> libcst.Name:
        """The name that ends there."""
        if self._is_ascii:
            return self.name(end - len(name), end, name)
        line = self.data.rfind(b"\n", 0, end) + 1
        found = _LAST_WORD.search(self.data[line:end].decode("utf-8", "surrogatepass"))
        assert found is not None
        return self.name(end - len(found[0].encode()), end)

    def after(self, at: int) -> int:
        """Where the next token begins."""
        found = _IGNORED.match(self.data, at)
        assert found is not None
        return found.end()

    def closed(self, at: int, end: int, signs: bytes) -> int:
        """Where the last of these signs ends of those that follow, before an end."""
        while (following := self.after(at)) < end and self.data[following] in signs:
            at = following + 1
        return at

    def gap(self, start: int, end: int) -> bytes:
        """What stands between two nodes, without comments."""
        between = self.data[start:end]
        return _COMMENT.sub(b"", between) if b"#" in between else between

    def begins_line(self, at: int) -> bool:
        """Whether nothing but an indent stands before it, on a line that continues no other."""
        ahead = self.data[self.data.rfind(b"\n", 0, at) + 1 : at]
        if ahead.strip(b" \t\f\r"):
            return False
        line = at - len(ahead)
        ended = self.data[max(line - _LINE_END, 0) : line]
        return not ended.removesuffix(b"\n").removesuffix(b"\r").endswith(b"\\")

    def parsed(self, before: bytes, start: int, end: int, after: bytes) -> libcst.Module:
        """What Python's parser tells too little of: libcst reads it, between words of ours."""
        text = b"".join((before, self.data[start:end], after)).decode("utf-8", "surrogatepass")
        module = parse_text(text)
        self._parts.append(_Part(module, start - len(before)))
        return module

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node's own words stand."""
        found = self._spans.get(id(node))
        if found is not None:
            return found
        for part in self._parts:
            if id(node) in part.ids:
                return part.span(node)
        raise KeyError(node)  # what has no words of its own, and nobody asks about


@dataclass(frozen=True)
class _Part:
    """A part of the text that libcst has read."""

    module: libcst.Module
    shift: int  # of its offsets

    @cached_property
    def ids(self) -> frozenset[int]:
        return frozenset(map(id, nodes(self.module)))

    @cached_property
    def _spans(self) -> Spans:
        return resolved(self.module)

    def span(self, node: libcst.CSTNode) -> Span:
        found = self._spans[node]
        start = found.start + self.shift
        return start, start + found.length
