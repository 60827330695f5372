"""What string literals and f-strings are worth."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import shown
from outbox_guard.frontends.python.parsing.literals import decode
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.values import text_operations
from outbox_guard.frontends.python.values.combining import as_text, concatenate_all, each, locked_in
from outbox_guard.frontends.python.values.kinds import Class, Function, Member, Object, Value
from outbox_guard.frontends.python.values.pieces import Gap, Literal, Piece, Text


def string(node: libcst.SimpleString, scope: Scope) -> Text:
    """A plain literal."""
    return _literal(scope.syntax, node)


def _literal(syntax: Syntax, node: libcst.SimpleString) -> Text:
    quote = len(node.quote)
    start = len(node.prefix) + quote
    text, offsets = decode(node.value[start:-quote], start, raw="r" in node.prefix.lower())
    return Text((Piece(text, Literal(syntax.standing, node), offsets),))


def docstring(value: Value) -> Text | None:
    """`value.__doc__`, of a function or a class of the project that has one."""
    match value:
        case (
            Function(node=libcst.FunctionDef(body=suite)) | Class(node=libcst.ClassDef(body=suite))
        ):
            return described(value.syntax, suite)
        case Object(of=cls):
            return docstring(cls)
    return None


def described(syntax: Syntax, suite: libcst.BaseSuite | libcst.Module) -> Text | None:
    """The string that stands first in it."""
    first = suite.body[0] if suite.body else None
    if isinstance(first, libcst.SimpleStatementLine):
        first = first.body[0]
    match first:
        case libcst.Expr(value=libcst.SimpleString() as node):
            return _literal(syntax, node)
    return None


def side_by_side(node: libcst.ConcatenatedString) -> Iterator[libcst.BaseExpression]:
    """`"a" "b" "c"` is nested to the right, as deep as there are strings."""
    current: libcst.BaseExpression = node
    while isinstance(current, libcst.ConcatenatedString):
        yield current.left
        current = current.right
    yield current


def formatted(
    machine: Machine, node: libcst.FormattedString | libcst.TemplatedString, scope: Scope
) -> Value:
    """An f-string, or a template string."""
    template = isinstance(node, libcst.TemplatedString)
    raw = "r" in node.start.lower()
    parts: list[Value] = []
    for part in node.parts:
        match part:
            case libcst.FormattedStringText() | libcst.TemplatedStringText():
                text, offsets = decode(part.value, 0, raw=raw, braces=True)
                parts.append(Text((Piece(text, Literal(scope.syntax.standing, part), offsets),)))
            case libcst.FormattedStringExpression() | libcst.TemplatedStringExpression():
                value = machine.evaluate(part.expression, scope)
                field = _bound(value, part) if template else _shown(machine, value, part)
                parts.append(_open_field(field, Literal(scope.syntax.standing, part)))
    return concatenate_all(parts)


def _open_field(value: Value, field: Literal) -> Value:
    """A field's value as text; what it leaves open stands where the field does."""

    def placed(option: Value) -> Value:
        text = as_text(option)
        if len(text.segments) == 1 and isinstance(text.segments[0], Gap):
            return Text((dataclasses.replace(text.segments[0], literal=field),), text.composed)
        return option

    return each(value, placed)


Field = libcst.FormattedStringExpression | libcst.TemplatedStringExpression


def _shown(machine: Machine, value: Value, part: Field) -> Value:
    if isinstance(part, libcst.FormattedStringExpression) and part.conversion == "r":
        return each(value, lambda option: text_operations.quoted(option, "'"))
    if part.format_spec:  # how numbers look then is not reckoned
        return value
    return each(value, lambda option: shown(machine, option))


def _bound(value: Value, part: Field) -> Value:
    """A field of a t-string: `{x:i}` is an identifier, `{x:q}` SQL, anything else a parameter."""
    spec = part.format_spec if isinstance(part, libcst.TemplatedStringExpression) else None
    words = "".join(text.value for text in spec or () if hasattr(text, "value"))
    if words in ("i", "q"):
        return each(value, lambda option: identifier(option) if words == "i" else option)
    return each(value, lambda option: text_operations.quoted(as_text(option), "'"))


def identifier(value: Value) -> Value:
    """A name as a composition API quotes it."""
    match value:
        case Text(known=str()):
            return text_operations.quoted(value, '"')
        case Member(value=Text() as inner):
            return text_operations.quoted(inner, '"')
    return Text((Gap("identifier", locked_in(value)),))
