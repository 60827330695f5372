"""The proofs hold for the example project, on whatever server, and leave nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from xml.etree import ElementTree as ET

import psycopg
import pytest

from outbox_guard.cli import main
from outbox_guard.config import load
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.proving import prove
from outbox_guard.live.proofs.results import Run
from outbox_guard.live.reports import FORMATS, renderer
from outbox_guard.live.reports.text import narrate
from outbox_guard.live.servers.admin import Admin
from outbox_guard.live.servers.server import Server, embedded
from outbox_guard.live.servers.stopping import interruptible
from outbox_guard.live.servers.targets import VARIABLES
from tests.support.command_line import COMMAND, environment, outbox_guard
from tests.support.paths import REFERENCE
from tests.support.postgres import ATTEMPT, Scratch
from tests.support.provable import PROOFS, proof_of, reference_schema, run_proofs, write

Captured = pytest.CaptureFixture[str]
OURS = [proof for proof in PROOFS.values() if proof.demonstration == "no"]


@pytest.fixture(autouse=True)
def no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def whole(server: Server) -> Run:
    return prove(load(REFERENCE), OURS, server.target)


def test_the_example_project_keeps_every_promise(whole: Run) -> None:
    assert [(each.proof.name, each.verdict) for each in whole.results] == [
        (proof.name, "proved") for proof in OURS
    ]


def test_every_step_of_every_proof_is_carried_out(whole: Run) -> None:
    for result in whole.results:
        assert len(result.steps) >= len(result.proof.steps), result.proof.name


def test_each_promise_of_the_matrix_is_tried(whole: Run) -> None:
    [result] = [each for each in whole.results if each.proof.name == "forbidden-privileges"]
    refused = {(step.case.split(", ")[0], step.statement) for step in result.steps}
    for role, statement in (
        ("readonly", "INSERT INTO public.payment_outbox_pending SELECT WHERE false"),
        ("executor", "DELETE FROM public.payment_outbox_attempts"),
        ("control", "TRUNCATE public.participant_outbox_sequences"),
        ("auditor", "SELECT FROM public.participant_outbox_sequences"),
    ):
        assert (f"role symphony_{role}", statement) in refused


def databases(scratch: Scratch) -> set[object]:
    return {name for (name,) in scratch.ask("postgres", "SELECT datname FROM pg_database")}


def roles(scratch: Scratch) -> set[object]:
    return {name for (name,) in scratch.ask("postgres", "SELECT rolname FROM pg_roles")}


def test_roles_of_the_schema_are_gone_with_it(server: Server, tmp_path: Path) -> None:
    """Of a schema that is applied, and of one that breaks off in the middle."""
    renamed = {p: t.replace("symphony_", "concerto_") for p, t in reference_schema().items()}
    root = write(tmp_path, renamed)
    scratch = Scratch(server)
    before = roles(scratch)
    run_proofs(root, server, PROOFS["retry"])
    assert roles(scratch) == before
    write(root, {"schema/v1/011.sql": "SELECT 1 / 0"})
    with pytest.raises(LiveError, match=r"schema/v1/011.sql:1: division by zero \(22012\)"):
        run_proofs(root, server, PROOFS["retry"])
    assert roles(scratch) == before


def test_a_schema_that_changes_roles_of_others_is_refused(scratch: Scratch, tmp_path: Path) -> None:
    scratch.run("postgres", "CREATE ROLE of_others")
    root = write(tmp_path, {"schema/1.sql": "ALTER ROLE of_others CONNECTION LIMIT 7"})
    try:
        with pytest.raises(LiveError, match=r"changes roles that the server had.*of_others"):
            run_proofs(root, scratch.server, PROOFS["retry"])
    finally:
        scratch.run("postgres", "DROP ROLE of_others")


def test_nothing_is_left_on_a_server_that_was_named(scratch: Scratch, capsys: Captured) -> None:
    home = scratch.create("home")
    before = databases(scratch)
    root = str(REFERENCE)
    assert main(["prove", "retry", "--root", root, "--url", scratch.url(home)]) == 0
    assert databases(scratch) == before
    assert scratch.ask(home, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert "at postgresql://" in capsys.readouterr().out


def test_a_database_with_payments_in_it_is_left_alone(
    scratch: Scratch, reference: str, capsys: Captured
) -> None:
    production = scratch.create("production", ATTEMPT.format(state="FAILED"), template=reference)
    before = databases(scratch)
    assert main(["prove", "--root", str(REFERENCE), "--url", scratch.url(production)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "has rows in public.payment_outbox_attempts" in told.err
    assert databases(scratch) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_run_that_is_interrupted(
    scratch: Scratch, tmp_path: Path, number: signal.Signals
) -> None:
    """The schema says that it is there, and waits, so that the signal comes in the middle."""
    home = scratch.create("home", "CREATE TABLE seen (at timestamptz)")
    lock = "SELECT pg_advisory_lock(4711)"
    write(tmp_path, {"schema/1.sql": lock})
    before = databases(scratch)
    with psycopg.connect(scratch.url(home), autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock_shared(4711)")
        process = subprocess.Popen(
            [*COMMAND, "prove", "--root", str(tmp_path), "--url", scratch.url(home)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
        )
        while databases(scratch) == before and process.poll() is None:
            pass
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"interrupted" in err
    assert databases(scratch) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_makes_and_drops_databases_is_done_before_an_interruption_is_heard(
    scratch: Scratch, number: signal.Signals
) -> None:
    home = scratch.create("home", "CREATE TABLE seen (at timestamptz)")
    with psycopg.connect(scratch.url(home), autocommit=True) as connection, interruptible():
        admin = Admin(connection)
        Timer(0.2, os.kill, (os.getpid(), number)).start()
        with pytest.raises(KeyboardInterrupt):
            admin.execute("INSERT INTO seen SELECT now() FROM pg_sleep(1)")
        assert admin.execute("SELECT count(*) FROM seen").fetchall() == [(1,)]


# The parent of a backend's child is the backend, and its parent the server.
DEADLY = 'kill -QUIT "$(cut -d" " -f4 /proc/$PPID/stat)"'


def test_a_server_that_dies_halfway_is_told_and_never_a_pass(tmp_path: Path) -> None:
    """A proof that kills the server under itself."""
    root = write(tmp_path, reference_schema())
    killing = proof_of(
        {"call": "enqueue"},
        {"sql": f"COPY (SELECT 1) TO PROGRAM {DEADLY!r}"},
        {"sql": "SELECT 1", "returns": 1},
    )
    says = (
        "immediate shutdown request"  # which the connection cannot tell, and the server's log does
    )
    with pytest.raises(LiveError, match=says), embedded(17) as server:
        run_proofs(root, server, killing)


BROKEN: Mapping[str, tuple[dict[str, str], str]] = {
    "no schema": ({"a.py": ""}, r"no SQL file is in the schema \(schema/\*\*\)"),
    "an error of SQL": (
        {"schema/1.sql": "SELECT 1;\n\nCREATE TABLE a (b nothing);"},
        r"schema/1.sql:3: type \"nothing\" does not exist \(42704\)",
    ),
    "a quote that is never closed": ({"schema/1.sql": "SELECT 'a"}, r"schema/1.sql:1: "),
    "a command of psql": ({"schema/1.sql": "\n\\gexec\n"}, r"schema/1.sql:2: psql's \\gexec"),
    "a variable of psql": ({"schema/1.sql": "SELECT :x;"}, r"schema/1.sql:1: :x is a variable"),
    "a file that is no text": ({"schema/1.sql": "\x00\ud800"}, r"schema/1.sql:1: "),
    "no outbox": ({"schema/1.sql": "SELECT 1"}, "makes no table payment_outbox_pending"),
}


@pytest.mark.parametrize(("files", "says"), BROKEN.values(), ids=BROKEN)
def test_a_schema_that_cannot_be_applied_is_told_with_its_place(
    server: Server, tmp_path: Path, files: dict[str, str], says: str
) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(LiveError, match=says):
        run_proofs(tmp_path, server, PROOFS["retry"])


MIGRATE = """
import os, pathlib, psycopg
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    for file in sorted(pathlib.Path("migrations").glob("*.sql")):
        connection.execute(file.read_bytes())
