"""What goes wrong with a server is told in a sentence, with status 2, and changes nothing."""

from __future__ import annotations

import re
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from outbox_guard.cli import main
from outbox_guard.config import load
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.proving import prove
from outbox_guard.live.servers.programs import all_programs, find_programs
from outbox_guard.live.servers.server import OWNER, Server, embedded
from outbox_guard.live.servers.targets import read_target
from tests.support.command_line import COMMAND, environment
from tests.support.paths import REFERENCE
from tests.support.postgres import ATTEMPT, Scratch
from tests.support.provable import PROOFS, proof_of, reference_schema, run_proofs, write

Captured = pytest.CaptureFixture[str]
SECRET = "correct-horse"
PEOPLE = f"""
CREATE ROLE holder LOGIN PASSWORD '{SECRET}' CREATEDB CREATEROLE;
CREATE ROLE guest LOGIN PASSWORD '{SECRET}';
"""


@pytest.fixture(scope="module")
def strict() -> Iterator[Server]:
    """A server that asks everybody but its superuser for a password."""
    with embedded(17) as server:
        rules = server.folder / "data/pg_hba.conf"
        rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n", "utf-8")
        with psycopg.connect(server.conninfo, autocommit=True) as connection:
            connection.execute(PEOPLE)
            connection.execute("SELECT pg_reload_conf()")
        yield server


