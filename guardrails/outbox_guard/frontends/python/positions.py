"""Where the nodes of a libcst tree stand in its file.

libcst keeps no positions: it works them out by writing the whole tree anew, which costs more than
the parse. Most files have few places that anybody asks for, so only the statement around such a
place is written, and `ast`, which is quick, says where that begins.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

# Nobody asks where these stand; if somebody does, the whole tree is written.
_UNASKED = re.compile(
    r"whitespace|leading_lines|lines_after|trailing_whitespace|header|footer|indent"
    r"|comma|colon|semicolon|equal|dot|l?r?(?:par|bracket|brace)$|operator"
)
Span = tuple[int, int]  # where it starts and ends, in bytes


class _CodeSpan(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def length(self) -> int: ...


_Spans = Mapping[libcst.CSTNode, _CodeSpan]


@dataclass(frozen=True, eq=False)
class _Unit:
    """A statement of a module, or of classes within it, and where its first word stands."""

    module: libcst.Module  # with the file's own line ends and indentation
    statement: libcst.BaseStatement
    classes: tuple[libcst.ClassDef, ...]
    start: int

    @cached_property
    def spans(self) -> _Spans:
        """Of all that is in it, in a module that has nothing else, but the same indentation."""
        inner = self.statement
        for cls in reversed(self.classes):
            inner = cls.with_changes(
                body=cls.body.with_changes(body=[inner]), decorators=(), leading_lines=()
            )
        return _resolved(self.module.with_changes(body=[inner], header=(), footer=()))

    def span(self, node: libcst.CSTNode) -> Span:
        found = self.spans[node]
        start = self.start + found.start - self.spans[self.statement].start
        return start, start + found.length


class Positions:
    """The places of one file's nodes, each worked out when it is asked for."""

    def __init__(self, tree: libcst.Module, text: str) -> None:
        self._tree = tree
        self._text = text

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node's own words stand, as offsets in bytes."""
        unit = self._units.get(id(node))
        if unit is not None:
            return unit.span(node)
        found = self._whole[node]
        return found.start, found.start + found.length

    @cached_property
    def _whole(self) -> _Spans:
        return _resolved(self._tree)

    @cached_property
    def _units(self) -> dict[int, _Unit]:
        """The statement that each node is part of, by its id."""
        try:
            with warnings.catch_warnings(action="ignore"):
                told = ast.parse(self._text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return {}  # Python that is newer than the one that runs us: then the whole is written
        starts = _line_starts(self._text)
        units = (
            _Unit(self._tree, *found) for found in _paired(self._tree.body, told.body, (), starts)
        )
        return {id(node): unit for unit in units for node in _within(unit.statement)}


def _resolved(module: libcst.Module) -> _Spans:
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    return wrapper.resolve(ByteSpanPositionProvider)


def _line_starts(text: str) -> list[int]:
    """The offset in bytes of each line, as Python counts lines."""
    starts = [0]
    for line in text.encode("utf-8", "surrogatepass").splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _paired(
    statements: Sequence[libcst.CSTNode],
    told: Sequence[ast.stmt],
    classes: tuple[libcst.ClassDef, ...],
    starts: Sequence[int],
) -> Iterator[tuple[libcst.BaseStatement, tuple[libcst.ClassDef, ...], int]]:
    """libcst's statements with what ast says of them: it has no lines that hold several."""
    at = 0
    for statement in statements:
        first = told[at]
        at += len(statement.body) if isinstance(statement, libcst.SimpleStatementLine) else 1
        if isinstance(statement, libcst.BaseStatement):
            yield statement, classes, starts[first.lineno - 1] + first.col_offset
        match statement, first:
            case libcst.ClassDef(body=libcst.IndentedBlock(body=body)), ast.ClassDef():
                yield from _paired(body, first.body, (*classes, statement), starts)


def _within(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """A node and all that it is made of, but for whitespace and signs."""
    stack: list[object] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, libcst.CSTNode):
            yield current
            stack.extend([getattr(current, name) for name in _parts(type(current))])
        elif isinstance(current, tuple | list):
            stack.extend(current)


@cache
def _parts(kind: type[libcst.CSTNode]) -> tuple[str, ...]:
    """The fields of a node that may hold other nodes."""
    names = (each.name for each in dataclasses.fields(kind))
    return tuple(name for name in names if not _UNASKED.match(name))
