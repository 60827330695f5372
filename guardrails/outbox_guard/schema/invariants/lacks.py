"""What is said of a table that is not given what it needs."""

from __future__ import annotations

from outbox_guard.facts import Declaration, Lack, Wanted
from outbox_guard.schema.objects import StandingTable


def lack(
    table: StandingTable, at: Declaration, lacks: Wanted, because: str, remedy: str = ""
) -> Lack:
    """What a table needs and is not given, said at `at`."""
    return Lack(
        place=at.place,
        statement=at.statement,
        namespace=table.created.namespace,
        table=table.name,
        lacks=lacks,
        because=because,
        remedy=remedy,
    )
