"""Expressions, from the nodes of Python's own parser to libcst's."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import libcst

from outbox_guard.frontends.python.parsing.grammar.bare import bare
from outbox_guard.frontends.python.parsing.grammar.operators import (
    BINARY,
    BOOLEAN,
    COMPARING,
    UNARY,
)
from outbox_guard.frontends.python.parsing.grammar.strings import literal
from outbox_guard.frontends.python.parsing.grammar.written import Written

ASYNCHRONOUS = libcst.Asynchronous()


def expression(w: Written, node: ast.expr) -> libcst.BaseExpression:
    """The most frequent kinds first."""
    match node:
        case ast.Name():
            return w.name(w.start(node), w.end(node), node.id)
        case ast.Constant():
            return literal(w, node)
        case ast.Attribute():
            end = w.end(node)
            value = expression(w, node.value)
            return w.like(libcst.Attribute, node, value=value, attr=w.last_name(end, node.attr))
        case ast.Call():
            func = expression(w, node.func)
            return w.like(libcst.Call, node, func=func, args=tuple(_arguments(w, node)))
        case ast.Tuple():
            return _tuple(w, node)
        case ast.Subscript():
            value = expression(w, node.value)
            return w.like(libcst.Subscript, node, value=value, slice=tuple(_slices(w, node.slice)))
        case ast.List():
            return w.like(libcst.List, node, elements=_elements(w, node.elts))
        case ast.Dict():
            return w.like(libcst.Dict, node, elements=tuple(_pairs(w, node)))
        case ast.BinOp() | ast.BoolOp() | ast.UnaryOp() | ast.Compare():
            return _operation(w, node)
        case ast.JoinedStr():
            return literal(w, node)
    return _further(w, node)


def _further(w: Written, node: ast.expr) -> libcst.BaseExpression:
    match node:
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return _comprehension(w, node)
        case ast.IfExp():
            test, body, orelse = (expression(w, n) for n in (node.test, node.body, node.orelse))
            return w.like(libcst.IfExp, node, test=test, body=body, orelse=orelse)
        case ast.Starred():
            return bare(libcst.StarredElement, value=expression(w, node.value))
        case ast.Lambda():
            body = expression(w, node.body)
            return w.like(libcst.Lambda, node, params=parameters(w, node.args), body=body)
        case ast.Await():
            return w.like(libcst.Await, node, expression=expression(w, node.value))
        case ast.NamedExpr():
            target, value = expression(w, node.target), expression(w, node.value)
            return w.like(libcst.NamedExpr, node, target=target, value=value)
        case ast.Set():
            return w.like(libcst.Set, node, elements=_elements(w, node.elts))
        case ast.Yield():
            given = None if node.value is None else expression(w, node.value)
            return w.like(libcst.Yield, node, value=given)
        case ast.YieldFrom():
            item = bare(libcst.From, item=expression(w, node.value))
            return w.like(libcst.Yield, node, value=item)
    return literal(w, node)


def _operation(
    w: Written, node: ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.Compare
) -> libcst.BaseExpression:
    match node:
        case ast.BinOp():
            return _chain(w, node)
        case ast.BoolOp():
            return _alternatives(w, node)
        case ast.UnaryOp(op=op):
            operator, operand = UNARY[type(op)], expression(w, node.operand)
            return w.like(libcst.UnaryOperation, node, operator=operator, expression=operand)
        case ast.Compare(ops=ops, comparators=comparators):
            left = expression(w, node.left)
            targets = tuple(
                bare(
                    libcst.ComparisonTarget,
                    operator=COMPARING[type(op)],
                    comparator=expression(w, each),
                )
                for op, each in zip(ops, comparators, strict=True)
            )
            return w.like(libcst.Comparison, node, left=left, comparisons=targets)
    raise AssertionError(node)


def _chain(w: Written, node: ast.BinOp) -> libcst.BaseExpression:
    """`a + b + c` is nested to the left, as deep as there are terms."""
    chain = [node]
    while isinstance(node.left, ast.BinOp):
        node = node.left
        chain.append(node)
    made = expression(w, node.left)
    for each in reversed(chain):
        right, operator = expression(w, each.right), BINARY[type(each.op)]
        made = w.like(libcst.BinaryOperation, each, left=made, operator=operator, right=right)
    return made


def _alternatives(w: Written, node: ast.BoolOp) -> libcst.BaseExpression:
    """`a or b or c` is one node for Python, and nested to the left for libcst."""
    start, end, operator = w.start(node), w.end(node), BOOLEAN[type(node.op)]
    made = expression(w, node.values[0])
    for each in node.values[1:]:
        span = start, w.closed(w.end(each), end, b")")
        right = expression(w, each)
        made = w.node(libcst.BooleanOperation, span, left=made, operator=operator, right=right)
    return made


def _tuple(w: Written, node: ast.Tuple) -> libcst.Tuple:
    """Its parentheses are not its own words."""
    start, end = w.start(node), w.end(node)
    if _has_parentheses(w, node):
        start = w.after(start + 1)
        last = w.end(node.elts[-1]) if node.elts else start
        end = w.closed(last, end - 1, b"),")
    return w.node(libcst.Tuple, (start, end), elements=_elements(w, node.elts))


def _has_parentheses(w: Written, node: ast.Tuple) -> bool:
    """Whether they are its own, and not its first element's."""
    start, end = w.start(node), w.end(node)
    if not node.elts:
        return True
    first = node.elts[0]
    opened = w.gap(start, w.start(first)).count(b"(")
    closed = w.gap(w.end(first), end).partition(b",")[0].count(b")")
    return opened > closed


