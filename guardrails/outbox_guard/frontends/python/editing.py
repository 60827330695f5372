"""The tree of a file after an edit, from the tree of before: only what changed is parsed.

A file is cut at its statements, and a class at those of its body. What is the same at both ends
stays as it is; what lies between is parsed by itself, with statements of ours before and after
it, so that it can neither go on into what stays nor continue it. Wherever that does not come out
as it should there is no answer here, and the file is parsed whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import libcst

from outbox_guard.frontends.python.placing import Placed, PlacedNodes, Written

Statement = libcst.SimpleStatementLine | libcst.BaseCompoundStatement

_FAULTS = (
    libcst.ParserSyntaxError,
    libcst.CSTLogicError,
    libcst.CSTValidationError,
    RecursionError,
)
Bare = TypeVar("Bare", bound=Statement)
_PASS = libcst.SimpleStatementLine([libcst.Pass()])


def parse_text(text: str) -> libcst.Module:
    """The tree of a text, which is decoded already: a cookie must not decode it again."""
    return libcst.parse_module(text, libcst.PartialParserConfig(encoding="utf-8"))


def resembles(one: str, other: str) -> bool:
    """Whether most of two texts is the same at their ends."""
    shorter = min(len(one), len(other))
    first = _common(one, other, shorter)
    last = _common(one[first:][::-1], other[first:][::-1], shorter - first)
    return 2 * (first + last) > max(len(one), len(other))


def _common(one: str, other: str, most: int) -> int:
    """How many characters two texts begin with both; halving finds it at the speed of memory."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


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
    head, foot = _lines(tree, tree.header), _lines(tree, tree.footer)
    parts = Parts(head, tuple(_parts(tree, tree.body, ())), foot)
    return _checked(Outline(tree, parts), text)


def _checked(outline: Outline, text: str) -> Outline | None:
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


def _parts(
    tree: libcst.Module, body: Sequence[libcst.CSTNode], classes: tuple[libcst.ClassDef, ...]
) -> Iterator[Part]:
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
            parts = tuple(_parts(tree, body, (*classes, cls)))
            foot = _footer(tree, (*classes, cls), footer)
            size = len(part.text) - len(foot) - sum(len(each.text) for each in parts)
            return Parts(part.text[:size], parts, foot)
    return None


