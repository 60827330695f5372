"""Nodes of libcst's kinds that have no whitespace and no signs: those of a tree only to be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from types import new_class
from typing import TypeVar, cast

import libcst

from outbox_guard.frontends.python.nodes import is_sign

Node = TypeVar("Node", bound=libcst.CSTNode)

_Set = Callable[[object, object], None]


def bare(kind: type[Node], **fields: object) -> Node:
    """A node with these fields, and libcst's defaults for the others.

    Nothing is checked, for Python's own parser has read the text; that is what libcst's
    constructors are slow at.
    """
    made, setters = _bare(kind)
    node: Node = object.__new__(made)
    for name, put, default in setters:
        put(node, fields.get(name, default))
    return node


@cache
def _bare(kind: type[Node]) -> tuple[type[Node], tuple[tuple[str, _Set, object], ...]]:
    """A kind whose signs are the same for all its nodes, and how the other fields are set."""
    fields = dataclasses.fields(kind)
    signs = {each.name: _default(each) for each in fields if is_sign(each.name)}
    made = new_class(
        kind.__name__, (kind,), exec_body=lambda body: body.update(__slots__=(), **signs)
    )
    setters = tuple(
        (each.name, getattr(kind, each.name).__set__, _default(each))
        for each in fields
        if each.name not in signs
    )
    return cast("type[Node]", made), setters


def _default(field: dataclasses.Field[object]) -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    return None if field.default_factory is dataclasses.MISSING else field.default_factory()