"""


def test_a_command_can_apply_the_schema(server: Server, tmp_path: Path) -> None:
    files = {path.replace("schema/v1", "migrations"): t for path, t in reference_schema().items()}
    config = f'[live]\napply = "{sys.executable} migrate.py"\nafter = ["last.sql"]\n'
    last = "COMMENT ON TABLE payment_outbox_pending IS 'it is there by now'"
    root = write(tmp_path, files)
    write(root, {"migrate.py": MIGRATE, "outbox-guard.toml": config, "last.sql": last})
    run = run_proofs(root, server, PROOFS["retry"], PROOFS["lease-loss"])
    assert [each.verdict for each in run.results] == ["proved", "proved"]
    assert run.files == ("last.sql",)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("no-such-command up", "No such file or directory: 'no-such-command'"),
        ("sh -c 'echo it went wrong; exit 3'", "ended with 3\nit went wrong"),
        ("sh -c 'unclosed", "No closing quotation"),
    ],
)
def test_a_command_that_fails_is_told(
    server: Server, tmp_path: Path, command: str, says: str
) -> None:
    root = write(tmp_path, {"outbox-guard.toml": f'[live]\napply = "{command}"\n'})
    with pytest.raises(LiveError, match=says):
        run_proofs(root, server, PROOFS["retry"])


def without(name: str) -> dict[str, str]:
    """The example's schema without one of its functions."""
    files = reference_schema()
    kept = {path: text for path, text in files.items() if name not in path}
    kept["schema/v1/010_privileges.sql"] = ""
    return kept


