"""What a database has otherwise than the repository is told, all of it and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from outbox_guard.cli import main
from outbox_guard.config import load
from outbox_guard.live import drift as drifting
from outbox_guard.live.catalog.differences import differences
from outbox_guard.live.catalog.snapshot import Snapshot, read_snapshot
from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.connecting import connected
from outbox_guard.live.servers.targets import VARIABLES, read_target
from tests.support.paths import REFERENCE
from tests.support.postgres import Scratch
from tests.support.sabotage import MISTAKES, Mutant

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def snapshot(scratch: Scratch, database: str) -> Snapshot:
    with connected(read_target(scratch.url(database), "--url")) as connection:
        connection.read_only = True
        return read_snapshot(connection, load(REFERENCE).config)


@pytest.fixture(scope="module")
def repository(scratch: Scratch, reference: str) -> Snapshot:
    return snapshot(scratch, reference)


P, A = "public.payment_outbox_pending", "public.payment_outbox_attempts"
CLAIM = (
    "function",
    "public.claim_outbox_batch(p_worker_id text, p_batch_size integer, p_lease_seconds integer)",
)
CHANGES: Mapping[str, tuple[str, Sequence[tuple[str, str, str]]]] = {
    "nothing": ("SELECT 1", []),
    "a table of somebody else": ("CREATE TABLE other (a int)", []),
    "rows": ("INSERT INTO participant_outbox_sequences VALUES ('a')", []),
    "a column more": (f"ALTER TABLE {P} ADD note text", [("added", "column", f"{P}.note")]),
    "a default": (
        f"ALTER TABLE {P} ALTER attempt_count SET DEFAULT 1",
        [("changed", "column", f"{P}.attempt_count")],
    ),
    "a NOT NULL less": (
        f"ALTER TABLE {A} ALTER rail DROP NOT NULL",
        [("changed", "column", f"{A}.rail")],
    ),
    "a CHECK less": (
        f"ALTER TABLE {P} DROP CONSTRAINT ck_pending_lease",
        [("missing", "constraint", f"{P} ck_pending_lease")],
    ),
    "an index for the forbidden state": (
        f"CREATE INDEX ix_old ON {A} (created_at) WHERE state = 'DISPATCHING'",
        [("added", "index", f"{A} ix_old")],
    ),
    "an index without its predicate": (
        f"DROP INDEX ix_pending_due; CREATE INDEX ix_pending_due ON {P} (next_attempt_at)",
        [("changed", "index", f"{P} ix_pending_due")],
    ),
    "a trigger that is switched off": (
        f"ALTER TABLE {A} DISABLE TRIGGER trg_attempts_append_only",
        [("changed", "trigger", f"{A} trg_attempts_append_only")],
    ),
    "a trigger less": (
        f"DROP TRIGGER trg_attempts_append_only ON {A}",
        [("missing", "trigger", f"{A} trg_attempts_append_only")],
    ),
    "a label more": (
        "ALTER TYPE outbox_attempt_state ADD VALUE 'PARKED'",
        [("changed", "type", "public.outbox_attempt_state")],
    ),
    "a grant more": (
        f"GRANT DELETE ON {P} TO symphony_readonly",
        [("changed", "grant", f"{P} to symphony_readonly")],
    ),
    "a grant of a column": (
        f"GRANT UPDATE (state) ON {A} TO symphony_ingest",
        [("added", "grant", f"{A} to symphony_ingest")],
    ),
    "a grant to everybody": (
        f"GRANT SELECT ON {P} TO PUBLIC",
        [("added", "grant", f"{P} to PUBLIC")],
    ),
    "a grant less": (
        f"REVOKE SELECT ON {P} FROM symphony_auditor",
        [("missing", "grant", f"{P} to symphony_auditor")],
    ),
    "a function for everybody": (
        "GRANT EXECUTE ON FUNCTION claim_outbox_batch TO PUBLIC",
        [("added", "grant", f"{CLAIM[1]} to PUBLIC")],
    ),
    "a function to be granted on": (
        "GRANT EXECUTE ON FUNCTION claim_outbox_batch TO symphony_executor WITH GRANT OPTION",
        [("changed", "grant", f"{CLAIM[1]} to symphony_executor")],
    ),
    "a function without its search path": (
        "ALTER FUNCTION claim_outbox_batch RESET search_path",
        [("changed", *CLAIM)],
    ),
    "a function more": (
        "CREATE FUNCTION drain() RETURNS void LANGUAGE sql AS 'DELETE FROM payment_outbox_pending';"
        "REVOKE ALL ON FUNCTION drain() FROM PUBLIC",
        [("added", "function", "public.drain()")],
    ),
    "a path of the database's own": (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_temp',"
        " current_database()); END $$",
        [],
    ),
    "a view to write through": (
        f"CREATE VIEW backdoor AS SELECT * FROM {A}; GRANT DELETE ON backdoor TO symphony_executor",
        [
            ("added", "grant", "public.backdoor to symphony_executor"),
            ("added", "view", "public.backdoor"),
        ],
    ),
    "a rule": (
        f"CREATE RULE hush AS ON DELETE TO {P} DO INSTEAD NOTHING",
        [("added", "rule", f"{P} hush")],
    ),
    "a policy": (
        f"CREATE POLICY few ON {P} USING (attempt_count = 0)",
        [("added", "policy", f"{P} few")],
    ),
    "a function that a trigger runs": (
        "CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        " REVOKE ALL ON FUNCTION noop() FROM PUBLIC;"
        f" CREATE TRIGGER noop BEFORE INSERT ON {P} FOR EACH ROW EXECUTE FUNCTION noop()",
        [("added", "function", "public.noop()"), ("added", "trigger", f"{P} noop")],
    ),
    "a function of BEGIN ATOMIC": (
        "CREATE FUNCTION depth() RETURNS bigint LANGUAGE sql"
        f" BEGIN ATOMIC SELECT count(*) FROM {P}; END; REVOKE ALL ON FUNCTION depth() FROM PUBLIC",
        [("added", "function", "public.depth()")],
    ),
    "row security": (
        f"ALTER TABLE {P} ENABLE ROW LEVEL SECURITY",
        [("changed", "table", P)],
    ),
}


@pytest.mark.parametrize(("statements", "found"), CHANGES.values(), ids=CHANGES)
def test_exactly_what_was_changed_is_found(
    scratch: Scratch,
    reference: str,
    repository: Snapshot,
    statements: str,
    found: Sequence[tuple[str, str, str]],
) -> None:
    database = scratch.create("drifted", statements, template=reference)
    told = differences(repository, snapshot(scratch, database))
    assert [(each.how, *each.item) for each in told] == list(found)


@pytest.mark.slow
@pytest.mark.usefixtures("roles")
@pytest.mark.parametrize("mutant", MISTAKES, ids=lambda mutant: mutant.says)
def test_every_mistake_is_a_difference(
    scratch: Scratch, repository: Snapshot, mutant: Mutant
) -> None:
    schema = [text for path, text in mutant.project().items() if path.endswith(".sql")]
    database = scratch.create("mutant", *schema)
    is_membership = "is a member of" in mutant.says  # which all databases of the server share
    assert differences(repository, snapshot(scratch, database)) or is_membership


def test_the_database_that_the_schema_makes_has_no_drift(
    scratch: Scratch, reference: str, capsys: Captured
) -> None:
    arguments = ["drift", "--root", str(REFERENCE), "--url", scratch.url(reference)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("0 differences · ")


def test_a_drift_is_told_as_a_table_and_with_both_definitions(
    scratch: Scratch, reference: str, capsys: Captured
) -> None:
    names = (
        "a default",
        "a function without its search path",
        "a grant of a column",
        "a CHECK less",
    )
    changes = [CHANGES[name][0] for name in names]
    database = scratch.create("drifted", *changes, template=reference)
    arguments = ["drift", "--root", str(REFERENCE), "--url", scratch.url(database)]
    assert main(arguments) == 1
    told = capsys.readouterr().out
    assert f"column      {P}.attempt_count" in told
    assert (
        "  repository  integer NOT NULL DEFAULT 0\n  database    integer NOT NULL DEFAULT 1" in told
    )
    assert "  - SET search_path TO 'pg_catalog', 'public', 'pg_temp'\n" in told
    assert f"\ngrant {A} to symphony_ingest\n  database    UPDATE (state)\n" in told
    assert told.count("ck_pending_lease") == 1  # the schema shows what is missing
    assert main([*arguments, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["result"]) == (1, "drift")
    assert document["differences"][0] == {
        "kind": "column",
        "name": f"{P}.attempt_count",
        "difference": "changed",
        "repository": "integer NOT NULL DEFAULT 0",
        "database": "integer NOT NULL DEFAULT 1",
    }


def test_nothing_is_written(scratch: Scratch, reference: str) -> None:
    database = scratch.create("readonly", template=reference)
    scratch.run(database, f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    assert snapshot(scratch, database) == snapshot(scratch, reference)


def test_without_a_database_or_an_outbox_it_is_no_pass(scratch: Scratch, capsys: Captured) -> None:
    assert main(["drift", "--root", str(REFERENCE)]) == 2
    assert "no database to compare with" in capsys.readouterr().err
    target = read_target(scratch.url(scratch.create("empty")), "--url")
    with pytest.raises(LiveError, match="has no table payment_outbox_pending or payment_"):
        drifting.find_drift(load(REFERENCE), target)
