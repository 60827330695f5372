"""What tests share: a Ctrl-C that is heard, and a PostgreSQL, started for the first that asks."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from outbox_guard.live.servers.server import Server, embedded
from tests.support.paths import REFERENCE
from tests.support.postgres import Scratch

MEMBERSHIPS = """
SELECT roleid::regrole, member::regrole FROM pg_auth_members
WHERE roleid::regrole::text NOT LIKE 'pg!_%' ESCAPE '!'
"""
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Tests that a shell has put in the background are deaf to it, and so is all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The same examples each time, however slow; `--hypothesis-profile searching` tries others.
settings.register_profile(
    "searching", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("same", settings.get_profile("searching"), derandomize=True)
settings.load_profile("same")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with embedded(wanted_version=17) as running:
        yield running


@pytest.fixture(scope="session")
def scratch(server: Server) -> Scratch:
    return Scratch(server)


@pytest.fixture
def roles(scratch: Scratch) -> Iterator[None]:
    """Roles belong to the whole server: memberships that a test made are gone after it."""
    yield
    for role, member in scratch.ask("postgres", MEMBERSHIPS):
        scratch.run("postgres", f"REVOKE {role} FROM {member}")


@pytest.fixture(scope="session")
def reference(scratch: Scratch) -> str:
    """A database with the example project's schema, for tests to copy."""
    schema = sorted((REFERENCE / "schema/v1").glob("*.sql"))
    return scratch.create("reference", *(file.read_text("utf-8") for file in schema))
