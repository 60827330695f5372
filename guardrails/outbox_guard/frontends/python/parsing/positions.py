"""Where the nodes of a libcst tree stand in its file.

libcst keeps no positions: it works them out by writing the whole tree anew, which costs more than
the parse. Most files have few places that anybody asks for, so only the statement around such a
place is written, or what stands before its body, and `ast`, which is quick, says where that begins.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from outbox_guard.frontends.python.parsing.nodes import nodes, parts

Span = tuple[int, int]  # where it starts and ends, in bytes


class _CodeSpan(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def length(self) -> int: ...


Spans = Mapping[libcst.CSTNode, _CodeSpan]


@dataclass(frozen=True, eq=False)
class _Unit:
    """A statement, as much of it as is to be written, and where its first word stands."""

    module: libcst.Module  # with the file's own line ends
    statement: libcst.BaseStatement
    indents: tuple[str | None, ...]  # of the blocks around it; None is the file's own
    start: int

    @cached_property
    def spans(self) -> Spans:
        """Of all that is in it, in a module that has nothing else, but the same indentation."""
        inner = self.statement
        for indent in reversed(self.indents):
            inner = libcst.If(libcst.Name("_"), libcst.IndentedBlock([inner], indent=indent))
        return resolved(self.module.with_changes(body=[inner], header=(), footer=()))

    def span(self, node: libcst.CSTNode) -> Span:
        found = self.spans[node]
        start = self.start + found.start - self.spans[self.statement].start
        return start, start + found.length

    @cached_property
    def head(self) -> _Unit:
        """What stands before its body."""
        empty = libcst.SimpleStatementSuite([libcst.Pass()])
        tail = {"orelse": None} if hasattr(self.statement, "orelse") else {}
        bare = self.statement.with_changes(body=empty, **tail)
        return _Unit(self.module, bare, self.indents, self.start)


class Unit(Protocol):
    """As much of a file as is written to know where its nodes stand."""

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node's own words stand, as offsets in bytes."""


class Places:
    """The places of a file's nodes, by the unit that each is part of, or else by the whole file."""

    def __init__(self, tree: libcst.Module, units: Callable[[], Mapping[int, Unit]]) -> None:
        self._tree = tree
        self._find = units  # by the ids of nodes; asked once, and only if a place is asked for

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node's own words stand, as offsets in bytes."""
        unit = self._units.get(id(node))
        if unit is not None:
            return unit.span(node)
        found = self._whole[node]
        return found.start, found.start + found.length

    @cached_property
    def _units(self) -> Mapping[int, Unit]:
        return self._find()

    @cached_property
    def _whole(self) -> Spans:
        return resolved(self._tree)


class Positions(Places):
    """The places of one file's nodes, each worked out when it is asked for."""

    def __init__(self, tree: libcst.Module, text: str) -> None:
        super().__init__(tree, self._parted)
        self._text = text

    def _parted(self) -> dict[int, _Unit]:
        """The statement that each node is part of, by its id."""
        try:
            with warnings.catch_warnings(action="ignore"):
                told = ast.parse(self._text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return {}  # Python that is newer than the one that runs us: then the whole is written
        starts = line_starts(self._text.encode("utf-8", "surrogatepass"))
        return dict(_by_id(self._tree, self._tree.body, told.body, (), starts))


def resolved(module: libcst.Module) -> Spans:
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    return wrapper.resolve(ByteSpanPositionProvider)


def line_starts(data: bytes) -> list[int]:
    """The offset in bytes of each line, as Python counts lines."""
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _by_id(
    module: libcst.Module,
    statements: Sequence[libcst.CSTNode],
    told: Sequence[ast.AST],
    indents: tuple[str | None, ...],
    starts: Sequence[int],
) -> Iterator[tuple[int, _Unit]]:
    """The unit of each node in some statements, of which ast tells where they begin.

    It has no lines that hold several.
    """
    at = 0
    for statement in statements:
        first = told[at]
        at += len(statement.body) if isinstance(statement, libcst.SimpleStatementLine) else 1
        if not isinstance(statement, libcst.BaseStatement) or not isinstance(first, ast.stmt):
            continue
        begins = starts[first.lineno - 1] + first.col_offset
        unit = _Unit(module, statement, indents, begins)
        blocks = {
            id(block): (block, inner)
            for block, inner in _suites(statement, first)
            if isinstance(block, libcst.IndentedBlock)
        }
        yield from ((id(node), unit) for node in nodes(statement, blocks))
        if isinstance(statement, _HEADED):
            names = (name for name in parts(type(statement)) if name not in _BODIES)
            heads = nodes([getattr(statement, name) for name in names])
            yield from ((id(node), unit.head) for node in heads)
        outer = (*indents, statement.indent) if isinstance(statement, libcst.Match) else indents
        for block, inner in blocks.values():
            yield from _by_id(module, block.body, inner, (*outer, block.indent), starts)


_HEADED = (
    libcst.FunctionDef,
    libcst.ClassDef,
    libcst.If,
    libcst.For,
    libcst.While,
    libcst.With,
)
_BODIES = ("body", "orelse")


def _suites(
    node: libcst.CSTNode, told: ast.AST
) -> Iterator[tuple[libcst.BaseSuite, Sequence[ast.AST]]]:
    """The bodies of a statement, with what ast has of each."""
    match getattr(node, "body", None):
        case libcst.BaseSuite() as suite:
            yield suite, getattr(told, "body", ())
    match getattr(node, "orelse", None):
        case libcst.If() as following:
            yield from _suites(following, next(iter(getattr(told, "orelse", ()))))
        case libcst.Else(body=suite):
            yield suite, getattr(told, "orelse", ())
    match getattr(node, "finalbody", None):
        case libcst.Finally(body=suite):
            yield suite, getattr(told, "finalbody", ())
    for name in ("handlers", "cases"):
        for part, inside in zip(getattr(node, name, ()), getattr(told, name, ()), strict=True):
            yield from _suites(part, inside)
