"""Statements, from the nodes of Python's own parser to libcst's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

import libcst

from outbox_guard.frontends.python.parsing.grammar.bare import bare
from outbox_guard.frontends.python.parsing.grammar.expressions import (
    ASYNCHRONOUS,
    annotation,
    argument,
    expression,
    parameters,
)
from outbox_guard.frontends.python.parsing.grammar.imports import imported, imported_from
from outbox_guard.frontends.python.parsing.grammar.operators import AUGMENTED
from outbox_guard.frontends.python.parsing.grammar.type_parameters import type_parameters
from outbox_guard.frontends.python.parsing.grammar.written import Written

Simple = libcst.BaseSmallStatement
Compound = libcst.BaseCompoundStatement
Line = libcst.SimpleStatementLine | Compound

_DEFINED = re.compile(rb"(?:async\b)?(?:\s|\\)*(?:def|class)\b(?:\s|\\)*")
_BLOCK = b"if 1:\n"  # for what is indented
_COMPOUND = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
Handler = TypeVar("Handler", libcst.ExceptHandler, libcst.ExceptStarHandler)
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def statements(w: Written, body: Sequence[ast.stmt]) -> Iterator[Line]:
    """Those of a block; small ones on the same line are one."""
    line: list[ast.stmt] = []
    for node in body:
        if line and (isinstance(node, _COMPOUND) or w.begins_line(w.start(node))):
            yield _line(w, line)
            line = []
        if isinstance(node, _COMPOUND):
            yield _compound(w, node)
        else:
            line.append(node)
    if line:
        yield _line(w, line)


def _line(w: Written, nodes: Sequence[ast.stmt]) -> libcst.SimpleStatementLine:
    return bare(libcst.SimpleStatementLine, body=tuple(_simple(w, each) for each in nodes))


def _suite(w: Written, body: Sequence[ast.stmt]) -> libcst.BaseSuite:
    """What is indented, or stands on the line of the colon."""
    if isinstance(body[0], _COMPOUND) or w.begins_line(w.start(body[0])):
        return bare(libcst.IndentedBlock, body=tuple(statements(w, body)))
    return bare(libcst.SimpleStatementSuite, body=tuple(_simple(w, each) for each in body))


def _simple(w: Written, node: ast.stmt) -> Simple:
    """The most frequent kinds first."""
    match node:
        case ast.Expr():
            return bare(libcst.Expr, value=expression(w, node.value))
        case ast.Assign():
            return _assign(w, node)
        case ast.Return():
            value = None if node.value is None else expression(w, node.value)
            return bare(libcst.Return, value=value)
        case ast.Import():
            return imported(w, node)
        case ast.ImportFrom():
            return imported_from(w, node)
        case ast.AnnAssign() | ast.AugAssign():
            return _assign_further(w, node)
        case ast.Raise():
            exc = None if node.exc is None else expression(w, node.exc)
            cause = node.cause and bare(libcst.From, item=expression(w, node.cause))
            return bare(libcst.Raise, exc=exc, cause=cause)
        case ast.Assert():
            msg = None if node.msg is None else expression(w, node.msg)
            return bare(libcst.Assert, test=expression(w, node.test), msg=msg)
    return _small(w, node)


def _small(w: Written, node: ast.stmt) -> Simple:
    match node:
        case ast.Pass():
            return bare(libcst.Pass)
        case ast.Continue():
            return bare(libcst.Continue)
        case ast.Break():
            return bare(libcst.Break)
        case ast.Global(names=names):
            return bare(libcst.Global, names=_named(names))
        case ast.Nonlocal(names=names):
            return bare(libcst.Nonlocal, names=_named(names))
        case ast.Delete(targets=[only]):
            return bare(libcst.Del, target=expression(w, only))
        case ast.Delete(targets=targets):
            made = tuple(bare(libcst.Element, value=expression(w, each)) for each in targets)
            span = w.start(targets[0]), w.end(targets[-1])
            return bare(libcst.Del, target=w.node(libcst.Tuple, span, elements=made))
    module = w.parsed(b"", w.start(node), w.end(node), b"\n")
    match module.body:
        case [libcst.SimpleStatementLine(body=[libcst.BaseSmallStatement() as small])]:
            return small
    raise AssertionError(node)


def _named(names: Sequence[str]) -> tuple[libcst.NameItem, ...]:
    return tuple(bare(libcst.NameItem, name=bare(libcst.Name, value=name)) for name in names)


def _assign(w: Written, node: ast.Assign) -> libcst.Assign:
    made = tuple(bare(libcst.AssignTarget, target=expression(w, target)) for target in node.targets)
    return bare(libcst.Assign, targets=made, value=expression(w, node.value))


def _assign_further(w: Written, node: ast.AnnAssign | ast.AugAssign) -> Simple:
    target = expression(w, node.target)
    if isinstance(node, ast.AugAssign):
        operator, value = AUGMENTED[type(node.op)], expression(w, node.value)
        return bare(libcst.AugAssign, target=target, operator=operator, value=value)
    return bare(
        libcst.AnnAssign,
        target=target,
        annotation=annotation(w, node.annotation),
        value=None if node.value is None else expression(w, node.value),
    )


def _compound(w: Written, node: ast.stmt) -> Compound:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _function(w, node)
        case ast.If():
            return _if(w, node)
        case ast.ClassDef():
            return _class(w, node)
        case ast.With() | ast.AsyncWith():
            return _with(w, node)
        case ast.For() | ast.AsyncFor():
            return bare(
                libcst.For,
                target=expression(w, node.target),
                iter=expression(w, node.iter),
                body=_suite(w, node.body),
                orelse=_else(w, node.orelse),
                asynchronous=ASYNCHRONOUS if isinstance(node, ast.AsyncFor) else None,
            )
        case ast.While():
            test, body = expression(w, node.test), _suite(w, node.body)
            return bare(libcst.While, test=test, body=body, orelse=_else(w, node.orelse))
        case ast.Try() | ast.TryStar():
            return _try(w, node)
    return _read(w, node)


def _read(w: Written, node: ast.stmt) -> Compound:
    """Of the newer kinds Python's parser tells too little; libcst reads the whole statement."""
    first = getattr(node, "decorator_list", None)
    start = w.line_start(first[0] if first else node)
    module = w.parsed(
        _BLOCK if w.data[start : start + 1].isspace() else b"", start, w.end(node), b"\n"
    )
    match module.body:
        case [libcst.If(body=libcst.IndentedBlock(body=[libcst.BaseCompoundStatement() as made]))]:
            return made
        case [libcst.BaseCompoundStatement() as made]:
            return made
    raise AssertionError(node)


