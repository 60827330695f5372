"""What can be known of the value of a workflow's expression."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from outbox_guard.frontends.workflow.expressions import (
    INSERT,
    STATUS,
    Access,
    Call,
    ExpressionFault,
    Known,
    Literal,
    Tree,
    number_of,
    parse,
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known; whether it counts as true may be."""

    truth: bool | None = None


Value = Known | Unknown
UNKNOWN = Unknown()
Lookup = Callable[[tuple[str, ...]], Value]


def filled(text: str, lookup: Lookup) -> Value:
    """A text with its `${{ }}` worked out; one that is all expression keeps its type."""
    pieces: list[str] = []
    at = 0
    for match in INSERT.finditer(text):
        value = evaluate_text(match["inner"], lookup)
        if match[0] == text.strip():
            return value
        if isinstance(value, Unknown):
            return UNKNOWN
        pieces += (text[at : match.start()], as_text(value))
        at = match.end()
    return "".join((*pieces, text[at:]))


def evaluate_text(expression: str, lookup: Lookup) -> Value:
    """As `evaluate`; what is no expression has no known value."""
    try:
        return evaluate(parse(expression), lookup)
    except ExpressionFault:
        return UNKNOWN


def evaluate(tree: Tree, lookup: Lookup) -> Value:
    """The value of an expression; `lookup` knows names, and functions as `("always()",)`."""
    match tree:
        case Literal(value=value):
            return value
        case Access(parts=parts):
            return lookup(parts)
        case Call(name=name, arguments=arguments):
            if name in STATUS:
                return lookup((f"{name}()",))
            values = [evaluate(argument, lookup) for argument in arguments]
            return _FUNCTIONS[name](*values) if _fits(name, values) else UNKNOWN


def truth(value: Value) -> bool | None:
    """What an `if` makes of it, None where that is not known."""
    if isinstance(value, Unknown):
        return value.truth
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def as_text(value: Known) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
    return value


def _fits(name: str, values: list[Value]) -> bool:
    counts = {"!": (1,), "format": range(1, 99)}.get(name, (2,))
    return name in _FUNCTIONS and len(values) in counts


def _not(value: Value) -> Value:
    known = truth(value)
    return UNKNOWN if known is None else not known


def _and(left: Value, right: Value) -> Value:
    match truth(left):
        case True:
            return right
        case False:
            return left
    return Unknown(False if truth(right) is False else None)


def _or(left: Value, right: Value) -> Value:
    match truth(left):
        case True:
            return left
        case False:
            return right
    return Unknown(True if truth(right) is True else None)


def _equal(left: Value, right: Value) -> Value:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        # What counts as true is no empty text.
        return False if {"", Unknown(True)} == {left, right} else UNKNOWN
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if type(left) is type(right):
        return left == right
    return number_of(left) == number_of(right)


def _differ(left: Value, right: Value) -> Value:
    return _not(_equal(left, right))


def _compared(compare: Callable[[float, float], bool]) -> Callable[[Value, Value], Value]:
    def compared(left: Value, right: Value) -> Value:
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return UNKNOWN
        return compare(number_of(left), number_of(right))

    return compared


def _of_texts(test: Callable[[str, str], bool]) -> Callable[[Value, Value], Value]:
    def tested(left: Value, right: Value) -> Value:
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return UNKNOWN
        return test(as_text(left).casefold(), as_text(right).casefold())

    return tested


def _format(pattern: Value, *values: Value) -> Value:
    if isinstance(pattern, Unknown) or any(isinstance(value, Unknown) for value in values):
        return UNKNOWN
    texts = [as_text(value) for value in values if not isinstance(value, Unknown)]

    def put(match: re.Match[str]) -> str:
        return texts[int(match[1])] if int(match[1]) < len(texts) else match[0]

    return re.sub(r"\{(\d+)\}", put, as_text(pattern))


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "!": _not,
    "&&": _and,
    "||": _or,
    "==": _equal,
    "!=": _differ,
    "<": _compared(lambda left, right: left < right),
    "<=": _compared(lambda left, right: left <= right),
    ">": _compared(lambda left, right: left > right),
    ">=": _compared(lambda left, right: left >= right),
    "contains": _of_texts(lambda where, what: what in where),
    "startswith": _of_texts(lambda text, start: text.startswith(start)),
    "endswith": _of_texts(lambda text, end: text.endswith(end)),
    "format": _format,
}