def _elements(w: Written, nodes: Sequence[ast.expr]) -> tuple[libcst.BaseElement, ...]:
    return tuple(
        bare(libcst.StarredElement, value=expression(w, each.value))
        if isinstance(each, ast.Starred)
        else bare(libcst.Element, value=expression(w, each))
        for each in nodes
    )


def _pairs(w: Written, node: ast.Dict) -> Iterator[libcst.BaseDictElement]:
    for key, each in zip(node.keys, node.values, strict=True):
        if key is None:
            yield bare(libcst.StarredDictElement, value=expression(w, each))
        else:
            made = expression(w, key)
            yield bare(libcst.DictElement, key=made, value=expression(w, each))


def _arguments(w: Written, node: ast.Call) -> Iterator[libcst.Arg]:
    """As they are written: what is unpacked may come after what is named."""
    given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    if node.args and node.keywords and w.start(node.args[-1]) > w.start(node.keywords[0]):
        given.sort(key=w.start)
    yield from (argument(w, each) for each in given)


def argument(w: Written, node: ast.expr | ast.keyword) -> libcst.Arg:
    match node:
        case ast.keyword(arg=None):
            return bare(libcst.Arg, value=expression(w, node.value), star="**")
        case ast.keyword():
            keyword = w.first_name(w.start(node), node.arg or "")
            return bare(libcst.Arg, value=expression(w, node.value), keyword=keyword)
        case ast.Starred():
            return bare(libcst.Arg, value=expression(w, node.value), star="*")
    return bare(libcst.Arg, value=expression(w, node))


def _slices(w: Written, node: ast.expr) -> Iterator[libcst.SubscriptElement]:
    several = isinstance(node, ast.Tuple) and not _has_parentheses(w, node)
    for each in node.elts if isinstance(node, ast.Tuple) and several else (node,):
        yield bare(libcst.SubscriptElement, slice=_slice(w, each))


def _slice(w: Written, node: ast.expr) -> libcst.BaseSlice:
    match node:
        case ast.Slice():
            bounds = (node.lower, node.upper, node.step)
            made = (None if each is None else expression(w, each) for each in bounds)
            lower, upper, step = made
            return bare(libcst.Slice, lower=lower, upper=upper, step=step)
        case ast.Starred():
            return bare(libcst.Index, value=expression(w, node.value), star="*")
    return bare(libcst.Index, value=expression(w, node))


def _comprehension(
    w: Written, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
) -> libcst.BaseComp:
    for_in = _for(w, node.generators)
    match node:
        case ast.DictComp():
            key, value = expression(w, node.key), expression(w, node.value)
            return w.like(libcst.DictComp, node, key=key, value=value, for_in=for_in)
        case ast.ListComp():
            return w.like(libcst.ListComp, node, elt=expression(w, node.elt), for_in=for_in)
        case ast.SetComp():
            return w.like(libcst.SetComp, node, elt=expression(w, node.elt), for_in=for_in)
    assert for_in is not None
    last = node.generators[-1]
    within = w.closed(w.end(last.ifs[-1] if last.ifs else last.iter), w.end(node) - 1, b")")
    span = w.after(w.start(node) + 1), within  # without its parentheses
    return w.node(libcst.GeneratorExp, span, elt=expression(w, node.elt), for_in=for_in)


def _for(w: Written, generators: Sequence[ast.comprehension]) -> libcst.CompFor | None:
    """Each is within the one before it."""
    made: libcst.CompFor | None = None
    for each in reversed(generators):
        made = bare(
            libcst.CompFor,
            target=expression(w, each.target),
            iter=expression(w, each.iter),
            ifs=tuple(bare(libcst.CompIf, test=expression(w, n)) for n in each.ifs),
            inner_for_in=made,
            asynchronous=ASYNCHRONOUS if each.is_async else None,
        )
    return made


def parameters(w: Written, node: ast.arguments) -> libcst.Parameters:
    """Of a function, or of a lambda."""
    unnamed = [*node.posonlyargs, *node.args]
    defaults = [*[None] * (len(unnamed) - len(node.defaults)), *node.defaults]
    positional = [_parameter(w, *each) for each in zip(unnamed, defaults, strict=True)]
    first = len(node.posonlyargs)
    star: libcst.Param | libcst.ParamStar | libcst.MaybeSentinel = libcst.MaybeSentinel.DEFAULT
    if node.vararg is not None:
        star = _parameter(w, node.vararg, None, "*")
    elif node.kwonlyargs:
        star = libcst.ParamStar()
    named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
    return bare(
        libcst.Parameters,
        params=tuple(positional[first:]),
        posonly_params=tuple(positional[:first]),
        star_arg=star,
        kwonly_params=tuple(_parameter(w, *each) for each in named),
        star_kwarg=None if node.kwarg is None else _parameter(w, node.kwarg, None, "**"),
    )


def _parameter(w: Written, node: ast.arg, default: ast.expr | None, star: str = "") -> libcst.Param:
    return w.like(
        libcst.Param,
        node,
        name=w.first_name(w.start(node), node.arg),
        annotation=annotation(w, node.annotation),
        default=None if default is None else expression(w, default),
        star=star,
    )


def annotation(w: Written, node: ast.expr | None) -> libcst.Annotation | None:
    return None if node is None else bare(libcst.Annotation, annotation=expression(w, node))
