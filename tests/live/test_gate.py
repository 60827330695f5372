"""The regression gate counts, or says why it cannot: never a pass by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outbox_guard.cli import main
from outbox_guard.live.servers.targets import VARIABLES, find_target, read_target
from tests.support.command_line import outbox_guard
from tests.support.postgres import ATTEMPT, Scratch

DISPATCHING = ATTEMPT.format(state="DISPATCHING")
FAILED = ATTEMPT.format(state="FAILED")

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def gate(*arguments: str) -> int:
    return main(["gate", *arguments])


@pytest.mark.parametrize(
    ("statements", "count", "status"),
    [((), 0, 0), ((FAILED,), 0, 0), ((DISPATCHING, FAILED, DISPATCHING), 2, 1)],
)
def test_the_count_alone_is_printed(
    scratch: Scratch,
    reference: str,
    capsys: Captured,
    statements: tuple[str, ...],
    count: int,
    status: int,
) -> None:
    database = scratch.create("gate", *statements, template=reference)
    assert gate("--url", scratch.url(database)) == status
    assert capsys.readouterr() == (f"{count}\n", "")


def test_json_says_what_was_counted(scratch: Scratch, reference: str, capsys: Captured) -> None:
    database = scratch.create("gate", DISPATCHING, template=reference)
    assert gate("--url", scratch.url(database), "--format", "json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "result": "failed",
        "count": 1,
        "states": ["DISPATCHING"],
        "database": scratch.url(database),
        "tables": [{"table": "public.payment_outbox_attempts", "count": 1}],
    }


def attempts(name: str, column: str = "state text") -> str:
    return f"CREATE TABLE {name} ({column})"


OTHERS = {
    "names and states of the configuration": (
        '[outbox]\nattempts = ["tries_*"]\nstate-column = "status"\nforbidden-states = ["A", "B"]',
        [
            attempts("tries_eu", "status text"),
            attempts("tries_us", "status text"),
            "INSERT INTO tries_eu VALUES ('A'), ('C')",
            "INSERT INTO tries_us VALUES ('B')",
        ],
        2,
    ),
    "a table in each tenant's schema": (
        "",
        [
            "CREATE SCHEMA a; CREATE SCHEMA b",
            attempts("a.payment_outbox_attempts"),
            attempts("b.payment_outbox_attempts"),
            "INSERT INTO a.payment_outbox_attempts VALUES ('DISPATCHING')",
            "INSERT INTO b.payment_outbox_attempts VALUES ('DISPATCHING')",
        ],
        2,
    ),
    "partitions are counted once": (
        '[outbox]\nattempts = ["payment_outbox_attempts*"]',
        [
            attempts("payment_outbox_attempts") + " PARTITION BY LIST (state)",
            "CREATE TABLE payment_outbox_attempts_1 PARTITION OF payment_outbox_attempts DEFAULT",
            "INSERT INTO payment_outbox_attempts VALUES ('DISPATCHING')",
        ],
        1,
    ),
    "an enum that has lost the label": (
        "",
        ["CREATE TYPE s AS ENUM ('FAILED')", attempts("payment_outbox_attempts", "state s")],
        0,
    ),
    "a name that needs its quotes": (
        '[outbox]\nattempts = ["Attempts\'"]',
        [
            'CREATE TABLE "Attempts\'" (state text)',
            "INSERT INTO \"Attempts'\" VALUES ('DISPATCHING')",
        ],
        1,
    ),
}


@pytest.mark.parametrize(("config", "statements", "count"), OTHERS.values(), ids=OTHERS)
def test_whatever_the_outbox_looks_like(
    scratch: Scratch,
    empty_project: Path,
    capsys: Captured,
    config: str,
    statements: list[str],
    count: int,
) -> None:
    (empty_project / "outbox-guard.toml").write_text(config, "utf-8")
    database = scratch.create("gate", *statements)
    assert gate("--url", scratch.url(database)) == bool(count)
    assert capsys.readouterr().out == f"{count}\n"


CLOSED = """
CREATE TABLE payment_outbox_attempts (state text);
INSERT INTO payment_outbox_attempts VALUES ('DISPATCHING');
DO $$ BEGIN CREATE ROLE gate_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
"""
ROW_SECURITY = """
GRANT SELECT ON payment_outbox_attempts TO gate_reader;
ALTER TABLE payment_outbox_attempts ENABLE ROW LEVEL SECURITY;
"""


@pytest.mark.parametrize(
    ("statements", "user", "says"),
    [
        ([], "postgres", "has no table payment_outbox_attempts"),
        ([attempts("payment_outbox_attempts", "status text")], "postgres", "has no column state"),
        ([CLOSED], "gate_reader", "permission denied"),
        ([CLOSED, ROW_SECURITY], "gate_reader", "row-level security"),
        ([], "nobody_known", "does not exist"),
    ],
)
def test_what_cannot_be_asked_is_never_a_pass(
    scratch: Scratch, capsys: Captured, statements: list[str], user: str, says: str
) -> None:
    database = scratch.create("gate", *statements)
    assert gate("--url", scratch.url(database, user)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err


def test_every_configured_table_must_be_there(
    scratch: Scratch, reference: str, empty_project: Path, capsys: Captured
) -> None:
    config = '[outbox]\nattempts = ["payment_outbox_attempts", "older_attempts"]'
    (empty_project / "outbox-guard.toml").write_text(config, "utf-8")
    assert gate("--url", scratch.url(reference)) == 2
    assert "has no table older_attempts" in capsys.readouterr().err


def test_a_lock_that_is_not_given_back_ends_it_in_time(scratch: Scratch, capsys: Captured) -> None:
    import psycopg

    database = scratch.create("gate", attempts("payment_outbox_attempts"))
    with psycopg.connect(scratch.url(database)) as other:
        other.execute("LOCK TABLE payment_outbox_attempts")
        assert gate("--url", scratch.url(database), "--timeout", "1") == 2
    assert "statement timeout" in capsys.readouterr().err


def test_nothing_is_written(scratch: Scratch, reference: str) -> None:
    """Where the database refuses every write, the gate still answers."""
    database = scratch.create("gate", template=reference)
    scratch.run(database, f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    before = scratch.ask(database, "SELECT pg_current_xact_id_if_assigned()")
    assert gate("--url", scratch.url(database)) == 0
    assert scratch.ask(database, "SELECT pg_current_xact_id_if_assigned()") == before


def test_without_a_database_it_says_so(capsys: Captured) -> None:
    assert gate() == 0
    told = capsys.readouterr()
    assert told.out == "skipped\n"
    assert "OUTBOX_EVIDENCE_DB_URL or DATABASE_URL" in told.err
    assert gate("--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["result"] == "skipped"


def test_a_database_can_be_required(capsys: Captured) -> None:
    assert gate("--require-url") == 2
    assert capsys.readouterr().out == ""


SECRET = "correct-horse"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/db",  # nobody listens
        f"postgresql://user:{SECRET}%zz@host/db",
        f"postgresql://user:{SECRET}@host:port/db",
        f"postgresql://user:{SECRET}@host/db?schema=public",
        f"host=127.0.0.1 port=1 password={SECRET}",
        f"user password={SECRET}",
        f"mysql://user:{SECRET}@host/db",
        f"https://{SECRET}",
    ],
)
def test_a_password_is_never_shown(url: str, capsys: Captured) -> None:
    assert gate("--url", url) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
    assert SECRET not in told.err


def test_a_wrong_password_is_told_without_it(
    scratch: Scratch, reference: str, capsys: Captured
) -> None:
    """The server of the tests asks for none, so the message is the driver's own."""
    url = f"postgresql://nobody_known:{SECRET}@/{reference}?host={scratch.server.folder}"
    assert gate("--url", url) == 2
    assert SECRET not in capsys.readouterr().err


