"""Imports, of which Python's own parser keeps the names of modules as text."""

from __future__ import annotations

import ast
import re

import libcst

from outbox_guard.frontends.python.parsing.grammar.bare import bare
from outbox_guard.frontends.python.parsing.grammar.written import Written

_DOTS = re.compile(rb"from((?:[\s.]|\\)*)")
_DOT = re.compile(rb"\.")
_REST = re.compile(rb"(?:\s|\\|\.)*")


def imported(w: Written, node: ast.Import) -> libcst.Import:
    return w.like(libcst.Import, node, names=tuple(_alias(w, each) for each in node.names))


def imported_from(w: Written, node: ast.ImportFrom) -> libcst.ImportFrom:
    found = _DOTS.match(w.data, w.start(node))
    assert found is not None
    dots = (match.start() for match in _DOT.finditer(w.data, *found.span(1)))
    relative = tuple(w.node(libcst.Dot, (at, at + 1)) for at in dots)
    module = None if node.module is None else _dotted(w, node.module, found.end())
    if [each.name for each in node.names] == ["*"]:
        names: object = libcst.ImportStar()
    else:
        names = tuple(_alias(w, each) for each in node.names)
    return w.like(libcst.ImportFrom, node, module=module, names=names, relative=relative)


def _alias(w: Written, node: ast.alias) -> libcst.ImportAlias:
    name = _dotted(w, node.name, w.start(node))
    asname = None
    if node.asname is not None:
        asname = bare(libcst.AsName, name=w.last_name(w.end(node), node.asname))
    return bare(libcst.ImportAlias, name=name, asname=asname)


def _dotted(w: Written, name: str, start: int) -> libcst.Name | libcst.Attribute:
    """`a.b.c`, which begins there."""
    first, *others = name.split(".")
    made: libcst.Name | libcst.Attribute = w.first_name(start, first)
    for each in others:
        rest = _REST.match(w.data, w.span(made)[1])
        assert rest is not None
        attr = w.first_name(rest.end(), each)
        span = start, w.span(attr)[1]
        made = w.node(libcst.Attribute, span, value=made, attr=attr)
    return made
