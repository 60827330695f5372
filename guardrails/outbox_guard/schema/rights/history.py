"""The statements of `schema/` that say who may do what, in the order in which they take effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from outbox_guard.facts import Created, Drop, Fact, Function, Grant, Owner, Rename, Session, Table
from outbox_guard.names import Names
from outbox_guard.schema.order import in_order
from outbox_guard.schema.rights.estate import UNDERSTOOD, Estate
from outbox_guard.schema.rights.items import split

_GLOB = frozenset("*?[")


def estate(facts: Iterable[Fact], names: Names) -> Estate:
    """Who may do what when all of `schema/` has been applied."""
    ordered = [fact for fact in in_order(facts, *UNDERSTOOD) if not _is_only_called(fact)]
    result = Estate(names.target_version, _insiders(ordered, names))
    for schema, name in _there_before(ordered, names):
        result.stand("table", schema, name)
    for number, fact in enumerate(ordered):
        result.apply(fact, number)
    return result


def _insiders(facts: Sequence[Fact], names: Names) -> frozenset[str]:
    """The roles that do not apply the schema themselves: runtime roles, and those taken on."""
    taken = {name for fact in facts if isinstance(fact, Session) for name in fact.names}
    return frozenset(taken.union(names.privileges.forbidden))


def _there_before(facts: Sequence[Fact], names: Names) -> Iterator[tuple[str, str]]:
    """The outbox tables that no file creates: they stand from the beginning."""
    made = {fact.table for fact in facts if isinstance(fact, Table) and fact.change == "create"}
    known = {name: "public" for name in names.guarded if _GLOB.isdisjoint(name)}
    for schema, name in _named(facts):
        if names.is_guarded(name) and (schema or name not in known):
            known[name] = schema or "public"
    yield from ((schema, name) for name, schema in known.items() if name not in made)


def _named(facts: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    """Schema and name of the tables that are granted on, shown by a view, or given away."""
    for fact in facts:
        match fact:
            case Grant(kind="table"):
                yield from map(split, fact.objects)
            case Created(kind="view", shows=shows) if shows:
                yield split(shows)
            case Owner(kind="table"):
                yield fact.namespace, fact.name


def _is_only_called(fact: Fact) -> bool:
    """What a function creates and drops is there when it is called; what it grants, it grants."""
    return isinstance(fact, Drop | Function | Rename | Table) and fact.routine != ""