def test_a_function_that_is_not_there_is_told(server: Server, tmp_path: Path) -> None:
    root = write(tmp_path, without("repair"))
    with pytest.raises(LiveError, match="makes no function repair_expired_leases"):
        run_proofs(root, server, PROOFS["repair"])


def test_a_role_that_is_not_there_is_no_refusal(server: Server, tmp_path: Path) -> None:
    config = "[privileges.forbidden]\nno_such_role = { pending = ['DELETE'] }\n"
    root = write(tmp_path, {**reference_schema(), "outbox-guard.toml": config})
    with pytest.raises(LiveError, match="the role no_such_role cannot be taken"):
        run_proofs(root, server, PROOFS["forbidden-privileges"])


def test_what_a_project_has_not_is_neither_proved_nor_failed(
    server: Server, tmp_path: Path
) -> None:
    matrix = "".join(
        f"symphony_{role} = {{}}\n"
        for role in ("control", "ingest", "executor", "readonly", "auditor")
    )
    config = f"[privileges.forbidden]\n{matrix}"
    root = write(tmp_path, {**reference_schema(), "outbox-guard.toml": config})
    run = run_proofs(root, server, PROOFS["forbidden-privileges"])
    assert [each.verdict for each in run.results] == ["inapplicable"]
    assert "not applicable" in renderer("text")(run)
    assert narrate(run).endswith("The project has nothing of what this is about.\n")


@pytest.mark.slow
def test_twenty_runs_read_the_same(server: Server) -> None:
    chosen = [PROOFS[name] for name in ("completion-race", "enqueue-idempotency")]
    project = load(REFERENCE)
    runs = {renderer("json")(prove(project, chosen, server.target)) for _ in range(20)}
    assert len(runs) == 1


