"""What a killed run leaves on a server that was named, the next one takes away; and only that."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from outbox_guard.cli import main
from outbox_guard.live.servers.ours import PREFIX, key_of, name_of
from outbox_guard.live.servers.server import embedded
from outbox_guard.live.servers.targets import VARIABLES
from tests.support.command_line import COMMAND, environment
from tests.support.paths import REFERENCE
from tests.support.postgres import Scratch
from tests.support.provable import reference_schema, write

Captured = pytest.CaptureFixture[str]
NAMES = "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname ^@ '{}'"


@pytest.fixture
def own() -> Iterator[Scratch]:
    """A server without roles of other tests."""
    with embedded(17) as server:
        yield Scratch(server)


def names(scratch: Scratch) -> set[object]:
    """Of all databases and roles."""
    return {name for (name,) in scratch.ask("postgres", NAMES)}


def started(scratch: Scratch, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "prove", "--root", str(root), "--url", scratch.url("postgres")],
        env=environment(dict.fromkeys(VARIABLES)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=root,
    )


def wait_for(seen: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not seen():
        assert process.poll() is None, "it ended before it could be killed"


def kill(scratch: Scratch, process: subprocess.Popen[bytes]) -> None:
    """As `kill -9`, until the server has seen that its sessions are gone."""
    process.kill()
    process.wait()
    while scratch.ask("postgres", SESSIONS.format(PREFIX)) != [(0,)]:
        pass


def prove(scratch: Scratch) -> int:
    return main(["prove", "retry", "--root", str(REFERENCE), "--url", scratch.url("postgres")])


def test_databases_and_roles_of_a_killed_run_go_with_the_next(
    own: Scratch, tmp_path: Path, capsys: Captured
) -> None:
    """Killed while it proves, with two databases at the least, and the schema's roles."""
    before = names(own)
    process = started(own, write(tmp_path, reference_schema()))
    wait_for(lambda: sum(str(name).startswith(PREFIX) for name in names(own)) > 1, process)
    kill(own, process)
    left = names(own) - before
    assert "symphony_executor" in left
    assert prove(own) == 0
    assert names(own) == before
    told = capsys.readouterr().err
    assert all(f"dropped {name}, which a run that was killed had left" in told for name in left)


def test_a_run_that_is_at_work_is_left_alone(own: Scratch, tmp_path: Path) -> None:
    """Its schema waits in a file, until it is killed as well: then its roles go, too."""
    files = {"schema/1.sql": "CREATE ROLE of_the_schema", "schema/2.sql": "SELECT pg_sleep(600)"}
    root = write(tmp_path, files)
    before = names(own)
    process = started(own, root)
    asleep = f"{SESSIONS.format(PREFIX)} AND query ~ '^SELECT pg_sleep'"
    wait_for(lambda: own.ask("postgres", asleep) != [(0,)], process)
    at_work = names(own) - before
    assert prove(own) == 0
    assert names(own) - before == at_work
    process.kill()
    process.wait()
    own.ask(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'",
    )
    while own.ask("postgres", SESSIONS.format(PREFIX)) != [(0,)]:
        pass
    assert prove(own) == 0
    assert names(own) == before


def test_what_somebody_is_looking_at_stays_for_the_next_time(own: Scratch) -> None:
    orphan = name_of("0badcafe", 3)
    own.run("postgres", f'CREATE DATABASE "{orphan}"')
    with psycopg.connect(own.url(orphan)):
        assert prove(own) == 0
        assert orphan in names(own)
    assert prove(own) == 0
    assert orphan not in names(own)


OTHERS = (
    "outbox_guard",
    "outbox_guard_production",
    "outbox_guard_0badcafe_3",
    "outbox_guard_0badcafe_3_00000000",
    f"{name_of('0badcafe', 3)}_copy",
    name_of("0badcafe", 3).replace("_3_", "_03_"),
    name_of("0badcafe", 3).upper(),
)


def test_a_database_of_somebody_else_is_never_taken_for_ours(own: Scratch) -> None:
    assert key_of(name_of("0badcafe", 3)) == "0badcafe"
    assert [key_of(name) for name in OTHERS] == [None] * len(OTHERS)
    for name in OTHERS:
        own.run("postgres", f'CREATE DATABASE "{name}"')
    assert prove(own) == 0
    assert set(OTHERS) <= names(own)


def test_what_belongs_to_another_user_is_left_to_that_one(own: Scratch) -> None:
    orphan = name_of("0badcafe", 3)
    own.run(
        "postgres", "CREATE ROLE somebody CREATEDB", "CREATE ROLE tester LOGIN CREATEDB CREATEROLE"
    )
    own.run("postgres", f'CREATE DATABASE "{orphan}" OWNER somebody')
    url = own.url("postgres", user="tester")
    assert main(["prove", "retry", "--root", str(REFERENCE), "--url", url]) == 0
    assert orphan in names(own)
