"""The variables whose values picked the rows that a statement locks: from then on, their keys.

`SELECT … WHERE outbox_id = %s FOR UPDATE SKIP LOCKED` and `DELETE … WHERE outbox_id = %s` are about
the same row if both are given the same variable, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst

from outbox_guard.frontends.python.boundary import spelling_of
from outbox_guard.frontends.python.combining import texts
from outbox_guard.frontends.python.judging import sql_text
from outbox_guard.frontends.python.pieces import Text
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import Ref, Rows, Unknown, Value
from outbox_guard.frontends.sql.keys import keys_given

Given = tuple[int | str, libcst.BaseExpression]
_PARAMETERS = ("params", "parameters", "vars", "args", "values")


def lock_keys(site: Site, position: int, statement: Value, rows: Rows) -> None:
    """What is known by now of the variables that a locking statement was given as its keys."""
    names = site.machine.project.names
    keys = {
        key
        for text in texts(statement)
        for key in keys_given(sql_text(text).text, names.outbox.key_column)
    }
    for key, node in _given(site, site.node.args[position + 1 :]):
        if key in keys and isinstance(node, libcst.Name | libcst.Attribute):
            value = site.machine.evaluate(node, site.scope)
            if isinstance(value, Unknown | Ref):
                key_of = Rows(rows.locked, name=site.spelling)
                site.machine.assign(node, key_of, site.scope)
                if isinstance(node, libcst.Attribute):
                    site.scope.keys[spelling_of(node)] = key_of


def _given(site: Site, arguments: Sequence[libcst.Arg]) -> Iterator[Given]:
    """What each placeholder is given, as it is written."""
    first = arguments[0].value if len(arguments) == 1 else None
    by_name = arguments[0].keyword if first is not None else None
    if by_name is not None and by_name.value not in _PARAMETERS:
        first = None
    match first:
        case libcst.Tuple(elements=elements) | libcst.List(elements=elements):
            yield from ((number, element.value) for number, element in enumerate(elements))
        case libcst.Dict(elements=entries):
            for entry in entries:
                if isinstance(entry, libcst.DictElement):
                    yield from _named(site, entry)
        case _:
            for number, argument in enumerate(arguments):
                key = number if argument.keyword is None else argument.keyword.value
                yield key, argument.value


def _named(site: Site, entry: libcst.DictElement) -> Iterator[Given]:
    key = site.machine.evaluate(entry.key, site.scope)
    if isinstance(key, Text) and key.known is not None:
        yield key.known, entry.value