def _defined_name(w: Written, node: Defined) -> libcst.Name:
    found = _DEFINED.match(w.data, w.start(node))
    assert found is not None
    return w.first_name(found.end(), node.name)


def _decorators(w: Written, nodes: Sequence[ast.expr]) -> tuple[libcst.Decorator, ...]:
    return tuple(bare(libcst.Decorator, decorator=expression(w, each)) for each in nodes)


def _function(w: Written, node: ast.FunctionDef | ast.AsyncFunctionDef) -> libcst.FunctionDef:
    name = _defined_name(w, node)
    return bare(
        libcst.FunctionDef,
        name=name,
        type_parameters=type_parameters(w, w.span(name)[1]),
        params=parameters(w, node.args),
        body=_suite(w, node.body),
        decorators=_decorators(w, node.decorator_list),
        returns=annotation(w, node.returns),
        asynchronous=ASYNCHRONOUS if isinstance(node, ast.AsyncFunctionDef) else None,
    )


def _class(w: Written, node: ast.ClassDef) -> libcst.ClassDef:
    name = _defined_name(w, node)
    return bare(
        libcst.ClassDef,
        name=name,
        type_parameters=type_parameters(w, w.span(name)[1]),
        body=_suite(w, node.body),
        bases=tuple(argument(w, each) for each in node.bases),
        keywords=tuple(argument(w, each) for each in node.keywords),
        decorators=_decorators(w, node.decorator_list),
    )


def _if(w: Written, node: ast.If) -> libcst.If:
    """`elif` is nested as deep as there are."""
    chain = [node]
    while _is_elif(w, node.orelse) and isinstance(following := node.orelse[0], ast.If):
        node = following
        chain.append(node)
    orelse: libcst.If | libcst.Else | None = _else(w, node.orelse)
    for each in reversed(chain):
        test, body = expression(w, each.test), _suite(w, each.body)
        orelse = bare(libcst.If, test=test, body=body, orelse=orelse)
    assert isinstance(orelse, libcst.If)
    return orelse


def _is_elif(w: Written, orelse: Sequence[ast.stmt]) -> bool:
    return len(orelse) == 1 and w.data.startswith(b"elif", w.start(orelse[0]))


def _else(w: Written, body: Sequence[ast.stmt]) -> libcst.Else | None:
    return bare(libcst.Else, body=_suite(w, body)) if body else None


def _with(w: Written, node: ast.With | ast.AsyncWith) -> libcst.With:
    items = tuple(
        bare(
            libcst.WithItem,
            item=expression(w, each.context_expr),
            asname=None if each.optional_vars is None else _as(w, each.optional_vars),
        )
        for each in node.items
    )
    return bare(
        libcst.With,
        items=items,
        body=_suite(w, node.body),
        asynchronous=ASYNCHRONOUS if isinstance(node, ast.AsyncWith) else None,
    )


def _as(w: Written, target: ast.expr) -> libcst.AsName:
    return bare(libcst.AsName, name=expression(w, target))


def _try(w: Written, node: ast.Try | ast.TryStar) -> libcst.Try | libcst.TryStar:
    body, orelse = _suite(w, node.body), _else(w, node.orelse)
    last = bare(libcst.Finally, body=_suite(w, node.finalbody)) if node.finalbody else None
    if isinstance(node, ast.TryStar):
        caught = tuple(_handler(w, each, libcst.ExceptStarHandler) for each in node.handlers)
        return bare(libcst.TryStar, body=body, handlers=caught, orelse=orelse, finalbody=last)
    handlers = tuple(_handler(w, each, libcst.ExceptHandler) for each in node.handlers)
    return bare(libcst.Try, body=body, handlers=handlers, orelse=orelse, finalbody=last)


def _handler(w: Written, node: ast.ExceptHandler, kind: type[Handler]) -> Handler:
    caught = None if node.type is None else expression(w, node.type)
    name = None if node.name is None else bare(libcst.Name, value=node.name)
    asname = name and bare(libcst.AsName, name=name)
    return bare(kind, body=_suite(w, node.body), type=caught, name=asname)