def url(server: Server, user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@/postgres?host={server.folder}"


def names(server: Server) -> set[str]:
    """Of all databases and roles."""
    with psycopg.connect(server.conninfo) as connection:
        query = "SELECT datname::text FROM pg_database UNION ALL SELECT rolname FROM pg_roles"
        return {name for (name,) in connection.execute(query)}


@pytest.mark.parametrize(
    "command",
    [
        ["gate"],
        ["drift", "--root", str(REFERENCE)],
        ["evidence", "--root", str(REFERENCE), "--output", "/nowhere"],
        ["prove", "retry", "--root", str(REFERENCE)],
    ],
)
@pytest.mark.parametrize(
    ("user", "password", "says"),
    [
        ("holder", "wrong-horse", "password authentication failed"),
        ("nobody", SECRET, "password authentication failed"),
    ],
)
def test_a_wrong_password(
    strict: Server, capsys: Captured, command: list[str], user: str, password: str, says: str
) -> None:
    before = names(strict)
    assert main([*command, "--url", url(strict, user, password)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err
    assert password not in told.err
    assert names(strict) == before


def test_who_may_not_create_databases(strict: Server, capsys: Captured) -> None:
    before = names(strict)
    arguments = ["prove", "retry", "--root", str(REFERENCE)]
    assert main([*arguments, "--url", url(strict, "guest", SECRET)]) == 2
    assert "permission denied to create database" in capsys.readouterr().err
    assert names(strict) == before


def test_no_superuser_is_needed(strict: Server, tmp_path: Path) -> None:
    """Whoever may create databases and roles can have every promise proved."""
    proofs = [proof for proof in PROOFS.values() if proof.demonstration == "no"]
    root = write(tmp_path, reference_schema())
    before = names(strict)
    target = read_target(url(strict, "holder", SECRET), "--url")
    run = prove(load(root), proofs, target)
    assert [each.proof.name for each in run.results if each.verdict != "proved"] == []
    assert SECRET not in run.database
    assert names(strict) == before


def test_a_full_disk_while_the_server_is_made() -> None:
    """No file may grow past a megabyte."""

    def shrink() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [*COMMAND, "prove", "--embedded", "--root", REFERENCE],
            env=environment({"TMPDIR": folder}),
            preexec_fn=shrink,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "no database could be made" in done.stderr
        assert list(Path(folder).iterdir()) == []


def dumped(server: Server) -> str:
    """All that there is on a server: roles, databases, definitions, rows."""
    program = find_programs(server.version).folder / "pg_dumpall"
    done = subprocess.run(
        [program, "-h", server.folder, "-U", OWNER], capture_output=True, text=True, check=True
    )
    return re.sub(r"(?m)^\\(?:un)?restrict .*$", "", done.stdout)  # a key, another each time


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "status"), [("gate", 1), ("drift", 0), ("evidence", 0), ("prove", 2)]
)
def test_a_database_with_payments_is_the_same_afterwards(
    scratch: Scratch, reference: str, tmp_path: Path, command: str, status: int
) -> None:
    rows = [ATTEMPT.format(state=state) for state in ("FAILED", "DISPATCHING")]
    production = scratch.create("production", *rows, template=reference)
    before = dumped(scratch.server)
    arguments = [command, "--root", str(REFERENCE), "--url", scratch.url(production)]
    assert main([*arguments, "--output", str(tmp_path / "told")]) == status
    assert dumped(scratch.server) == before


CROWDED = """
set -e
mount -t tmpfs -o size={size} none "$TMPDIR"
chmod 1777 "$TMPDIR"
"$@" || status=$?
ls -A "$TMPDIR"
exit ${{status:-0}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("size", ["10M", "45M"])
def test_a_disk_that_is_full_at_the_start_or_halfway(size: str) -> None:
    """On a file system of its own, as only root can have one; nothing is left there."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        apart = ["unshare", "-m", "bash", "-c", CROWDED.format(size=size), "bash"]
        done = subprocess.run(
            [*apart, *COMMAND, "prove", "--embedded", "--root", str(REFERENCE)],
            env=environment({"TMPDIR": folder}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("state", ["53100", "57P02", "58030", "XX001"])
def test_a_server_in_trouble_proves_nothing(server: Server, tmp_path: Path, state: str) -> None:
    root = write(tmp_path, reference_schema())
    trouble = f"DO $do$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $do$"
    with pytest.raises(LiveError, match=rf"the proof mine, step 1: no \({state}\)"):
        run_proofs(root, server, proof_of({"sql": trouble, "raises": "any"}))


def test_a_temporary_folder_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with embedded(17) as server:
        assert server.folder.parent != tmp_path  # another one was found


def test_a_proof_that_would_wait_for_ever_ends(server: Server, tmp_path: Path) -> None:
    """Who is blocked by a session that is not at work will never finish."""
    root = write(tmp_path, reference_schema())
    run = run_proofs(
        root,
        server,
        proof_of(
            {"session": "a", "sql": "BEGIN"},
            {"session": "a", "sql": "LOCK TABLE $pending"},
            {"session": "b", "sql": "SELECT FROM $pending", "waits": "yes"},
            {"session": "b", "event": "finish", "rows": 0},
        ),
    )
    [failure] = run.results[0].failures
    assert failure.got == "waits for another session"


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([{"event": "finish"}], "nothing is running in the session owner"),
        (
            [
                {"session": "a", "sql": "BEGIN"},
                {"session": "a", "sql": "LOCK TABLE $pending"},
                {"sql": "SELECT FROM $pending", "waits": "yes"},
                {"sql": "SELECT 1"},
            ],
            "the session owner is still waiting",
        ),
    ],
)
def test_a_proof_that_contradicts_itself_is_told(
    server: Server, tmp_path: Path, steps: list[dict[str, object]], says: str
) -> None:
    root = write(tmp_path, reference_schema())
    with pytest.raises(LiveError, match=says):
        run_proofs(root, server, proof_of(*steps))


@pytest.mark.slow
@pytest.mark.parametrize("version", sorted({found.version for found in all_programs()}))
def test_the_promises_hold_on_every_version_that_is_here(version: int) -> None:
    proofs = [proof for proof in PROOFS.values() if proof.demonstration == "no"]
    with embedded(version) as server:
        assert server.version == version
        run = prove(load(REFERENCE), proofs, server.target)
    assert [(r.proof.name, r.verdict) for r in run.results if r.verdict != "proved"] == []
