"""Evidence of a live database: what its catalog holds, said to be that, and judged as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from outbox_guard.cli import main
from outbox_guard.config import load
from outbox_guard.live.catalog.dump import read_dump
from outbox_guard.live.catalog.snapshot import read_snapshot
from outbox_guard.live.drift import observe
from outbox_guard.live.servers.connecting import connected
from outbox_guard.live.servers.targets import VARIABLES, read_target
from tests.support.paths import REFERENCE
from tests.support.postgres import Scratch

Captured = pytest.CaptureFixture[str]
CONFIG = load(REFERENCE).config


@pytest.fixture(autouse=True)
def no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def evidence(folder: Path, *more: str) -> int:
    return main(["evidence", "--root", str(REFERENCE), "--output", str(folder), *more])


def files_of(folder: Path) -> Mapping[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@pytest.fixture(scope="module")
def bundle(
    scratch: Scratch, reference: str, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("evidence") / "bundle"
    assert evidence(folder, "--url", scratch.url(reference)) == 0
    return files_of(folder)


RICH = """
CREATE DOMAIN rail AS text DEFAULT 'sepa' NOT NULL CONSTRAINT known CHECK (VALUE <> '');
COMMENT ON DOMAIN rail IS 'a rail''s name';
ALTER TABLE payment_outbox_pending
    ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN doubled integer GENERATED ALWAYS AS (attempt_count * 2) STORED,
    ADD COLUMN "Odd ""name" rail,
    ADD CONSTRAINT late CHECK (doubled >= 0) NOT VALID;
ALTER TABLE payment_outbox_attempts ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON payment_outbox_attempts FOR SELECT TO symphony_auditor USING (true);
CREATE TRIGGER second AFTER INSERT ON payment_outbox_pending EXECUTE FUNCTION
    deny_outbox_attempts_mutation();
ALTER TABLE payment_outbox_pending DISABLE TRIGGER second;
CREATE RULE hush AS ON DELETE TO payment_outbox_attempts DO INSTEAD NOTHING;
CREATE TABLE old_attempts (CHECK (created_at < '2020-01-01')) INHERITS (payment_outbox_attempts);
CREATE VIEW due WITH (security_invoker = true) AS SELECT * FROM payment_outbox_pending;
CREATE VIEW overdue AS SELECT outbox_id FROM due;
GRANT UPDATE (attempt_count), DELETE ON due TO symphony_executor WITH GRANT OPTION;
SET ROLE symphony_executor;
GRANT DELETE ON due TO symphony_control;
RESET ROLE;
CREATE FUNCTION helper() RETURNS integer LANGUAGE sql
    BEGIN ATOMIC SELECT count(*)::integer FROM payment_outbox_pending; END;
