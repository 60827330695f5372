"""Statements written by themselves, once for as long as they stay the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import libcst

from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.positions import Places, Span, Spans, resolved


@dataclass(frozen=True, eq=False)
class Written:
    """A statement of a module, or of classes within it, written by itself."""

    module: libcst.Module  # with the file's own line ends and indentation
    statement: libcst.BaseStatement
    classes: tuple[libcst.ClassDef, ...] = ()

    @cached_property
    def alone(self) -> libcst.Module:
        """A module that has nothing else in it, but the same indentation."""
        inner = self.statement
        for cls in reversed(self.classes):
            inner = cls.with_changes(
                body=cls.body.with_changes(body=[inner], footer=()), decorators=(), leading_lines=()
            )
        return self.module.with_changes(body=[inner], header=(), footer=())

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node of it stands in that module."""
        found = self._spans[node]
        return found.start, found.start + found.length

    @cached_property
    def nodes(self) -> tuple[int, ...]:
        """The ids of all that it is made of."""
        return tuple(map(id, nodes(self.statement)))

    @cached_property
    def _spans(self) -> Spans:
        return resolved(self.alone)


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement, and where it stands in the file."""

    written: Written
    start: int  # of what is written of it
    skipped: int  # bytes that are written before that

    def span(self, node: libcst.CSTNode) -> Span:
        start, end = self.written.span(node)
        return self.start + start - self.skipped, self.start + end - self.skipped


class PlacedNodes(Places):
    """The places of a file's nodes, where it is known where its statements stand."""

    def __init__(self, tree: libcst.Module, statements: Iterable[Placed]) -> None:
        units = {node: each for each in statements for node in each.written.nodes}
        super().__init__(tree, lambda: units)
