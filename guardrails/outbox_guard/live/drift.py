"""What the repository adds up to, against what a database has."""

from __future__ import annotations

from outbox_guard.config import Config, Loaded
from outbox_guard.live.catalog import tables
from outbox_guard.live.connecting import connected
from outbox_guard.live.differences import Drift, differences
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proving import staged
from outbox_guard.live.server import embedded
from outbox_guard.live.snapshot import Snapshot, read_snapshot
from outbox_guard.live.targets import Target

SECONDS = 30  # that one question to the catalog may take


def find_drift(project: Loaded, target: Target) -> Drift:
    """Apply the schema on a server of our own, and compare the two catalogs.

    The database is only read. Raises LiveError where it has no outbox at all, or cannot be asked.
    """
    config = project.config
    with connected(target) as connection:
        connection.read_only = True
        connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        asked = (*config.outbox.pending, *config.outbox.attempts)
        if not tables(connection, asked):
            says = f"has no table {' or '.join(asked)}; look at the URL and at [outbox]"
            raise LiveError(f"{target.shown} {says}")
        database = read_snapshot(connection, config)
        version = connection.info.server_version // 10_000
    repository = _of_repository(project, config, version)
    return Drift(
        database=target.shown,
        version=version,
        compared=len(repository),
        differences=differences(repository, database),
    )


def _of_repository(project: Loaded, config: Config, version: int) -> Snapshot:
    """On the version of the database, where there is one: two versions spell some things apart."""
    with embedded(version) as server, staged(project, server.target) as stage:
        own = Target(stage.databases.parameters(stage.template), "the embedded server")
        with connected(own) as connection:
            return read_snapshot(connection, config)
