"""Nodes of libcst's kinds that have no whitespace and no signs: those of a tree only to be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import libcst

from outbox_guard.frontends.python.parsing.nodes import is_sign

Node = TypeVar("Node", bound=libcst.CSTNode)

_Put = Callable[[object, object], None]


def bare(kind: type[Node], **fields: object) -> Node:
    """A node with these fields, and libcst's defaults for the others.

    Nothing is checked, for Python's own parser has read the text; that is what libcst's
    constructors are slow at. Who asks such a node for a sign gets an AttributeError.
    """
    node: Node = object.__new__(kind)
    for name, put, default in _fields(kind):
        put(node, fields.get(name, default))
    return node


@cache
def _fields(kind: type[libcst.CSTNode]) -> tuple[tuple[str, _Put, object], ...]:
    """The fields of a kind that are no signs, how each is set, and what it is where nobody says."""
    return tuple(
        (each.name, getattr(kind, each.name).__set__, _default(each))
        for each in dataclasses.fields(kind)
        if not is_sign(each.name)
    )


def _default(field: dataclasses.Field[object]) -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    return None if field.default_factory is dataclasses.MISSING else field.default_factory()
