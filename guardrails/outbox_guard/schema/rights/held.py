"""What roles hold on outbox tables: directly, or by way of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.facts import PUBLIC, UNKNOWN_NAME, How
from outbox_guard.names import Names
from outbox_guard.schema.rights.acl import Statement, holdings
from outbox_guard.schema.rights.estate import Estate
from outbox_guard.schema.rights.items import Item
from outbox_guard.schema.rights.sessions import APPLIER

_NOBODY = {PUBLIC, APPLIER}
_WRITES = ("INSERT", "UPDATE", "DELETE")
_PREDEFINED = {
    "pg_read_all_data": ("SELECT",),
    "pg_write_all_data": ("INSERT", "UPDATE", "DELETE"),
    "pg_maintain": ("MAINTAIN",),
}


@dataclass(frozen=True, slots=True)
class Held:
    """One privilege of one role on one table, and the statements that together give it."""

    role: str
    item: Item
    privilege: str
    how: How
    chain: tuple[Statement, ...]
    doubt: Statement | None = None
    grantor: str = ""

    @property
    def completed(self) -> Statement:
        """The statement with which the role came to hold it."""
        return max(self.chain)

    @property
    def told(self) -> str:
        return "; ".join(statement.words for statement in self.chain)


def held(state: Estate, names: Names) -> Iterator[Held]:
    """Every privilege on an outbox table that a role holds, once for each way to it."""
    tables = [item for item in state.items if _is_outbox_table(item, names)]
    for role in known_roles(state, tables, names):
        for item in tables:
            yield from held_by(role, item, state)


def known_roles(state: Estate, items: Iterable[Item], names: Names) -> tuple[str, ...]:
    """The roles of the matrix, those that the schema makes, and those that hold something."""
    named = {role for item in items for role in item.acl.roles}
    return tuple(sorted({*names.privileges.forbidden, *named, *state.roles.named} - _NOBODY))


def held_by(role: str, item: Item, state: Estate) -> Iterator[Held]:
    """What a role may do with a table or function, once for each way to it.

    To read through a view is what views are for; to write through one is to write the table.
    """
    for each in _held_by(role, item, state):
        if not item.is_view or each.privilege.partition(" ")[0] in _WRITES:
            yield each


def _held_by(role: str, item: Item, state: Estate) -> Iterator[Held]:
    if (by := state.roles.superusers.get(role)) is not None:
        for privilege in state.privileges.every(item.kind):
            yield Held(role, item, privilege, "attribute", (by,))
    for holder, way in state.roles.reach(role):
        if way and item.kind == "table":
            for privilege in _PREDEFINED.get(holder, ()):
                yield Held(role, item, privilege, "membership", tuple(reversed(way)))
        yield from _granted(role, item, holder, way)
    yield from _granted(role, item, PUBLIC, ())


def _is_outbox_table(item: Item, names: Names) -> bool:
    return item.kind == "table" and (item.name == UNKNOWN_NAME or names.is_guarded(item.rows_of))


def _granted(role: str, item: Item, holder: str, way: tuple[Statement, ...]) -> Iterator[Held]:
    for entry, standing in holdings(item.acl, holder):
        for by in standing.by:
            how: How = "membership" if way else "PUBLIC" if holder == PUBLIC else by.how
            chain = (by, *reversed(way))
            yield Held(role, item, entry.privilege, how, chain, standing.doubt, entry.grantor)
