"""How a called name is written, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import libcst

from outbox_guard.facts import Place
from outbox_guard.frontends.python.parsing.syntax import Syntax

_AROUND: dict[type[libcst.CSTNode], Callable[..., libcst.BaseExpression]] = {
    libcst.Attribute: attrgetter("value"),
    libcst.Call: attrgetter("func"),
    libcst.Await: attrgetter("expression"),
    libcst.Subscript: attrgetter("value"),
}


def spelling_of(node: libcst.BaseExpression) -> str:
    """A dotted name as it is written; calls and indexes in it are left out."""
    parts: list[str] = []
    while (around := _AROUND.get(type(node))) is not None:
        if isinstance(node, libcst.Attribute):
            parts.append(node.attr.value)
        node = around(node)
    if isinstance(node, libcst.Name):
        parts.append(node.value)
    return ".".join(reversed(parts))


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
