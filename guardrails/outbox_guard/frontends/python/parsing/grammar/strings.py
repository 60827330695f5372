"""Literals, from the nodes of Python's own parser to libcst's: it keeps texts as they are spelt."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import libcst

from outbox_guard.frontends.python.parsing.grammar.written import Written
from outbox_guard.quoting import TEXT

_PREFIXED = re.compile(rf"[A-Za-z]{{0,2}}(?:{TEXT})".encode(), re.DOTALL)


def literal(w: Written, node: ast.expr) -> libcst.BaseExpression:
    """A constant; or whatever else has a text in it that only libcst takes apart."""
    match node:
        case ast.Constant(value=str() | bytes()):
            return _text(w, node)
        case ast.Constant(value=None | bool() as value):
            return w.like(libcst.Name, node, value=str(value))
        case ast.Constant(value=int()):
            return w.like(libcst.Integer, node, value=_spelt(w, node))
        case ast.Constant(value=float()):
            return w.like(libcst.Float, node, value=_spelt(w, node))
        case ast.Constant(value=complex()):
            return w.like(libcst.Imaginary, node, value=_spelt(w, node))
        case ast.Constant():
            return w.like(libcst.Ellipsis, node)
    return _read(w, node)


def _spelt(w: Written, node: ast.expr) -> str:
    return w.data[w.start(node) : w.end(node)].decode("utf-8", "surrogatepass")


def _text(w: Written, node: ast.expr) -> libcst.BaseString:
    """A literal, or several side by side, which are nested to the right."""
    spans = list(_texts(w, w.start(node), w.end(node)))
    made: libcst.BaseString | None = None
    for start, end in reversed(spans):
        value = w.data[start:end].decode("utf-8", "surrogatepass")
        left = w.node(libcst.SimpleString, (start, end), value=value)
        if made is None:
            made = left
        else:
            span = start, w.span(made)[1]
            made = w.node(libcst.ConcatenatedString, span, left=left, right=made)
    assert made is not None
    return made


def _texts(w: Written, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        found = _PREFIXED.match(w.data, start)
        assert found is not None
        yield found.span()
        start = w.after(found.end())


def _read(w: Written, node: ast.expr) -> libcst.BaseExpression:
    """What Python's parser tells too little of, between parentheses, since it may go over lines."""
    module = w.parsed(b"(", w.start(node), w.end(node), b")")
    match module.body:
        case [libcst.SimpleStatementLine(body=[libcst.Expr(value=value)])]:
            return value
    raise AssertionError(node)
