"""What an expression is worth."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import libcst
import libcst.matchers

from outbox_guard.frontends.python import boundary, operations
from outbox_guard.frontends.python.attributes import attribute_of, bound, shown
from outbox_guard.frontends.python.literals import decode
from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.operations import Arguments
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.values import (
    UNKNOWN,
    Class,
    Column,
    Constant,
    Cursor,
    Function,
    Gap,
    Glue,
    Items,
    Literal,
    Mapping,
    Member,
    Object,
    Piece,
    Query,
    Ref,
    Rows,
    Text,
    Unknown,
    Value,
    as_text,
    concatenate_all,
    each,
    join,
    locked_in,
    options,
    pairs,
    rows_of,
    written,
)

CONSTANTS: dict[str, bool | None] = {"None": None, "True": True, "False": False}
METADATA = re.compile(r"metadata(?:\(\))?\.tables\Z", re.IGNORECASE)  # SQLAlchemy's tables by name
COLLECTIONS = re.compile(r"(?:list|set|[Ss]equence|[Ii]ter\w*|Collection|List|Set)\Z")
FSTRINGS = (libcst.FormattedString, libcst.TemplatedString)


def evaluate(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> Value:
    """The value of an expression in a scope."""
    if not machine.budget.spend(node):
        return UNKNOWN
    match node:
        case libcst.Name():
            value = _name(node, scope)
            boundary.record_name(machine, node, value, scope)
            return value
        case libcst.SimpleString():
            return string(node, scope)
        case libcst.ConcatenatedString():
            parts = [evaluate(machine, part, scope) for part in _strings(node)]
            return concatenate_all(parts)
        case libcst.FormattedString() | libcst.TemplatedString():
            return _formatted(machine, node, scope)
        case libcst.Attribute():
            return _attribute(machine, node, scope)
        case libcst.Call():
            return machine.call(node, scope)
        case libcst.BinaryOperation():
            return _binary(machine, node, scope)
        case libcst.Subscript():
            return _subscript(machine, node, scope)
        case _:
            return _structure(machine, node, scope)


def _structure(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> Value:
    """Collections, conditions and what only wraps another expression."""
    match node:
        case libcst.Tuple() | libcst.List() | libcst.Set():
            return _items(machine, node, scope)
        case libcst.Dict():
            return _mapping(machine, node, scope)
        case libcst.IfExp():
            _condition(machine, node.test, scope)
            return join([machine.evaluate(n, scope) for n in (node.body, node.orelse)])
        case libcst.BooleanOperation():
            return _either(machine, node, scope)
        case libcst.NamedExpr():
            value = machine.evaluate(node.value, scope)
            machine.assign(node.target, value, scope)
            return value
        case libcst.Await():
            return machine.evaluate(node.expression, scope)
        case libcst.Lambda():
            made = Function(scope.syntax, node, scope, scope.qualify("lambda"))
            machine.defined(made)
            return made
        case libcst.Integer() | libcst.Float():
            return _number(node)
        case libcst.BaseComp():
            return _comprehension(machine, node, scope)
        case libcst.Yield():
            return _yield(machine, node, scope)
        case libcst.Comparison():
            return _condition(machine, node, scope)
        case libcst.UnaryOperation():
            value = machine.evaluate(node.expression, scope)
            minus = isinstance(node.operator, libcst.Minus)
            return _negative(value) if minus else _about_rows(value)
    return UNKNOWN


def _either(machine: Machine, node: libcst.BooleanOperation, scope: Scope) -> Value:
    """`a or b`, `a and b`: a constant tells which of them it is."""
    left, right = (machine.evaluate(part, scope) for part in (node.left, node.right))
    truth = _truth(left)
    if truth is None:
        return join([left, right])
    return left if truth == isinstance(node.operator, libcst.Or) else right


def _truth(value: Value) -> bool | None:
    match value:
        case Constant(value=constant):
            return bool(constant)
        case Text() if value.known is not None:
            return bool(value.known)
    return None


def _condition(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> Value:
    """A text that is only compared runs nowhere; rows that are, may be a query's condition."""
    if not isinstance(node, libcst.Comparison):
        return machine.evaluate(node, scope)
    nodes = (node.left, *(target.comparator for target in node.comparisons))
    parts = [machine.evaluate(part, scope) for part in nodes]
    for part in parts:
        machine.judge.explain(part)
    return _about_rows(*parts)


