"""What single files say adds up: what is superseded, only logged or bound elsewhere."""

from __future__ import annotations

import pytest

from outbox_guard.checking import check_sources
from outbox_guard.schema.order import apply_order, is_down
from tests.support.examples import RULES, judgement

PRIVATE = "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"
CLAIM = """CREATE OR REPLACE FUNCTION claim_outbox_batch(n int) RETURNS SETOF uuid
LANGUAGE sql AS $$
DELETE FROM payment_outbox_pending WHERE outbox_id IN (
  SELECT outbox_id FROM payment_outbox_pending LIMIT n FOR UPDATE SKIP LOCKED
) RETURNING outbox_id
$$;
"""
LEASE = """CREATE OR REPLACE FUNCTION claim_outbox_batch(batch integer) RETURNS SETOF uuid
LANGUAGE sql AS $$
UPDATE payment_outbox_pending
SET claimed_by = 'x', lease_token = gen_random_uuid(), lease_expires_at = now() + interval '1 min'
WHERE outbox_id IN (
  SELECT outbox_id FROM payment_outbox_pending
  WHERE next_attempt_at <= now() AND lease_token IS NULL LIMIT batch FOR UPDATE SKIP LOCKED
) RETURNING outbox_id
$$;
"""
VIEW = (
    "CREATE OR REPLACE VIEW due AS"
    " SELECT outbox_id FROM payment_outbox_pending WHERE next_attempt_at {} now();\n"
)
ASSIGN = """CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.state := 'DISPATCHING'; RETURN NEW; END $$;
"""
BIND = "CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION stamp();"
UNGUARDED = ["schema/1.sql OBG407", "schema/1.sql OBG408"]  # a table with no index and no trigger
INSERT = "INSERT INTO payment_outbox_attempts VALUES ('1', 'DISPATCHING');"
QUERIES = 'PURGE = "DELETE FROM payment_outbox_pending WHERE outbox_id = %s"\n'
PLAN = """%syntax-version=1.0.0
%project=payments

# in this order
b/claim 2026-01-01T00:00:00Z A <a@example.com> # claims
a [b/claim] 2026-01-02T00:00:00Z A <a@example.com> # leases
@v1 2026-01-03T00:00:00Z A <a@example.com> # tagged
a [a@v1] 2026-01-04T00:00:00Z A <a@example.com> # reworked
"""
LOGS = "from app.queries import PURGE\nlog.info(PURGE)\n"
RUNS = "from app.queries import PURGE\n\ndef f(cur):\n    cur.execute(PURGE, (1,))\n"

PROJECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "a function that nothing replaces": ({"schema/1.sql": CLAIM}, ["schema/1.sql OBG101"]),
    "one that a later file replaces": ({"schema/1.sql": CLAIM, "schema/2.sql": LEASE}, []),
    "one that an earlier file defined otherwise": (
        {"schema/1.sql": LEASE, "schema/2.sql": CLAIM},
        ["schema/2.sql OBG101"],
    ),
    "numbers in the order of numbers": ({"schema/10_b.sql": LEASE, "schema/9_a.sql": CLAIM}, []),
    "one of another signature": (
        {"schema/1.sql": CLAIM, "schema/2.sql": LEASE.replace("integer", "text")},
        ["schema/1.sql OBG101"],
    ),
    "one that is dropped": (
        {"schema/1.sql": CLAIM, "schema/2.sql": "DROP FUNCTION claim_outbox_batch(int);"},
        [],
    ),
    "a view that a later file replaces": (
        {"schema/1.sql": VIEW.format("="), "schema/2.sql": VIEW.format("<=")},
        [],
    ),
    "a view that stands": (
        {"schema/1.sql": VIEW.format("<="), "schema/2.sql": VIEW.format("=")},
        ["schema/2.sql OBG401"],
    ),
    "a down-migration, which is not applied": (
        {"schema/1.sql": CLAIM, "schema/2.up.sql": LEASE, "schema/2.down.sql": CLAIM},
        [],
    ),
    "a repeatable migration of Flyway, which comes after all that have a version": (
        {"schema/R__claim.sql": LEASE, "schema/V2__claim.sql": CLAIM},
        [],
    ),
    "and one that is wrong": (
        {"schema/again/R__claim.sql": CLAIM, "schema/versions/V2__claim.sql": LEASE},
        ["schema/again/R__claim.sql OBG101"],
    ),
    "versions of Flyway, in whatever folders": (
        {"schema/2026/V1.9__claim.sql": CLAIM, "schema/2025/V1_10__claim.sql": LEASE},
        [],
    ),
    "what Flyway calls after all": (
        {"schema/R__claim.sql": CLAIM, "schema/afterMigrate.sql": LEASE, "schema/V1__a.sql": ""},
        [],
    ),
    "the plan of Sqitch": (
        {
            "schema/sqitch.plan": PLAN,
            "schema/deploy/b/claim.sql": CLAIM,
            "schema/deploy/a.sql": LEASE,
        },
        [],
    ),
    "a change that was reworked": (
        {
            "schema/sqitch.plan": PLAN,
            "schema/deploy/a@v1.sql": CLAIM,
            "schema/deploy/a.sql": LEASE,
            "schema/deploy/of_no_plan.sql": "SELECT 1;",
        },
        [],
    ),
    "a function that another file makes the claim by its name": (
        {
            "schema/1.sql": LEASE.replace("claim_outbox_batch", "claim_next"),
            "schema/2.sql": "ALTER FUNCTION claim_next(integer) RENAME TO claim_outbox_batch;",
        },
        ["schema/1.sql OBG002"],
    ),
    "a file that says how to take itself back": (
        {"schema/1.sql": f"-- +goose Up\n{LEASE}-- +goose Down\n{CLAIM}"},
        [],
    ),
    "outside of schema nothing supersedes": (
        {"app/1.sql": CLAIM, "app/2.sql": LEASE},
        ["app/1.sql OBG101"],
    ),
    "a trigger function bound in another file": (
        {"schema/1.sql": ASSIGN, "schema/2.sql": BIND.format(table="payment_outbox_attempts")},
        ["schema/1.sql OBG102"],
    ),
    "a trigger function bound to another table": (
        {"schema/1.sql": ASSIGN, "schema/2.sql": BIND.format(table="orders")},
        [],
    ),
    "no columns, and a table whose second is the state": (
        {
            "schema/1.sql": "CREATE TABLE payment_outbox_attempts (outbox_id text, state text);",
            "schema/2.sql": INSERT,
        },
        [*UNGUARDED, "schema/2.sql OBG102"],
    ),
    "no columns, and a table whose second is not the state": (
        {
            "schema/1.sql": "CREATE TABLE payment_outbox_attempts (outbox_id text, note text);\n"
            "ALTER TABLE payment_outbox_attempts ADD COLUMN state text;",
            "schema/2.sql": INSERT,
        },
        UNGUARDED,
    ),
    "a statement in a constant": ({"app/queries.py": QUERIES}, ["app/queries.py OBG103"]),
    "one that another file only logs": ({"app/queries.py": QUERIES, "app/a.py": LOGS}, []),
    "one that is logged here and run there": (
        {"app/queries.py": QUERIES, "app/a.py": LOGS, "app/b.py": RUNS},
        ["app/queries.py OBG103"],
    ),
}


@pytest.mark.parametrize(("files", "stated"), PROJECTS.values(), ids=PROJECTS)
def test_the_project_is_judged_as_it_stands(files: dict[str, str], stated: list[str]) -> None:
    report = check_sources({"schema/0.sql": PRIVATE, **files}, judgement(*RULES))
    assert [f"{finding.place.path} {finding.code}" for finding in report] == stated


def test_migrations_are_applied_in_the_order_of_their_numbers() -> None:
    names = ["schema/10.sql", "schema/2_b.sql", "schema/2_a.sql", "schema/v2/1.sql", "schema/1.sql"]
    assert sorted(names, key=apply_order) == [
        "schema/1.sql",
        "schema/2_a.sql",
        "schema/2_b.sql",
        "schema/10.sql",
        "schema/v2/1.sql",
    ]


@pytest.mark.parametrize(
    ("path", "down"),
    [
        ("schema/0002_lease.down.sql", True),
        ("schema/down/0002.sql", True),
        ("schema/U2__lease.sql", True),
        ("schema/0002_lease.sql", False),
        ("schema/0003_slowdown_guard.sql", False),
        ("schema/V2__undoable.sql", False),
    ],
)
def test_a_file_that_takes_a_migration_back_is_known_by_its_name(path: str, down: bool) -> None:
    assert is_down(path) is down