def _footer(
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


def _lines(tree: libcst.Module, lines: Sequence[libcst.EmptyLine]) -> str:
    return "".join(map(tree.code_for_node, lines))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class _Change:
    """The parts that an edit leaves at both ends, and the text that lies between them."""

    first: int  # of the parts that are no more
    last: int  # the one after them
    start: int
    end: int
    only: int | None  # the part in which all of it is, if there is one


def _change(parts: Parts, text: str) -> _Change:
    """What has changed, with a neighbour on each side: a comment may belong to either of two."""
    first, start = 0, len(parts.head) if text.startswith(parts.head) else -1
    last, end = len(parts.parts), len(text) - len(parts.foot)
    while start >= 0 and first < last and text.startswith(parts.parts[first].text, start):
        start += len(parts.parts[first].text)
        first += 1
    while text.endswith(parts.foot) and last > first:
        before = end - len(parts.parts[last - 1].text)
        if before < start or not text.endswith(parts.parts[last - 1].text, 0, end):
            break
        last, end = last - 1, before
    while start > end:  # the same lines again
        first -= 1
        start -= len(parts.parts[first].text)
    only = first if last - first == 1 else None
    if first > 0:
        first -= 1
        start -= len(parts.parts[first].text)
    if last < len(parts.parts):
        end += len(parts.parts[last].text)
        last += 1
    whole = last == len(parts.parts)
    return _Change(first, last, start if first else 0, len(text) if whole else end, only)


def edited(outline: Outline, text: str) -> Outline | None:
    """The file as it is now; None where it has to be parsed whole."""
    parts, tree = outline.parts, outline.tree
    change = _change(parts, text)
    within = None if change.only is None else _in_class(outline, change.only, text)
    if within is not None:
        return within
    if not any(map(_is_indented, parts.parts[: change.first])):
        change = replace(change, first=0, start=0)  # the first indent says how wide one is
    begins, ends = change.first == 0, change.last == len(parts.parts)
    if begins and ends:
        return None
    before = "" if begins else _class_of_ours(tree)
    after = "" if ends else f"pass{tree.default_newline}"
    module = _parsed(tree, before + text[change.start : change.end] + after)
    body = None if module is None else _between(module, before, after)
    if module is None or body is None:
        return None
    head, foot = _lines(tree, module.header), _lines(tree, module.footer)
    made = Parts(
        head if begins else parts.head,
        (*parts.parts[: change.first], *_parts(tree, body, ()), *parts.parts[change.last :]),
        foot if ends else parts.foot,
    )
    changed = tree.with_changes(
        body=[part.statement for part in made.parts],
        header=module.header if begins else tree.header,
        footer=module.footer if ends else tree.footer,
        has_trailing_newline=(module if ends else tree).has_trailing_newline,
    )
    return _checked(Outline(changed, made), text)


def _is_indented(part: Part) -> bool:
    body = getattr(part.statement, "body", None)
    return isinstance(body, libcst.IndentedBlock)


def _class_of_ours(tree: libcst.Module) -> str:
    """It ends where its lines do: no `else` or `except` can go on with it."""
    return f"class _:{tree.default_newline}{tree.default_indent}pass{tree.default_newline}"


def _parsed(tree: libcst.Module, text: str) -> libcst.Module | None:
    """Some statements by themselves, where they are read as in the file."""
    try:
        module = parse_text(text)
    except _FAULTS:
        return None
    ours = (tree.default_newline, tree.default_indent)
    return module if (module.default_newline, module.default_indent) == ours else None


def _between(module: libcst.Module, before: str, after: str) -> Sequence[libcst.CSTNode] | None:
    """The statements between ours; None where ours did not come out as they went in."""
    body = module.body
    if before:
        if not body or module.header or module.code_for_node(body[0]) != before:
            return None
        body = body[1:]
    if after:
        if not body or module.footer or module.code_for_node(body[-1]) != after:
            return None
        body = body[:-1]
    return body


def _in_class(outline: Outline, at: int, text: str) -> Outline | None:
    """The same, where all that has changed stands in the body of one class."""
    parts = outline.parts.parts
    part, tree = parts[at], outline.tree
    start = len(outline.parts.head) + sum(len(each.text) for each in parts[:at])
    end = len(text) - len(outline.parts.foot) - sum(len(each.text) for each in parts[at + 1 :])
    own = text[start:end]
    cls = part.statement
    if part.members is None or not own.startswith(part.members.head):
        return None
    if not isinstance(cls, libcst.ClassDef) or not isinstance(cls.body, libcst.IndentedBlock):
        return None
    block = cls.body
    members = _edited_members(tree, cls, part.members, own) if block.indent is None else None
    if members is None:
        return None
    found, footer = members
    body = [each.statement for each in found.parts]
    footer = block.footer if footer is None else footer
    changed = block.with_changes(body=body, footer=footer)
    made = replace(part, statement=cls.with_changes(body=changed), text=own, known=found)
    every = (*parts[:at], made, *parts[at + 1 :])
    whole = tree.with_changes(body=[each.statement for each in every])
    return _checked(Outline(whole, replace(outline.parts, parts=every)), text)


def _edited_members(
    tree: libcst.Module, cls: libcst.ClassDef, members: Parts, text: str
) -> tuple[Parts, Sequence[libcst.EmptyLine] | None] | None:
    """The body of a class as it is now, and its last comments where they are read anew."""
    change = _change(members, text)
    start = max(change.start, len(members.head))
    ends = change.last == len(members.parts)
    inner, outer = f"{tree.default_indent}pass{tree.default_newline}", f"pass{tree.default_newline}"
    after = outer if ends else inner + outer
    module = _parsed(tree, _class_of_ours(tree) + text[start : change.end] + after)
    match module:
        case libcst.Module(
            header=[],
            body=[libcst.ClassDef(body=libcst.IndentedBlock(indent=None) as block), last],
            footer=[],
        ) if module.code_for_node(last) == outer:
            alone = module.with_changes(body=block.body, header=(), footer=())
            body = _between(alone, outer, "" if ends else outer)
            if body is None or (block.footer and not ends):
                return None
            made = Parts(
                members.head,
                (
                    *members.parts[: change.first],
                    *_parts(tree, body, (cls,)),
                    *members.parts[change.last :],
                ),
                _footer(tree, (cls,), block.footer) if ends else members.foot,
            )
            return (made, block.footer if ends else None) if made.text == text else None
    return None
