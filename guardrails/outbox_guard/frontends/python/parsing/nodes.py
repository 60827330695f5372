"""The nodes of a libcst tree, without what is only whitespace and signs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Container, Iterator, Sequence
from functools import cache
from typing import cast

import libcst

_SIGNS = re.compile(
    r"whitespace|leading_lines|lines_after|trailing_whitespace|header|footer|indent"
    r"|comma|colon|semicolon|equal|dot|l?r?(?:par|bracket|brace)$"
)


def nodes(root: object, left_out: Container[int] = ()) -> Iterator[libcst.CSTNode]:
    """A node, or several, and all below, in no order; what is left out is named by its id."""
    stack = list(_held(root))
    while stack:
        node = stack.pop()
        if id(node) not in left_out:
            yield node
            stack += children(node)


def children(node: libcst.CSTNode) -> list[libcst.CSTNode]:
    """What a node is made of, in order."""
    return [each for name in parts(type(node)) for each in _held(getattr(node, name))]


def _held(value: object) -> Sequence[libcst.CSTNode]:
    """The nodes in a field: one, several, or none."""
    if isinstance(value, tuple | list):
        return [node for each in value for node in _held(each)]
    node = cast("libcst.CSTNode", value)  # or a text, or nothing
    return (node,) if _is_node(type(node)) else ()


@cache
def _is_node(kind: type[libcst.CSTNode]) -> bool:
    """isinstance() is slow for what has an abstract base."""
    return issubclass(kind, libcst.CSTNode)


@cache
def parts(kind: type[libcst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold other nodes."""
    names = (each.name for each in dataclasses.fields(kind))
    return tuple(name for name in names if not is_sign(name) and name != "operator")


def is_sign(field: str) -> bool:
    """Whether a field says only how a node is written."""
    return _SIGNS.match(field) is not None
