"""In what two databases differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.live.catalog.snapshot import Item, Snapshot

How = Literal["missing", "added", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that the database has otherwise than the repository."""

    item: Item
    how: How  # the database misses it, has it in addition, or has another one
    repository: str  # the definition there, "" where there is none
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a database differs from what its repository adds up to."""

    database: str  # without its secrets
    version: int  # of PostgreSQL there
    applied_to: int  # the version to which the files were applied
    compared: int  # things of the repository
    differences: tuple[Difference, ...]


def differences(repository: Snapshot, database: Snapshot) -> tuple[Difference, ...]:
    """Every difference, in the order of kinds and names."""
    every = sorted(repository.keys() | database.keys())
    found = (_difference(item, repository.get(item), database.get(item)) for item in every)
    return tuple(difference for difference in found if difference is not None)


def _difference(item: Item, repository: str | None, database: str | None) -> Difference | None:
    if repository == database:
        return None
    how: How = "missing" if database is None else "added" if repository is None else "changed"
    return Difference(item=item, how=how, repository=repository or "", database=database or "")