def _about_rows(*parts: Value) -> Value:
    """What is worked out from locked rows is still about them."""
    locked = next((found for found in map(locked_in, parts) if found), ())
    return Rows(locked) if locked else UNKNOWN


def _name(node: libcst.Name, scope: Scope) -> Value:
    if node.value in CONSTANTS:
        return Constant(CONSTANTS[node.value])
    found = scope.find(node.value)
    return Unknown(node.value) if found is None else found


def _attribute(machine: Machine, node: libcst.Attribute, scope: Scope) -> Value:
    owner = machine.evaluate(node.value, scope)
    for option in options(owner):
        boundary.record_attribute(machine, node, option, scope)
    return each(owner, lambda option: attribute_of(machine, option, node.attr.value))


def _number(node: libcst.Integer | libcst.Float) -> Value:
    value = node.evaluated_value
    return Constant(value)


def _negative(value: Value) -> Value:
    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return Constant(-value.value)
    return UNKNOWN


def string(node: libcst.SimpleString, scope: Scope) -> Text:
    """A plain literal."""
    quote = len(node.quote)
    start = len(node.prefix) + quote
    text, offsets = decode(node.value[start:-quote], start, raw="r" in node.prefix.lower())
    return Text((Piece(text, Literal(scope.syntax, node), offsets),))


def _strings(node: libcst.ConcatenatedString) -> Iterator[libcst.BaseExpression]:
    """`"a" "b" "c"` is nested to the right, as deep as there are strings."""
    current: libcst.BaseExpression = node
    while isinstance(current, libcst.ConcatenatedString):
        yield current.left
        current = current.right
    yield current


def _formatted(
    machine: Machine, node: libcst.FormattedString | libcst.TemplatedString, scope: Scope
) -> Value:
    template = isinstance(node, libcst.TemplatedString)
    raw = "r" in node.start.lower()
    parts: list[Value] = []
    for part in node.parts:
        match part:
            case libcst.FormattedStringText() | libcst.TemplatedStringText():
                text, offsets = decode(part.value, 0, raw=raw, braces=True)
                parts.append(Text((Piece(text, Literal(scope.syntax, part), offsets),)))
            case libcst.FormattedStringExpression() | libcst.TemplatedStringExpression():
                value = machine.evaluate(part.expression, scope)
                field = _bound(value, part) if template else _shown(machine, value, part)
                parts.append(_open_field(field, Literal(scope.syntax, part)))
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
        return each(value, lambda option: operations.quoted(option, "'"))
    return each(value, lambda option: shown(machine, option))


def _bound(value: Value, part: Field) -> Value:
    """A field of a t-string: `{x:i}` is an identifier, `{x:q}` SQL, anything else a parameter."""
    spec = part.format_spec if isinstance(part, libcst.TemplatedStringExpression) else None
    words = "".join(text.value for text in spec or () if hasattr(text, "value"))
    if words in ("i", "q"):
        return each(value, lambda option: identifier(option) if words == "i" else option)
    return each(value, lambda option: operations.quoted(as_text(option), "'"))


def identifier(value: Value) -> Value:
    """A name as a composition API quotes it."""
    match value:
        case Text(known=str()):
            return operations.quoted(value, '"')
        case Member(value=Text() as inner):
            return operations.quoted(inner, '"')
    return Text((Gap("identifier", locked_in(value)),))


def _binary(machine: Machine, node: libcst.BinaryOperation, scope: Scope) -> Value:
    """`a + b + c` is nested to the left, as deep as it has terms; so it is unrolled."""
    chain: list[libcst.BinaryOperation] = []
    current: libcst.BaseExpression = node
    while isinstance(current, libcst.BinaryOperation):
        chain.append(current)
        current = current.left
    value = machine.evaluate(current, scope)
    for step in reversed(chain):
        value = _operate(machine, step.operator, value, machine.evaluate(step.right, scope))
    return value


OVERLOADS = {
    libcst.Add: "__add__",
    libcst.Modulo: "__mod__",
    libcst.BitOr: "__or__",
    libcst.Divide: "__truediv__",
}


