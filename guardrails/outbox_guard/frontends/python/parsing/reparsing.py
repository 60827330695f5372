"""The tree of a file after an edit, from the tree of before: only what changed is parsed.

A file is cut at its statements, and a class at those of its body. What is the same at both ends
stays as it is; what lies between is parsed by itself, with statements of ours before and after
it, so that it can neither go on into what stays nor continue it. Wherever that does not come out
as it should there is no answer here, and the file is parsed whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst

from outbox_guard.frontends.python.parsing.outlines import (
    Outline,
    Part,
    Parts,
    checked,
    footer_of,
    parts_of,
    text_of,
)
from outbox_guard.frontends.python.parsing.trees import parse_text

_FAULTS = (
    libcst.ParserSyntaxError,
    libcst.CSTLogicError,
    libcst.CSTValidationError,
    RecursionError,
    UnicodeEncodeError,
)
# The first line that is not blank, as far as its first sign; and a last one that holds code.
_FIRST = re.compile(r"(?:[ \t\f]*(?:\r\n|\n|\r))*(?P<indent>[ \t\f]*)(?P<sign>\S)")
_LAST = re.compile(r"(?:\A|[\r\n])[ \t\f]*[^\s#][^\r\n]*(?:\r\n|\n|\r)\Z")


@dataclass(frozen=True, slots=True)
class _Change:
    """The parts that an edit leaves at both ends, and the text that lies between them."""

    first: int  # of the parts that are no more
    last: int  # the one after them
    start: int
    end: int
    only: int | None  # the part in which all of it is, if there is one
    before: bool  # whether the first of the parts is the same, and the last one: neighbours,
    after: bool  # which have to come out as they went in


def _change(parts: Parts, text: str, indent: str = "") -> _Change:
    """What has changed, with a neighbour on each side where a comment may belong to either."""
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
    changed = text[max(start, 0) : end]
    neighbours = [
        first > 0 and not _begins_anew(changed, indent),
        last < len(parts.parts) and not _is_over(changed, parts.parts[last].text, indent),
    ]
    if neighbours[0]:
        first -= 1
        start -= len(parts.parts[first].text)
    if neighbours[1]:
        end += len(parts.parts[last].text)
        last += 1
    whole = last == len(parts.parts)
    return _Change(
        first, last, start if first else 0, len(text) if whole else end, only, *neighbours
    )


def _begins_anew(text: str, indent: str) -> bool:
    """Whether some lines begin with a statement, and not with what may belong before them."""
    first = _FIRST.match(text)
    return first is not None and first["indent"] == indent and first["sign"] not in "#\\"


def _is_over(text: str, after: str, indent: str) -> bool:
    """Whether some lines end with a statement, and what comes after them cannot belong to it."""
    first = _FIRST.match(after)
    return bool(_LAST.search(text)) and first is not None and first["indent"] == indent


def edited(outline: Outline, text: str) -> Outline | None:
    """The file as it is now; None where it has to be parsed whole."""
    parts, tree = outline.parts, outline.tree
    change = _change(parts, text)
    within = None if change.only is None else _in_class(outline, change.only, text)
    if within is not None:
        return within
    if not any(map(_is_indented, parts.parts[: change.first])):
        # The first indent says how wide one is.
        change = replace(change, first=0, start=0, before=False)
    begins, ends = change.first == 0, change.last == len(parts.parts)
    if begins and ends:
        return None
    before = "" if begins else _class_of_ours(tree)
    after = "" if ends else f"pass{tree.default_newline}"
    module = _parsed(tree, before + text[change.start : change.end] + after)
    body = None if module is None else _between(module, before, after)
    if module is None or body is None:
        return None
    every = _replaced(parts.parts, change, tuple(parts_of(tree, body, ())))
    if every is None:
        return None
    head, foot = text_of(tree, module.header), text_of(tree, module.footer)
    made = Parts(
        head if begins else parts.head,
        every,
        foot if ends else parts.foot,
    )
    changed = tree.with_changes(
        body=[part.statement for part in made.parts],
        header=module.header if begins else tree.header,
        footer=module.footer if ends else tree.footer,
        has_trailing_newline=(module if ends else tree).has_trailing_newline,
    )
    return checked(Outline(changed, made), text)


def _replaced(
    parts: tuple[Part, ...], change: _Change, read: tuple[Part, ...]
) -> tuple[Part, ...] | None:
    """The parts with others in the place of those that have changed.

    Of these, the ones that came out as they were stay, with all that is known of them; None where
    a neighbour of the change did not.
    """
    old, fresh = parts[change.first : change.last], list(read)
    shorter = min(len(old), len(fresh))
    before = 0
    while before < shorter and old[before].text == fresh[before].text:
        fresh[before] = old[before]
        before += 1
    for back in range(1, shorter - before + 1):
        if old[-back].text != fresh[-back].text:
            break
        fresh[-back] = old[-back]
    if (change.before and fresh[:1] != [*old[:1]]) or (change.after and fresh[-1:] != [*old[-1:]]):
        return None
    return (*parts[: change.first], *fresh, *parts[change.last :])


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
    return checked(Outline(whole, replace(outline.parts, parts=every)), text)


def _edited_members(
    tree: libcst.Module, cls: libcst.ClassDef, members: Parts, text: str
) -> tuple[Parts, Sequence[libcst.EmptyLine] | None] | None:
    """The body of a class as it is now, and its last comments where they are read anew."""
    change = _change(members, text, tree.default_indent)
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
            every = _replaced(members.parts, change, tuple(parts_of(tree, body, (cls,))))
            if every is None:
                return None
            made = Parts(
                members.head,
                every,
                footer_of(tree, (cls,), block.footer) if ends else members.foot,
            )
            return (made, block.footer if ends else None) if made.text == text else None
    return None
