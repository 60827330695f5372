"""Columns of an ORM's tables that must be equal to the clock, of the database or of Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst

from outbox_guard.facts import Comparison, Edit, Place
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.orm.models import model_of
from outbox_guard.frontends.python.values.kinds import Column, Items, Query, Ref, Value, options

# `func.now()`, `functions.Now()` of SQLAlchemy and Django, by the last part of the name.
_OF_DATABASE = frozenset(
    "now clock_timestamp statement_timestamp transaction_timestamp current_timestamp"
    " localtimestamp current_date".split()
)
_LIBRARIES = ("sqlalchemy.", "django.", "sqlmodel.", "peewee.", "tortoise.")
_OF_PYTHON = (
    *(f"datetime.datetime.{name}()" for name in ("now", "utcnow", "today")),
    "django.utils.timezone.now()",
)
_EQUAL = "=="
_EXACT = "__exact"
# Methods of SQLAlchemy's columns and endings of Django's conditions, by what they ask for.
_METHODS = {"in_": "in", "between": "between", "is_not_distinct_from": "equal", "__eq__": "equal"}
_ENDINGS = {"__in": "in", "__range": "between"}
_FILTERS = ("filter", "filter_by", "get")


def compared(
    machine: Machine, node: libcst.Comparison, values: Sequence[Value], scope: Scope
) -> None:
    """`Pending.next_attempt_at == func.now()`"""
    target = node.comparisons[0]
    if len(node.comparisons) != 1 or not isinstance(target.operator, libcst.Equal):
        return
    nodes = (node.left, target.comparator)
    for position, value in enumerate(values):
        other = 1 - position
        if isinstance(value, Column) and reads_clock(values[other], nodes[other]):
            begin = scope.syntax.span(node.left)[1]
            end = scope.syntax.span(target.comparator)[0]
            start = scope.syntax.source.text.index(_EQUAL, begin, end)
            place = scope.syntax.source.place(start, start + len(_EQUAL))
            edit = Edit(place, _EQUAL, ">=" if position else "<=")
            _record(machine, scope, (value.table, value.name), place, edit)


def filtered(site: Site, query: Query) -> None:
    """`Pending.objects.filter(next_attempt_at=Now())`"""
    if site.method not in _FILTERS:
        return
    _in_conditions(site, query)
    for argument in site.node.args:
        name = argument.keyword.value if argument.keyword is not None else ""
        value = dict(site.arguments.keywords).get(name)
        if argument.keyword is None or value is None or not reads_clock(value, argument.value):
            continue
        plain = name.removesuffix(_EXACT)
        model = model_of(site.machine, query.of)
        place = site.scope.syntax.place(argument.keyword)
        edit = Edit(place, name, f"{plain}__lte") if site.method == "filter" else None
        column = model.column(plain) if model is not None else plain
        _record(site.machine, site.scope, (query.table, column), place, edit)


def _in_conditions(site: Site, query: Query) -> None:
    """`filter(next_attempt_at__in=[Now()])`, and conditions in `Q(…)`."""
    model = model_of(site.machine, query.of)
    keywords = [*site.arguments.keywords, *_within(site.arguments.positional)]
    inner = len(site.arguments.keywords)
    for number, (name, value) in enumerate(keywords):
        ending = next((ending for ending in _ENDINGS if name.endswith(ending)), "")
        plain = name.removesuffix(ending or _EXACT)
        exact = number >= inner and not ending and _is_clock(value)
        if exact or _equals(_ENDINGS.get(ending, ""), (value,)):
            column = model.column(plain) if model is not None else plain
            place = site.scope.syntax.place(site.node.func)
            _record(site.machine, site.scope, (query.table, column), place, None)


def _within(positional: Sequence[Value]) -> Iterator[tuple[str, Value]]:
    for value in (option for each in positional for option in options(each)):
        if isinstance(value, Ref) and value.name.endswith("models.Q()"):
            yield from value.keywords
            yield from _within(value.arguments)


def asked(site: Site, column: Column) -> None:
    """`Pending.next_attempt_at.in_([func.now()])` and other methods that come to equality."""
    given = site.arguments.positional
    if _equals(_METHODS.get(site.method, ""), given):
        place = site.scope.syntax.place(site.node.func)
        _record(site.machine, site.scope, (column.table, column.name), place, None)


def _equals(how: str, given: Sequence[Value]) -> bool:
    """Whether a column that is among these, or between them, is equal to the clock."""
    match how, given:
        case ("in", (Items(items=members),)):
            return any(map(_is_clock, members))
        case ("between", (Items(items=(low, high)),)) | ("between", (low, high)):
            return _is_clock(low) and _is_clock(high)
        case ("equal", (other, *_)):
            return _is_clock(other)
    return False


def _is_clock(value: Value) -> bool:
    """The database's clock: of Python's, nobody says here that it is read on the spot."""
    return _may_only_be(value, called=False)


def reads_clock(value: Value, node: libcst.BaseExpression) -> bool:
    """Whether the clock is read here; a variable may hold the very time that a row was given."""
    return _may_only_be(value, called=isinstance(node, libcst.Call))


def _may_only_be(value: Value, *, called: bool) -> bool:
    return all(
        isinstance(each, Ref) and _reads(each.name, called=called) for each in options(value)
    )


def _reads(name: str, *, called: bool) -> bool:
    if name in _OF_PYTHON:
        return called
    last = name.rpartition(".")[2].removesuffix("()").lower()
    return name.startswith(_LIBRARIES) and last in _OF_DATABASE


def _record(
    machine: Machine, scope: Scope, column: tuple[str, str], place: Place, edit: Edit | None
) -> None:
    table, name = column
    names = machine.judge.names
    if machine.judge.muted or not names.is_guarded(table) or name not in names.timed:
        return
    fact = Comparison(place=place, inside=scope.name, column=name, operator="=", edit=edit)
    machine.judge.record(fact)
