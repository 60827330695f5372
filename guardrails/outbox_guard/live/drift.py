"""What the repository adds up to, against what a database has."""

from __future__ import annotations

from dataclasses import dataclass

from outbox_guard.config import Config, Loaded
from outbox_guard.live.catalog.differences import Drift, differences
from outbox_guard.live.catalog.dump import read_dump
from outbox_guard.live.catalog.objects import tables
from outbox_guard.live.catalog.snapshot import Snapshot, read_snapshot
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.proving import staged
from outbox_guard.live.servers.connecting import connected, one_moment
from outbox_guard.live.servers.server import embedded
from outbox_guard.live.servers.targets import Target

SECONDS = 30  # that one question to the catalog may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the catalog of a database has of the outbox."""

    database: str  # without its secrets
    version: int  # of PostgreSQL
    snapshot: Snapshot
    sql: str  # the same as statements


def observe(target: Target, config: Config) -> Observed:
    """Read a catalog, all at one moment, in a transaction that can only read.

    Raises LiveError where the database has no outbox at all, or cannot be asked.
    """
    with connected(target) as connection:
        connection.read_only = True
        connection.isolation_level = one_moment()
        connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        asked = (*config.outbox.pending, *config.outbox.attempts)
        if not tables(connection, asked):
            says = f"has no table {' or '.join(asked)}; look at the URL and at [outbox]"
            raise LiveError(f"{target.shown} {says}")
        return Observed(
            database=target.shown,
            version=connection.info.server_version // 10_000,
            snapshot=read_snapshot(connection, config),
            sql=read_dump(connection, config),
        )


def find_drift(project: Loaded, target: Target) -> Drift:
    """Apply the schema on a server of our own, and compare the two catalogs.

    The database is only read. Raises LiveError where one of them cannot be made or asked.
    """
    return drift_of(project, observe(target, project.config))


def drift_of(project: Loaded, observed: Observed) -> Drift:
    """On the version of the database, where there is one: two versions spell some things apart."""
    with embedded(observed.version) as server, staged(project, server.target) as stage:
        own = Target(stage.databases.parameters(stage.template), "the embedded server")
        with connected(own) as connection:
            repository = read_snapshot(connection, project.config)
    return Drift(
        database=observed.database,
        version=observed.version,
        applied_to=server.version,
        compared=len(repository),
        differences=differences(repository, observed.snapshot),
    )
