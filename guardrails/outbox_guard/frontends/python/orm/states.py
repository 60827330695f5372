"""The states that a value may give to the state column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from outbox_guard.frontends.python.judging.binding import bound_texts
from outbox_guard.frontends.python.values.kinds import Choice, Items, Mapping, Object, Ref, Value
from outbox_guard.frontends.python.values.pieces import Text

# Functions of SQL, in an ORM's words, whose result is one of their arguments.
_EXPRESSIONS = re.compile(
    r"(?:\w+\.)*(?:literal|literal_column|bindparam|cast|type_coerce|case|coalesce|greatest|least"
    r"|Value|Cast|Coalesce|Case|When|ExpressionWrapper|DefaultClause|ColumnDefault|text|label)\(\)\Z",
)
_OUTCOMES = ("then", "default", "else_", "value")
_QUOTED = re.compile(r"'([^']*)'")


def texts_of(value: Value) -> Iterator[str]:
    """Every text that a value may be, once the database has it."""
    match value:
        case Text(known=str(text)):
            yield from _QUOTED.findall(text) or [text]  # `literal_column("'FAILED'")` is SQL
        case Choice(options=options):
            for option in options:
                yield from texts_of(option)
        case Ref(name=name) if _EXPRESSIONS.match(name):
            yield from _outcomes(value)
        case _:
            yield from bound_texts(value)


def _outcomes(call: Ref) -> Iterator[str]:
    keywords = dict(call.keywords)
    for name in _OUTCOMES:
        if name in keywords:
            yield from texts_of(keywords[name])
    positional = call.arguments
    if call.name.endswith("bindparam()"):
        positional = positional[1:]  # the first is the parameter's name
    for argument in positional:
        match argument:
            case Items(items=(_, outcome)):  # CASE's pairs of a condition and an outcome
                yield from texts_of(outcome)
            case Mapping(items=entries):
                for _, outcome in entries:
                    yield from texts_of(outcome)
            case _:
                yield from texts_of(argument)


def parameters_in(value: Value) -> Iterator[str]:
    """The names of the parameters that a value is made of."""
    match value:
        case Choice(options=inner):
            pass
        case Ref(name=name, arguments=(Text(known=str(text)), *_)) if name.endswith("bindparam()"):
            yield text
            return
        case Ref(arguments=arguments, keywords=keywords) if _EXPRESSIONS.match(value.name):
            inner = (*arguments, *(v for _, v in keywords))
        case _:
            return
    for part in inner:
        yield from parameters_in(part)


def given(names: Collection[str], values: Iterable[Value]) -> Iterator[Value]:
    """What rows that are given as mappings or objects hold under any of these names."""
    for value in values:
        match value:
            case Mapping(items=entries, rest=rest):
                yield from (inner for name, inner in entries if name in names)
                if rest is not None:
                    yield rest  # under a name that is not known
            case Object(attributes=attributes):
                yield from (inner for name, inner in attributes.items() if name in names)
            case Choice(options=options):
                yield from given(names, options)
            case Items(items=items, rest=rest):
                yield from given(names, items if rest is None else (*items, rest))
