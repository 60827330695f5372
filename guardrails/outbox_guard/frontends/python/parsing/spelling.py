"""How a called name is written, and where it stands."""

from __future__ import annotations

import libcst

from outbox_guard.facts import Place
from outbox_guard.frontends.python.parsing.syntax import Syntax


def spelling_of(node: libcst.BaseExpression) -> str:
    """A dotted name as it is written; calls and indexes in it are left out."""
    match node:
        case libcst.Name():
            return node.value
        case libcst.Attribute():
            base = spelling_of(node.value)
            return f"{base}.{node.attr.value}" if base else node.attr.value
        case libcst.Call():
            return spelling_of(node.func)
        case libcst.Await():
            return spelling_of(node.expression)
        case libcst.Subscript():
            return spelling_of(node.value)
    return ""


def name_place(syntax: Syntax, called: libcst.BaseExpression) -> Place:
    """The called name: the whole dotted name where it is on one line, else its last part."""
    if not isinstance(called, libcst.Attribute):
        return syntax.place(called)
    whole, last = syntax.place(called), syntax.place(called.attr)
    return whole if _is_dotted(called) and whole.line == last.line else last


def _is_dotted(node: libcst.BaseExpression) -> bool:
    while isinstance(node, libcst.Attribute):
        node = node.value
    return isinstance(node, libcst.Name)
