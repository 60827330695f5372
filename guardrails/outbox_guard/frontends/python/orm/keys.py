"""The variables whose values pick the rows that are locked: from then on, the keys of those.

`select(Pending).where(Pending.outbox_id == key).with_for_update(skip_locked=True)` and
`delete(Pending).where(Pending.outbox_id == key)` are about the same row, whatever `key` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.orm.models import model_of
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values.kinds import Column, Query, Ref, Rows, Unknown

_EQUALS = ("in_", "__eq__")  # methods of SQLAlchemy's columns
_ENDINGS = ("__in", "__exact")  # of Django's conditions
_JOINS = ("and_", "or_", "Q")  # what makes one condition of several
_PRIMARY = "pk"
_EXCEPT = ("exclude",)


def become_keys(
    site: Site, given: Iterable[libcst.BaseExpression], locked: tuple[str, ...]
) -> None:
    """What is known by now of the variables that picked the locked rows of these tables."""
    for node in given:
        if not isinstance(node, libcst.Name | libcst.Attribute):
            continue
        if isinstance(site.machine.evaluate(node, site.scope), Unknown | Ref):
            key = Rows(locked, name=site.spelling)
            site.change(node, key)
            if isinstance(node, libcst.Attribute):
                site.scope.keys[spelling_of(node)] = key


def keys_in(site: Site, query: Query) -> tuple[libcst.BaseExpression, ...]:
    """What the conditions of a step of a query compare the key's column with."""
    if site.method in _EXCEPT or not site.machine.judge.names.is_pending(query.table):
        return ()
    return tuple(_compared(site, query, site.node.args))


def _compared(
    site: Site, query: Query, arguments: Iterable[libcst.Arg]
) -> Iterator[libcst.BaseExpression]:
    for argument in arguments:
        if argument.keyword is None:
            yield from _demanded(site, query, argument.value)
        elif _names_key(site, query, argument.keyword.value):
            yield from _each(argument.value)


def _demanded(
    site: Site, query: Query, node: libcst.BaseExpression
) -> Iterator[libcst.BaseExpression]:
    """The keys of rows that a condition asks for; what it denies, it does not ask for."""
    match node:
        case libcst.BinaryOperation(
            operator=libcst.BitAnd() | libcst.BitOr(), left=left, right=right
        ):
            yield from _demanded(site, query, left)
            yield from _demanded(site, query, right)
        case libcst.Comparison(
            left=left,
            comparisons=[libcst.ComparisonTarget(operator=libcst.Equal(), comparator=right)],
        ):
            yield from [right] if _is_key(site, left) else []
            yield from [left] if _is_key(site, right) else []
        case libcst.Call(
            func=libcst.Attribute(value=column, attr=libcst.Name(value=method)),
            args=[libcst.Arg(value=given)],
        ) if method in _EQUALS and _is_key(site, column):
            yield from _each(given)
        case libcst.Call(args=arguments) if _last(node) in _JOINS:
            yield from _compared(site, query, arguments)
        case libcst.List(elements=parts) | libcst.Tuple(elements=parts):  # `*[…]`
            for part in parts:
                yield from _demanded(site, query, part.value)


def _last(node: libcst.Call) -> str:
    return spelling_of(node.func).rpartition(".")[2]


def _each(given: libcst.BaseExpression) -> Iterator[libcst.BaseExpression]:
    """A list that is written out is about each of its members."""
    if isinstance(given, libcst.List | libcst.Tuple):
        yield from (element.value for element in given.elements)
    else:
        yield given


def _is_key(site: Site, node: libcst.BaseExpression) -> bool:
    if not isinstance(node, libcst.Attribute):
        return False
    value = site.machine.evaluate(node, site.scope)
    return isinstance(value, Column) and value.name == _key_column(site)


def _names_key(site: Site, query: Query, name: str) -> bool:
    """Whether a keyword of a condition is what code calls the key."""
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    model = model_of(site.machine, query.of)
    names = model.names(_key_column(site)) if model is not None else (_key_column(site),)
    return name in (_PRIMARY, *names)


def _key_column(site: Site) -> str:
    return site.machine.judge.names.outbox.key_column
