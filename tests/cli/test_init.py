"""`outbox-guard init` writes what a project needs to begin, and overwrites nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from outbox_guard import check
from outbox_guard.config import Config, load
from outbox_guard.errors import UsageError
from outbox_guard.init import CONFIGURATION, HOOKS, initialise, plan
from outbox_guard.init.survey import survey
from outbox_guard.init.workflows import GATE, GUARDRAILS, Workflow

WORKFLOW = GUARDRAILS.path
PATHS = (CONFIGURATION, HOOKS, WORKFLOW)


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def init(root: Path) -> list[str]:
    return list(initialise(root))


def test_a_new_project_gets_three_files(tmp_path: Path) -> None:
    configuration, hooks, workflow, _ = init(tmp_path)
    assert configuration.startswith(f"wrote {CONFIGURATION}: no outbox table was found; write the")
    assert hooks == f"wrote {HOOKS}: `pre-commit install` puts the hook to work"
    assert workflow == f"wrote {WORKFLOW}"
    assert load(tmp_path).config == Config()


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    plan(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_found_is_configured(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "db/pool.py": "",
            "db/migrations/1.sql": "CREATE TABLE app.pay_outbox_pending (id int);"
            "CREATE FUNCTION claim_pay_outbox() RETURNS int LANGUAGE sql AS 'SELECT 1';",
            "test/test_a.py": "",
        },
    )
    told, *_ = init(tmp_path)
    assert told.endswith(
        ": the outbox is pay_outbox_pending; see whether the names in it are right"
    )
    config = load(tmp_path).config
    assert config.outbox.pending == ("pay_outbox_pending",)
    assert config.outbox.attempts == Config().outbox.attempts
    assert config.functions.claim == "claim_pay_outbox"
    assert config.zones.tests == ("test/**",)
    assert config.zones.of("db/pool.py") == "home"
    assert config.zones.of("db/migrations/1.sql") == "schema"


def test_what_nobody_reads_is_told(tmp_path: Path) -> None:
    code = {f"relay/{name}.ts": "DELETE FROM pay_outbox_pending" for name in "abcde"}
    schema = {"schema/1.sql": "CREATE TABLE pay_outbox_pending (id int);", "ui/menu.ts": "outbox"}
    told, *_ = init(write(tmp_path, code | schema))
    assert told.endswith(
        "; Python and SQL are read, what names it elsewhere is not:"
        " relay/a.ts, relay/b.ts, relay/c.ts and 2 more"
    )


def test_an_outbox_that_only_others_name_is_told(tmp_path: Path) -> None:
    told, *_ = init(write(tmp_path, {"relay.go": "outbox_pending", "main.go": ""}))
    assert told.endswith("elsewhere is not: relay.go")


@pytest.mark.parametrize("path", PATHS)
def test_what_is_there_is_left(tmp_path: Path, path: str) -> None:
    write(tmp_path, {path: "# mine\n"})
    told = init(tmp_path)
    assert (tmp_path / path).read_text("utf-8") == "# mine\n"
    assert any(line.startswith(f"left {path}: ") for line in told)
    assert all(line.startswith("left ") for line in init(tmp_path)[:-1])


def test_a_link_that_leads_nowhere_is_there(tmp_path: Path) -> None:
    (tmp_path / CONFIGURATION).symlink_to(tmp_path / "elsewhere")
    init(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_configuration_in_pyproject_is_enough(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.outbox-guard]\n"})
    assert init(tmp_path)[0].startswith("left pyproject.toml: [tool.outbox-guard] in it is")
    assert not (tmp_path / CONFIGURATION).exists()


def test_the_hook_to_paste_fits_into_the_file_that_is_there(tmp_path: Path) -> None:
    theirs = "repos:\n  - repo: local\n    hooks: []\n"
    write(tmp_path, {HOOKS: theirs})
    told = next(line for line in init(tmp_path) if HOOKS in line)
    pasted = yaml.safe_load(theirs + told.split("\n\n", 1)[1])
    assert [hook["id"] for hook in pasted["repos"][1]["hooks"]] == ["outbox-guard"]
    write(tmp_path, {HOOKS: theirs + told.split("\n\n", 1)[1]})
    assert f"left {HOOKS}: the hook is in it already" in init(tmp_path)


def test_the_files_written_are_what_their_readers_expect(tmp_path: Path) -> None:
    init(tmp_path)
    hooks = yaml.safe_load((tmp_path / HOOKS).read_text("utf-8"))
    assert hooks["repos"][0]["hooks"] == [{"id": "outbox-guard"}]
    workflow = yaml.safe_load((tmp_path / WORKFLOW).read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    last = workflow["jobs"]["guardrails"]["steps"][-1]
    assert last["run"].startswith("outbox-guard check . ")
    assert last["env"] == {"ENFORCE_NO_DB_QUERY": "1"}


@pytest.mark.parametrize("workflow", [GATE, GUARDRAILS], ids=lambda each: each.path)
def test_a_workflow_passes_the_audit_of_another_tool(tmp_path: Path, workflow: Workflow) -> None:
    write(tmp_path, {workflow.path: workflow.text})
    zizmor = shutil.which("zizmor", path=Path(sys.executable).parent)
    assert zizmor is not None
    command = [zizmor, "--offline", "--no-progress", "--persona=pedantic", workflow.path]
    audit = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_the_gate_that_is_written_is_the_gate_that_is_demanded(tmp_path: Path) -> None:
    told = list(initialise(tmp_path, gate=True))
    assert told[2] == f"wrote {GATE.path}"
    gate = load(tmp_path).config.gate
    assert (gate.workflow, gate.job) == (GATE.path, "outbox-gate")
    assert list(check(tmp_path, enforced=True)) == []
    steps = yaml.safe_load(GATE.text)["jobs"]["outbox-gate"]["steps"]
    assert steps[-1]["with"]["retention-days"] == 14
    write(tmp_path, {GATE.path: GATE.text.replace("if: always()", "if: success()")})
    assert {finding.code for finding in check(tmp_path)} == {"OBG603"}


@pytest.mark.parametrize(
    ("path", "text", "section"),
    [
        (CONFIGURATION, "", "[gate]"),
        ("pyproject.toml", "[tool.outbox-guard]\n", "[tool.outbox-guard.gate]"),
    ],
)
def test_a_configuration_that_is_there_is_told_what_to_name(
    tmp_path: Path, path: str, text: str, section: str
) -> None:
    write(tmp_path, {path: text})
    told = next(initialise(tmp_path, gate=True))
    pasted = told.partition("\n\n")[2]
    assert pasted.startswith(section)
    write(tmp_path, {path: text + pasted})
    assert load(tmp_path).config.gate.job == "outbox-gate"
    assert "name the gate" not in next(initialise(tmp_path))
    assert "name the gate" not in next(initialise(tmp_path, gate=True))


def test_every_default_that_is_shown_is_the_default(tmp_path: Path) -> None:
    init(tmp_path)
    text = (tmp_path / CONFIGURATION).read_text("utf-8")
    spelt_out = re.sub(r"^# (?=[a-z-]+ = )", "", text, flags=re.MULTILINE)
    assert spelt_out != text
    other = write(tmp_path / "other", {CONFIGURATION: spelt_out})
    assert load(other).config == Config()


def test_in_a_folder_of_a_repository_only_the_configuration_is_written(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    service = write(tmp_path / "service", {"a.py": ""})
    told = init(service)
    assert told[0].startswith(f"wrote {CONFIGURATION}: ")
    assert all(f"it belongs at the top of the repository, {tmp_path}" in each for each in told[1:3])
    assert [path.name for path in service.iterdir() if path.name != "a.py"] == [CONFIGURATION]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    write(tmp_path, {".github": "a file in the way"})
    with pytest.raises(UsageError, match=re.escape(f"{WORKFLOW}: cannot be written")):
        init(tmp_path)


@pytest.mark.parametrize(
    ("paths", "zones"),
    [
        (["a.py"], {}),
        (["libs/db/pool.py"], {"home": ("libs/db/**",)}),
        (["db/pool.py", "src/libs/db/pool.py"], {"home": ("src/libs/db/**",)}),  # the likelier name
        (["db/001.sql"], {}),  # no code in it: not the home of drivers
        (["tests/db/a.py"], {"tests": ("tests/**",)}),  # a test of the home is no home
        (["a/tests/x.py", "tests/y/tests/z.py"], {"tests": ("a/tests/**", "tests/**")}),
        ([f"{s}/tests/x.py" for s in "abcd"], {"tests": ("**/tests/**",)}),
        (["contests/x.py", "schemas/x.sql"], {}),
        (["db/migrations/1.sql"], {"schema": ("db/migrations/**",)}),
        (["pay/migrations/0001.py"], {"schema": ("pay/migrations/**",)}),
        (["db/migrations/1.py"], {"home": ("db/**",)}),  # which comes before the schema
        (["schema/1.sql", "alembic/env.py"], {"schema": ("schema/**", "alembic/**")}),
        (["scripts/x.py", "bin/y.py"], {"scripts": ("scripts/**",)}),
    ],
)
def test_zones_are_known_by_their_folders(
    paths: list[str], zones: dict[str, tuple[str, ...]]
) -> None:
    assert survey(paths, []).zones == zones


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("create table payment_outbox_pending (", {"pending": ("payment_outbox_pending",)}),
        ("CREATE TABLE IF NOT EXISTS x.Outbox_Queue(", {"pending": ("outbox_queue",)}),
        ('create unlogged table "s"."Outbox_Attempts"', {"attempts": ("Outbox_Attempts",)}),
        ("create table outbox_sequences", {"sequences": ("outbox_sequences",)}),
        ("create table pending", {}),
        ("select * from outbox_pending", {}),
        ("create table outbox_events (", {"pending": ("outbox_events",)}),
        (
            "create table outbox (); create table outbox_queue (); create table outbox_history ()",
            {"pending": ("outbox_queue",), "attempts": ("outbox_history",)},
        ),
        ('op.create_table("orders_outbox", sa.Column("id"))', {"pending": ("orders_outbox",)}),
        ("__tablename__ = 'Outbox_Attempt'", {"attempts": ("Outbox_Attempt",)}),
        ('db_table = "orders"', {}),
    ],
)
def test_tables_are_known_by_their_names(sql: str, tables: dict[str, tuple[str, ...]]) -> None:
    assert survey([], [("a.sql", sql)]).tables == tables


@pytest.mark.parametrize(
    ("sql", "functions"),
    [
        ("CREATE FUNCTION app.claim_orders_outbox(n int)", {"claim": "claim_orders_outbox"}),
        ("create or replace procedure requeue_dead_leases()", {"repair": "requeue_dead_leases"}),
        ("create function outbox_claim(); create function outbox_claim_one()", {}),  # which?
        ("create function claim_ticket()", {}),
    ],
)
def test_functions_are_known_by_their_names(sql: str, functions: dict[str, str]) -> None:
    assert survey([], [("a.sql", sql)]).functions == functions


def test_tables_of_tests_are_not_those_of_the_project() -> None:
    paths = ["tests/a.py", "src/b.py"]
    texts = [(path, f"CREATE TABLE {path[-4]}_outbox ()") for path in paths]
    assert survey(paths, texts).tables == {"pending": ("b_outbox",)}
