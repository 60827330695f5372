"""What each placeholder of a statement is given, as it is written."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from types import MappingProxyType

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.orm.clocks import reads_clock
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values.combining import texts
from outbox_guard.frontends.python.values.kinds import Value
from outbox_guard.frontends.python.values.pieces import Gap, Text
from outbox_guard.frontends.sql.lexing.text import Bind, Binds

Given = tuple[int | str, libcst.BaseExpression]
_NUMBERED = re.compile(r"\$(\d+)")
_CLOCKS = ("now", "today")
_PARAMETERS = ("params", "parameters", "vars", "args", "values")


def takes_one(statement: Value) -> bool:
    """Whether `$1` is the only placeholder: a driver that numbers them takes each by itself."""
    numbers = {found for text in texts(statement) for found in _NUMBERED.findall(_told(text))}
    return numbers == {"1"}


def _told(text: Text) -> str:
    return "".join("" if isinstance(each, Gap) else each.text for each in text.segments)


def given(site: Site, position: int) -> Iterator[Given]:
    """The places or names of the placeholders, with what the call gives them behind its SQL."""
    arguments = site.node.args[position + 1 :]
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


def with_clocks(site: Site, position: int, binds: Binds) -> Binds:
    """The binds, where those that are given Python's own clock, read on the spot, say so."""
    clocks = {
        key
        for key, node in given(site, position)
        if isinstance(node, libcst.Call)
        and spelling_of(node.func).endswith(_CLOCKS)
        and reads_clock(site.machine.evaluate(node, site.scope), node)
    }
    if not clocks:
        return binds

    def marked(key: int | str, bind: Bind) -> Bind:
        return dataclasses.replace(bind, clock=True) if key in clocks else bind

    return Binds(
        tuple(marked(number, bind) for number, bind in enumerate(binds.positional)),
        MappingProxyType({name: marked(name, bind) for name, bind in binds.named.items()}),
        binds.rest,
    )
