"""Conditions of Django, `Q(a=1) | ~Q(b__isnull=True)`, in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.ddl import wording
from outbox_guard.frontends.python.ddl.wording import glue, kind_of, name
from outbox_guard.frontends.python.values.combining import concatenate_all
from outbox_guard.frontends.python.values.kinds import Constant, Ref, Value
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.python.values.text_operations import quoted

_COMPARISONS: Mapping[str, str] = {
    "": "=",
    "exact": "=",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
}


def condition(node: libcst.BaseExpression, site: Site) -> Value:
    """A gap stands for what is not followed."""
    match node:
        case libcst.BinaryOperation(left=left, operator=libcst.BitAnd(), right=right):
            return _joined([condition(left, site), condition(right, site)], "AND")
        case libcst.BinaryOperation(left=left, operator=libcst.BitOr(), right=right):
            return _joined([condition(left, site), condition(right, site)], "OR")
        case libcst.UnaryOperation(operator=libcst.BitInvert(), expression=inner):
            return concatenate_all([glue("NOT "), condition(inner, site)])
        case libcst.Call(func=func, args=args) if _is_q(func, site):
            return _of_q(args, site)
    return wording.UNKNOWN_TEXT


def _of_q(args: Sequence[libcst.Arg], site: Site) -> Value:
    """`Q(a=1)`, or as Django writes it down: `Q(("a", 1), ("b", 2), _connector="OR")`."""
    told = {a.keyword.value: a.value for a in args if a.keyword is not None}
    connector = told.get("_connector")
    known = site.machine.evaluate(connector, site.scope) if connector is not None else None
    word = "OR" if isinstance(known, Text) and known.known == "OR" else "AND"
    whole = _joined(list(_terms(args, site)), word)
    negated = told.get("_negated")
    if negated is not None and not wording.is_false(site.machine.evaluate(negated, site.scope)):
        return concatenate_all([glue("NOT "), whole])
    return whole


def _is_q(func: libcst.BaseExpression, site: Site) -> bool:
    return kind_of(site.machine.evaluate(func, site.scope)) == "Q"


def _joined(parts: list[Value], word: str) -> Value:
    held: list[Value] = [glue("(")]
    for number, part in enumerate(parts):
        held += [part] if number == 0 else [glue(f" {word} "), part]
    return concatenate_all([*held, glue(")")])


def _terms(args: Sequence[libcst.Arg], site: Site) -> Iterator[Value]:
    for argument in args:
        match argument:
            case libcst.Arg(keyword=libcst.Name(value="_connector" | "_negated")):
                pass
            case libcst.Arg(
                star="",
                keyword=None,
                value=libcst.Tuple(
                    elements=[
                        libcst.Element(value=libcst.SimpleString(evaluated_value=str(called))),
                        libcst.Element(value=given),
                    ]
                ),
            ):
                yield _term(called, site.machine.evaluate(given, site.scope))
            case libcst.Arg(star="", keyword=None, value=inner):
                yield condition(inner, site)
            case libcst.Arg(star="", keyword=libcst.Name(value=called), value=given):
                yield _term(called, site.machine.evaluate(given, site.scope))
            case _:
                yield wording.UNKNOWN_TEXT


def _term(called: str, given: Value) -> Value:
    """`state="FAILED"`, `lease_token__isnull=True`, `attempt_count__lte=F("limit")`"""
    field, _, lookup = called.partition("__")
    column = name(glue(field))
    if lookup in ("", "exact") and given == wording.NOTHING:
        lookup, given = "isnull", Constant(True)
    if lookup == "isnull" and isinstance(given, Constant):
        return concatenate_all([column, glue(" IS NULL" if given.value else " IS NOT NULL")])
    if lookup == "in":
        return concatenate_all(
            [column, glue(" IN "), wording.listed(map(_value, wording.members(given)))]
        )
    if lookup in _COMPARISONS:
        return concatenate_all([column, glue(f" {_COMPARISONS[lookup]} "), _value(given)])
    return wording.UNKNOWN_TEXT


def _value(given: Value) -> Value:
    match given:
        case Text():
            return quoted(given, "'")
        case Ref(arguments=(Text() as column,)) if kind_of(given) == "F":
            return name(column)
        case Constant(value=bool() | int() as known):
            return glue(str(known).lower())
    return wording.UNKNOWN_TEXT