def test_the_json_is_what_the_documentation_says(whole: Run) -> None:
    told = json.loads(renderer("json")(whole))
    assert list(told) == ["version", "tool", "server", "schema", "proofs", "summary"]
    assert told["version"] == 1
    assert told["summary"] == {"proved": len(OURS), "failed": 0, "inapplicable": 0}
    assert told["schema"][0] == "schema/v1/001_roles.sql"
    [race] = [each for each in told["proofs"] if each["name"] == "completion-race"]
    assert race["rules"] == ["OBG409"]
    assert race["result"] == "proved"
    [finish] = [step for step in race["steps"] if step["statement"] == "finish"]
    assert finish == {
        "case": "",
        "says": "",
        "session": "racer (x 8)",
        "statement": "finish",
        "expected": "1 ok, 7 P7002",
        "got": "1 ok, 7 P7002",
        "held": True,
    }


@pytest.fixture(scope="module")
def failing(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = write(tmp_path_factory.mktemp("failing"), reference_schema())
    wrong = proof_of({"sql": "SELECT $success || '<&\x1b' AS it", "returns": "other"})
    return run_proofs(root, server, wrong)


@pytest.mark.parametrize("name", FORMATS)
def test_what_does_not_hold_is_told_in_every_format(failing: Run, name: str) -> None:
    told = renderer(name)(failing)
    assert "mine" in told
    assert "DISPATCHED" in told
    assert "\x1b" not in told


def test_junit_has_a_test_for_each_proof(failing: Run, whole: Run) -> None:
    suite = ET.fromstring(renderer("junit")(failing))
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    cases = ET.fromstring(renderer("junit")(whole)).iter("testcase")
    assert [case.get("name") for case in cases] == [proof.name for proof in OURS]


def test_the_old_claim_is_shown_losing_a_payment(server: Server, capsys: Captured) -> None:
    url = f"postgresql://postgres@/postgres?host={server.folder}"
    arguments = ["prove", "--root", str(REFERENCE), "--url", url, "--show", "delete-on-claim"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "the worker dies before it has sent the payment" in told
    assert "the payment is gone" in told
    assert re.search(r"^\d+\. \w+: SELECT ", told, re.MULTILINE)  # a step without words of its own
    assert told.rstrip().endswith("Every step went as the proof says.")


def test_the_proofs_are_listed_without_a_server(tmp_path: Path) -> None:
    done = outbox_guard("prove", "--list", cwd=tmp_path)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(PROOFS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["retrys"], "did you mean 'retry'?"),
        (["--show", "delete-on-clam"], "did you mean 'delete-on-claim'?"),
        (["--url", " "], "--url is empty"),
    ],
)
def test_what_was_said_wrongly_is_told(arguments: list[str], says: str, capsys: Captured) -> None:
    assert main(["prove", "--root", str(REFERENCE), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_proof_can_be_left_out(server: Server, tmp_path: Path, capsys: Captured) -> None:
    names = [proof.name for proof in OURS if proof.name != "retry"]
    config = f"[live]\nleave-out = {json.dumps(names)}\n"
    root = write(tmp_path, {**reference_schema(), "outbox-guard.toml": config})
    url = f"postgresql://postgres@/postgres?host={server.folder}"
    assert main(["prove", "--root", str(root), "--url", url]) == 0
    assert "1 proved, 0 failed" in capsys.readouterr().out
    (root / "outbox-guard.toml").write_text("[live]\nleave-out = ['retries']\n", "utf-8")
    assert main(["prove", "--root", str(root), "--url", url]) == 2
    assert "`leave-out` in [live]: there is no proof 'retries'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_whole_of_it_as_a_user_runs_it(tmp_path: Path) -> None:
    env: dict[str, str | None] = dict.fromkeys(VARIABLES)
    done = outbox_guard("prove", "--root", REFERENCE, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert f"{len(OURS)} proved, 0 failed · 10 SQL files applied to PostgreSQL" in done.stdout
