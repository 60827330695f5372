"""Columns of an ORM's tables that must be equal to the clock, of the database or of Python."""

from __future__ import annotations

from collections.abc import Sequence

import libcst

from outbox_guard.facts import Comparison, Edit, Place
from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.orm.models import model_of
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import Column, Query, Ref, Value, options

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


def reads_clock(value: Value, node: libcst.BaseExpression) -> bool:
    """Whether the clock is read here; a variable may hold the very time that a row was given."""
    called = isinstance(node, libcst.Call)
    return all(isinstance(each, Ref) and _reads(each.name, called) for each in options(value))


def _reads(name: str, called: bool) -> bool:
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