def _operate(machine: Machine, operator: libcst.BaseBinaryOp, left: Value, right: Value) -> Value:
    if isinstance(left, Object):
        method = left.of.find(OVERLOADS.get(type(operator), ""))
        if isinstance(method, Function):
            return machine.apply(bound(method, left), Arguments((right,)))
    match operator:
        case libcst.Add():
            return join(operations.add(a, b) for a, b in pairs(left, right))
        case libcst.Modulo():
            return join(_percent(a, b) for a, b in pairs(left, right))
        case libcst.Multiply():
            return join(operations.multiply(a, b) for a, b in pairs(left, right))
        case libcst.BitOr():
            return join(_or(a, b) for a, b in pairs(left, right))
        case libcst.Divide():
            return join(_path(a, b) for a, b in pairs(left, right))
    return _about_rows(left, right)


def _percent(left: Value, right: Value) -> Value:
    return operations.percent(left, right) if isinstance(left, Text) else UNKNOWN


def _or(left: Value, right: Value) -> Value:
    """`{…} | {…}`; `A | B` of types is either."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.merge(right)
    return join([left, right])


def _path(left: Value, right: Value) -> Value:
    """`folder / "file.sql"`: still a path, with one more part."""
    if isinstance(left, Ref):
        return Ref(left.name, (*left.arguments, right), left.keywords)
    return UNKNOWN


def _items(machine: Machine, node: libcst.Tuple | libcst.List | libcst.Set, scope: Scope) -> Value:
    items: list[Value] = []
    rest: list[Value] = []
    for element in node.elements:
        value = machine.evaluate(element.value, scope)
        if not isinstance(element, libcst.StarredElement):
            items.append(value)
            continue
        spread = operations.listed(value)
        if spread is None:
            rest.append(_spread_unknown(value))
        else:
            items.extend(spread.items)
            rest.extend([] if spread.rest is None else [spread.rest])
    return Items(tuple(items), join(rest) if rest else None)


def _spread_unknown(value: Value) -> Value:
    return value if locked_in(value) else UNKNOWN


def _mapping(machine: Machine, node: libcst.Dict, scope: Scope) -> Value:
    result = Mapping()
    for element in node.elements:
        value = machine.evaluate(element.value, scope)
        if isinstance(element, libcst.StarredDictElement):
            result = result.merge(value if isinstance(value, Mapping) else Mapping((), UNKNOWN))
        elif isinstance(element, libcst.DictElement):
            result = entry(result, machine.evaluate(element.key, scope), value)
    return result


def entry(mapping: Mapping, key: Value, value: Value) -> Mapping:
    """A mapping with one more key."""
    match key:
        case Text(known=str(name)) | Member(value=Text(known=str(name))):
            return mapping.put(name, value)
        case Column(name=name):  # `{Attempt.state: "FAILED"}`
            return mapping.put(name, value)
    rests = [value] if mapping.rest is None else [mapping.rest, value]
    # An ORM takes columns as keys: `{Attempt.state: "FAILED"}`.
    column = written(key).rpartition(".")[2]
    kept = mapping.put(column, value) if column else mapping
    return Mapping(kept.items, join(rests), (*mapping.keys, key))


def _comprehension(machine: Machine, node: libcst.BaseComp, scope: Scope) -> Value:
    inner = Scope("function", scope.syntax, scope.name, scope)
    clause: libcst.CompFor | None = node.for_in
    while clause is not None:
        machine.assign(clause.target, iterate(machine.evaluate(clause.iter, inner)), inner)
        for test in clause.ifs:
            _condition(machine, test.test, inner)
        clause = clause.inner_for_in
    if isinstance(node, libcst.DictComp):
        value = machine.evaluate(node.value, inner)
        return entry(Mapping(), machine.evaluate(node.key, inner), value)
    if isinstance(node, libcst.BaseSimpleComp):
        return Items((), machine.evaluate(node.elt, inner))
    return UNKNOWN


def iterate(value: Value) -> Value:
    """What a loop over a value gives each time."""
    return join(_iterated(option) for option in options(value))


def _iterated(value: Value) -> Value:
    match value:
        case Rows():
            return value
        case Cursor(rows=rows):
            return rows
        case Query():
            return rows_of(value)
        case Class():
            return join([m for m in value.members.values() if isinstance(m, Member)] or [UNKNOWN])
        case Mapping(items=entries):
            return join([Text((Glue(key),)) for key, _ in entries] or [UNKNOWN])
    return operations.members(value) or UNKNOWN


def _yield(machine: Machine, node: libcst.Yield, scope: Scope) -> Value:
    if isinstance(node.value, libcst.From):
        value = iterate(machine.evaluate(node.value.item, scope))
    elif node.value is None:
        value = UNKNOWN
    else:
        value = machine.evaluate(node.value, scope)
    scope.yielded.append(value)
    machine.judge.hand(value, scope.name)
    return UNKNOWN


def _subscript(machine: Machine, node: libcst.Subscript, scope: Scope) -> Value:
    value = machine.evaluate(node.value, scope)
    part = node.slice[0].slice
    if isinstance(part, libcst.Slice):
        start = None if part.lower is None else machine.evaluate(part.lower, scope)
        stop = None if part.upper is None else machine.evaluate(part.upper, scope)
        return each(value, lambda option: _sliced(option, start, stop))
    indexes = [e.slice.value for e in node.slice if isinstance(e.slice, libcst.Index)]
    keys = [machine.evaluate(index, scope) for index in indexes]
    key = keys[0] if len(keys) == 1 else Items(tuple(keys))
    return join(_indexed(a, b) for a, b in pairs(value, key))


def _indexed(value: Value, key: Value) -> Value:
    match value, key:
        case (Rows(), _):
            number = key.value if isinstance(key, Constant) else None
            return value.part(number) if isinstance(number, int) else value
        case (Cursor(), _):
            return value.rows
        case (Query(), _):
            return rows_of(value)
        case (Class(), Text(known=str(name))):
            return value.find(name) or value
        case (Class(), _):
            return value
        case (Ref(name=name) | Unknown(name=name), Text()) if METADATA.search(name):
            return Ref("sqlalchemy.Table()", (key,))
        case (Ref(name=name) | Unknown(name=name), Class()) if COLLECTIONS.search(name):
            return Items((), key)  # a type: `list[Attempt]`
        case (Ref(), _):
            return _generic(value, key)
        case (Text(known=str()), Constant(value=int(at))):
            return operations.text_slice(value, at, at + 1 or None)
    return operations.element(value, key) or Unknown(written(value))


def _generic(value: Ref, key: Value) -> Value:
    """`Optional[Pool]` is a Pool or none, `Sequence[Row]` a sequence; `environ["X"]` unknown."""
    last = value.name.rpartition(".")[2]
    if last in ("Optional", "Union", "Annotated", "Final", "ClassVar", "Mapped"):
        return join(key.items if isinstance(key, Items) else [key])
    return value if last[:1].isupper() else Unknown(value.name)


def _sliced(value: Value, start: Value | None, stop: Value | None) -> Value:
    if isinstance(value, Rows | Query):
        return value
    bounds = [bound.value if isinstance(bound, Constant) else bound for bound in (start, stop)]
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return value if isinstance(value, Items) else UNKNOWN
    first, last = (bound if isinstance(bound, int) else None for bound in bounds)
    if isinstance(value, Text) and value.known is not None:
        return operations.text_slice(value, first, last)
    if isinstance(value, Items):
        return Items(value.items[first:last], value.rest)
    return UNKNOWN


def arguments_of(machine: Machine, node: libcst.Call, scope: Scope) -> Arguments:
    """The arguments of a call, evaluated in order."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    star: Value | None = None
    rest: Value | None = None
    for argument in node.args:
        value = machine.evaluate(argument.value, scope)
        spread = operations.listed(value)
        if argument.star == "*":
            positional.extend(spread.items if spread else ())
            star = (spread.rest if spread else value) or star
        elif argument.star == "**":
            keywords.update(value.items if isinstance(value, Mapping) else ())
            rest = (value.rest if isinstance(value, Mapping) else value) or rest
        elif argument.keyword is not None:
            keywords[argument.keyword.value] = value
        else:
            positional.append(value)
    return Arguments(tuple(positional), tuple(keywords.items()), star, rest)