def test_the_nearest_source_of_the_url_counts() -> None:
    assert find_target(None, {}) is None
    environment = {"DATABASE_URL": "postgresql://far/a", "OUTBOX_EVIDENCE_DB_URL": ""}
    far = find_target(None, environment)
    assert far is not None
    assert (far.shown, far.said_by) == ("postgresql://far/a", "DATABASE_URL")
    near = find_target(None, environment | {"OUTBOX_EVIDENCE_DB_URL": "postgresql://near/a"})
    assert near is not None
    assert near.said_by == "OUTBOX_EVIDENCE_DB_URL"
    named = find_target("postgresql+psycopg://u:p@named:5/a", environment)
    assert named is not None
    assert named.shown == "postgresql://u@named:5/a"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:p%40ss%2F@host:5433/a%20b?sslmode=require",
        "postgresql://user@/a?host=/var/run/postgresql&port=5433",
        "postgresql:///a",
        "postgresql://one:1,two:2/a?target_session_attrs=read-write",
        "postgresql://user@[::1]:5432/a",
    ],
)
def test_what_another_program_is_handed_means_the_same(url: str) -> None:
    target = read_target(url, "--url")
    assert read_target(target.url, "--url") == target


def test_the_command_as_ci_runs_it(scratch: Scratch, reference: str, tmp_path: Path) -> None:
    env = {"DATABASE_URL": scratch.url(reference), "OUTBOX_EVIDENCE_DB_URL": None}
    done = outbox_guard("gate", cwd=tmp_path, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
