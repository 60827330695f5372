"""A file as the statements that it is made of, each with its own text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import libcst

from outbox_guard.frontends.python.parsing.placing import Placed, PlacedNodes, Written

Statement = libcst.SimpleStatementLine | libcst.BaseCompoundStatement
Bare = TypeVar("Bare", bound=Statement)

_WORD = re.compile(r"\w+")
_DEF = re.compile(r"^[ \t]*(?:async\s+)?def\s+\w+", re.MULTILINE)
_PASS = libcst.SimpleStatementLine([libcst.Pass()])


@dataclass(frozen=True, eq=False)
class Part:
    """A statement with the lines above it that belong to it."""

    statement: Statement
    text: str
    written: Written
    skipped: int  # bytes that are written before it
    known: Parts | None = None

    @cached_property
    def members(self) -> Parts | None:
        """Of a class: the statements of its body."""
        return self.known or _members(self)

    @cached_property
    def size(self) -> int:
        return _size(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """All that it says; that a function has its name says nothing of others that have it."""
        return _words(_DEF.sub("", self.text, count=1) if self._is_function else self.text)

    @property
    def _is_function(self) -> bool:
        return isinstance(self.statement, libcst.FunctionDef)

    @cached_property
    def lines(self) -> int:
        return self.text.count("\n")

    @cached_property
    def nodes(self) -> frozenset[int]:
        """The ids of all that it is made of, but for the body of a class."""
        return frozenset(self.written.nodes)

    def placed(self, start: int) -> Iterator[Placed]:
        yield Placed(self.written, start, self.skipped)
        if self.members is not None:
            yield from self.members.placed(start)


@dataclass(frozen=True, eq=False)
class Parts:
    """Statements one after the other, and what stands before and after them."""

    head: str
    parts: tuple[Part, ...]
    foot: str

    @cached_property
    def head_words(self) -> frozenset[str]:
        return _words(self.head)

    @property
    def text(self) -> str:
        return "".join((self.head, *(part.text for part in self.parts), self.foot))

    def placed(self, start: int) -> Iterator[Placed]:
        at = start + _size(self.head)
        for part in self.parts:
            yield from part.placed(at)
            at += part.size


@dataclass(frozen=True, eq=False)
class Outline:
    """A file, cut at its statements."""

    tree: libcst.Module
    parts: Parts

    @property
    def positions(self) -> PlacedNodes:
        return PlacedNodes(self.tree, self.parts.placed(0))


def outline_of(tree: libcst.Module, text: str) -> Outline | None:
    """A file as its statements; None where these do not make it up."""
    head, foot = text_of(tree, tree.header), text_of(tree, tree.footer)
    parts = Parts(head, tuple(parts_of(tree, tree.body, ())), foot)
    return checked(Outline(tree, parts), text)


def checked(outline: Outline, text: str) -> Outline | None:
    """It, where it is the text to the letter: the last line may have no end."""
    parts, tree = outline.parts, outline.tree
    if parts.parts and not tree.has_trailing_newline:
        *before, last = parts.parts
        if parts.foot:
            parts = replace(parts, foot=parts.foot.removesuffix(tree.default_newline))
        else:
            cut = replace(last, text=last.text.removesuffix(tree.default_newline))
            parts = replace(parts, parts=(*before, cut))
    return Outline(tree, parts) if parts.text == text else None


def parts_of(
    tree: libcst.Module, body: Sequence[libcst.CSTNode], classes: tuple[libcst.ClassDef, ...]
) -> Iterator[Part]:
    """The statements of a body, which stands within these classes."""
    whole = tree.with_changes(has_trailing_newline=True)
    written = Written(whole, _PASS, classes).alone.code
    skipped = len(written) - len(f"{_indents(whole, classes)}pass{whole.default_newline}")
    for statement in body:
        if isinstance(statement, libcst.SimpleStatementLine | libcst.BaseCompoundStatement):
            text = Written(whole, statement, classes).alone.code[skipped:]
            alone = Written(whole, _bare(statement), classes)
            yield Part(statement, text, alone, _size(written[:skipped]))


def _bare(statement: Bare) -> Bare:
    """A class without its body, whose statements are parts of their own."""
    match statement:
        case libcst.ClassDef(body=libcst.IndentedBlock() as block):
            return statement.with_changes(body=block.with_changes(body=[_PASS], footer=()))
    return statement


def _members(part: Part) -> Parts | None:
    """The body of a class, as the text of the class has it."""
    tree, classes = part.written.module, part.written.classes
    match part.statement:
        case libcst.ClassDef(body=libcst.IndentedBlock(body=body, footer=footer)) as cls:
            parts = tuple(parts_of(tree, body, (*classes, cls)))
            foot = footer_of(tree, (*classes, cls), footer)
            size = len(part.text) - len(foot) - sum(len(each.text) for each in parts)
            return Parts(part.text[:size], parts, foot)
    return None


def footer_of(
    tree: libcst.Module,
    classes: tuple[libcst.ClassDef, ...],
    footer: Sequence[libcst.EmptyLine],
) -> str:
    """The comments at the end of the innermost class, which are indented as it is."""
    *outer, cls = classes
    bare = _bare(cls)
    with_it = bare.with_changes(body=bare.body.with_changes(footer=footer))
    without, whole = (Written(tree, each, tuple(outer)).alone.code for each in (bare, with_it))
    return whole.removeprefix(without)


def _indents(tree: libcst.Module, classes: Sequence[libcst.ClassDef]) -> str:
    blocks = (cls.body for cls in classes)
    return "".join(_indent(tree, each) for each in blocks if isinstance(each, libcst.IndentedBlock))


def _indent(tree: libcst.Module, block: libcst.IndentedBlock) -> str:
    return tree.default_indent if block.indent is None else block.indent


def text_of(tree: libcst.Module, lines: Sequence[libcst.EmptyLine]) -> str:
    """Blank lines and comments as they are written."""
    return "".join(map(tree.code_for_node, lines))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