CREATE PROCEDURE sweep() LANGUAGE plpgsql AS $$ BEGIN PERFORM helper(); END $$;
REVOKE ALL ON PROCEDURE sweep() FROM PUBLIC;
"""


def test_the_statements_make_what_the_catalog_has(scratch: Scratch, reference: str) -> None:
    rich = scratch.create("rich", RICH, template=reference)
    with connected(read_target(scratch.url(rich), "--url")) as connection:
        sql, before = read_dump(connection, CONFIG), read_snapshot(connection, CONFIG)
    for_databases = re.sub("^CREATE ROLE.*$", "", sql, flags=re.MULTILINE)  # roles are there
    copy = scratch.create("copy", f"SET check_function_bodies = off; {for_databases}")
    with connected(read_target(scratch.url(copy), "--url")) as connection:
        assert read_snapshot(connection, CONFIG) == before
        assert read_dump(connection, CONFIG) == sql


def test_the_whole_bundle_says_where_it_comes_from(
    bundle: Mapping[str, str], scratch: Scratch, reference: str
) -> None:
    shown = read_target(scratch.url(reference), "--url").shown
    for name in ("00_README.txt", "MANIFEST.sha256", "index.html"):
        assert f"Grants and definitions: from the live catalog of {shown} (Postgre" in bundle[name]
    assert "DRIFT: none" in bundle["00_README.txt"]
    assert "DRIFT: none" in bundle["index.html"]
    assert "at 18_catalog.txt:" in bundle["04_function_claim.txt"]
    assert "18_catalog.txt" in bundle["01_grants.txt"]
    assert "0 differences" in bundle["19_drift.txt"]
    assert "none\n" in bundle["14_findings.txt"]
    assert "BROKEN" not in bundle["00_README.txt"]


def test_a_line_that_is_told_is_there(bundle: Mapping[str, str]) -> None:
    lines = bundle["18_catalog.txt"].splitlines()
    [carried] = [line for line in bundle["00_README.txt"].splitlines() if "A payment ends" in line]
    number = int(carried.partition("18_catalog.txt:")[2].partition(")")[0])
    assert lines[number - 1].startswith("CREATE UNIQUE INDEX ux_attempts_terminal")


def test_the_same_catalog_gives_the_same_bytes(
    bundle: Mapping[str, str],
    scratch: Scratch,
    reference: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTBOX_EVIDENCE_DB_URL", scratch.url(reference))
    assert evidence(tmp_path / "again") == 0
    assert files_of(tmp_path / "again") == bundle
    assert evidence(tmp_path / "again", "--verify") == 0


def test_a_manifest_cannot_say_something_else(
    bundle: Mapping[str, str], tmp_path: Path, capsys: Captured
) -> None:
    for name, text in bundle.items():
        (tmp_path / name).write_text(
            text.replace("live catalog", "good") if "MAN" in name else text
        )
    assert evidence(tmp_path, "--verify") == 1
    assert "is no line of a manifest" in capsys.readouterr().out


# What somebody did to the database, and what the bundle then says is broken, and why.
CHANGED = {
    "ALTER TABLE payment_outbox_attempts DISABLE TRIGGER USER": (
        "Attempts are only ever appended",
        "OBG408",
    ),
    "DROP INDEX ux_attempts_terminal": ("A payment ends once", "OBG407"),
    "GRANT UPDATE ON payment_outbox_attempts TO symphony_executor": (
        "Only DB functions write the outbox",
        "OBG501",
    ),
    "ALTER FUNCTION claim_outbox_batch(text, integer, integer) RESET search_path": (
        "Only DB functions write the outbox",
        "OBG412",
    ),
    "ALTER TABLE payment_outbox_pending DROP CONSTRAINT ck_pending_lease": (
        "The lease columns are all NULL or none is",
        "OBG403",
    ),
}


def test_what_was_changed_in_the_database_is_judged_and_told(
    scratch: Scratch, reference: str, tmp_path: Path
) -> None:
    database = scratch.create("changed", *CHANGED, template=reference)
    assert evidence(tmp_path / "bundle", "--url", scratch.url(database)) == 1
    told = files_of(tmp_path / "bundle")
    assert f"DRIFT: {len(CHANGED)} differences" in told["index.html"]
    findings = told["14_findings.txt"].splitlines()
    for promise, code in CHANGED.values():
        assert f"BROKEN  {promise}" in told["00_README.txt"]
        assert any(line.startswith(code) and "18_catalog.txt:" in line for line in findings)
    assert "- SET search_path TO" in told["19_drift.txt"]


def test_the_database_of_an_application_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert evidence(tmp_path / "bundle") == 0
    told = files_of(tmp_path / "bundle")
    assert "from the project's files alone" in told["MANIFEST.sha256"]
    assert "18_catalog.txt" not in told


def test_a_schema_that_cannot_be_applied_leaves_the_comparison_missing(
    scratch: Scratch, reference: str, tmp_path: Path, capsys: Captured
) -> None:
    root = tmp_path / "project"
    (root / "schema").mkdir(parents=True)
    (root / "schema/001.sql").write_text("CREATE EXTENSION of_their_own;")
    arguments = ["evidence", "--root", str(root), "--url", scratch.url(reference)]
    assert main(arguments) == 1
    assert "missing: the comparison with the files: schema/001.sql:1: " in capsys.readouterr().err
    told = files_of(root / "reports/outbox-evidence")
    assert "DRIFT: NOT COMPARED" in told["00_README.txt"]
    assert "claim_outbox_batch" in told["04_function_claim.txt"]


def test_it_only_reads(scratch: Scratch, reference: str) -> None:
    database = scratch.create("readonly", template=reference)
    scratch.run(database, f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    seen = observe(read_target(scratch.url(database), "--url"), CONFIG)
    assert "CREATE TABLE public.payment_outbox_pending" in seen.sql


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--url", " "], "--url is empty"),
        (["--url", "postgresql://nobody@127.0.0.1:1/none"], "127.0.0.1:1/none (--url): "),
        (["--url", "x", "--verify"], "--verify and --compare look at bundles that are there"),
    ],
)
def test_a_database_that_cannot_be_asked_leaves_no_bundle(
    tmp_path: Path, capsys: Captured, more: list[str], says: str
) -> None:
    assert evidence(tmp_path / "bundle", *more) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "bundle").exists()


def test_a_database_without_an_outbox_is_no_evidence(
    scratch: Scratch, tmp_path: Path, capsys: Captured
) -> None:
    assert evidence(tmp_path / "bundle", "--url", scratch.url(scratch.create("empty"))) == 2
    assert "has no table payment_outbox_pending or payment_" in capsys.readouterr().err
