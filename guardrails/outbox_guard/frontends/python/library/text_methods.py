"""Methods of texts, called on one, by a name of their own, or through their type."""

from __future__ import annotations

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.evaluation.attributes import attribute_of
from outbox_guard.frontends.python.judging.binding import binds_of
from outbox_guard.frontends.python.values import text_operations
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import each
from outbox_guard.frontends.python.values.kinds import UNKNOWN, Items, Ref, Value
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.python.values.text_parts import cut


def text_method(site: Site, text: Text, method: str, arguments: Arguments) -> Value:
    """What a method of a text returns."""
    if method in text_operations.ASKS:
        site.machine.judge.explain(Items((text, *arguments.positional)))
        return UNKNOWN
    if text.composed and method == "bindparams":
        named = (*arguments.keywords, *map(_parameter, arguments.positional))
        binds = binds_of(Arguments((), named), 0)
        site.machine.judge.run(text, binds, inside=site.scope.name)
        return text

    def reach(value: Value, name: str) -> Value:
        return each(value, lambda option: attribute_of(site.machine, option, name))

    found = cut(text, method, arguments)
    if found is None:
        found = text_operations.text_method(text, method, arguments, reach)
    return text if found is None and text.composed else found or UNKNOWN


def _parameter(value: Value) -> tuple[str, Value]:
    """`bindparam("state", "FAILED")`: its name, and what it is given."""
    match value:
        case Ref(arguments=(Text(known=str(name)), *given), keywords=keywords):
            return name, next(iter(given), dict(keywords).get("value", UNKNOWN))
    return "", UNKNOWN


def detached(site: Site, bound: tuple[Value, ...], method: str) -> Value:
    """`fill = "…".format` and then `fill(…)`, or `str.format("…", …)`."""
    arguments = site.arguments
    first, *others = (*bound, *arguments.positional) or (UNKNOWN,)
    if method == "maketrans":
        table = text_operations.characters(first, others[0] if others else None)
        return UNKNOWN if table is None else table
    given = Arguments(tuple(others), arguments.keywords, arguments.star, arguments.rest)

    def called(option: Value) -> Value:
        return text_method(site, option, method, given) if isinstance(option, Text) else UNKNOWN

    return each(first, called)
