"""What statements say beside claims and states: targets, declarations, what is not followed."""

from __future__ import annotations

import pytest

from outbox_guard.facts import (
    Allow,
    Drop,
    Fact,
    Followed,
    Function,
    Table,
    Trigger,
    Undetermined,
    Write,
)
from outbox_guard.frontends.sql import SqlText, read_sql
from outbox_guard.frontends.sql.lexing.text import Hole
from outbox_guard.names import Names, Outbox
from outbox_guard.sources import Source
from tests.support.sql_reading import facts, handed_over, marked, starts, writes

# op, table and whether rows that exist are changed, of every write, by place
WRITES = {
    "INSERT INTO payment_outbox_pending (a) VALUES (1)": "insert pending",
    "INSERT INTO payment_outbox_pending DEFAULT VALUES": "insert pending",
    "INSERT INTO payment_outbox_pending (a) VALUES (1) ON CONFLICT DO NOTHING": "insert pending",
    "INSERT INTO payment_outbox_attempts (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2":
        "insert! attempts",
    "UPDATE participant_outbox_sequences SET n = n + 1 RETURNING n": "update! sequences",
    "DELETE FROM ONLY (payment_outbox_attempts)": "delete! attempts",
    "DELETE FROM payment_outbox_pending * WHERE true": "delete! pending",
    "TRUNCATE payment_outbox_pending": "truncate! pending",
    "TRUNCATE TABLE ONLY a, public.payment_outbox_attempts *, payment_outbox_pending CASCADE":
        "truncate! attempts, truncate! pending",
    "COPY payment_outbox_pending FROM '/x.csv' CSV HEADER": "copy pending",
    "COPY public.payment_outbox_attempts (a, b) FROM PROGRAM 'x' WITH (FORMAT csv)":
        "copy attempts",
    "COPY BINARY payment_outbox_attempts FROM '/x'": "copy attempts",
    "MERGE INTO payment_outbox_attempts a USING b ON true WHEN MATCHED THEN DELETE":
        "merge! attempts",
    "MERGE INTO payment_outbox_attempts a USING b ON true WHEN MATCHED THEN UPDATE SET x = 1":
        "merge! attempts",
    "MERGE INTO payment_outbox_attempts a USING b ON true"
    " WHEN NOT MATCHED THEN INSERT (x) VALUES (1)": "merge attempts",
    "WITH a AS (DELETE FROM payment_outbox_pending RETURNING *), b AS (UPDATE others SET x = 1)"
    " INSERT INTO payment_outbox_attempts SELECT * FROM a": "delete! pending, insert attempts",
    "INSERT INTO x WITH d AS (DELETE FROM payment_outbox_pending RETURNING *) SELECT * FROM d":
        "delete! pending",
    "EXPLAIN ANALYZE VERBOSE UPDATE payment_outbox_pending SET a = 1": "update! pending",
    "PREPARE q AS INSERT INTO payment_outbox_pending VALUES ($1)": "insert pending",
    "COPY (DELETE FROM payment_outbox_pending RETURNING *) TO STDOUT": "delete! pending",
    "CREATE TABLE x AS WITH d AS (DELETE FROM payment_outbox_pending RETURNING *)"
    " SELECT * FROM d WITH NO DATA": "delete! pending",
    "CREATE RULE r AS ON UPDATE TO x WHERE true DO INSTEAD"
    " (DELETE FROM payment_outbox_pending; INSERT INTO payment_outbox_attempts VALUES (1))":
        "delete! pending, insert attempts",
    "UPDATE payment_outbox_pending SET a[1] = 2, b.c = 3": "update! pending",
    "DELETE FROM payment_outbox_pending WHERE data ? 'a' AND data @> '{}' AND a <#> b":
        "delete! pending",
    "DELETE FROM payment_outbox_pending WHERE CURRENT OF c": "delete! pending",
    "INSERT INTO U&\"payment!005foutbox_pending\" UESCAPE '!' (a) VALUES (1)": "insert pending",
    "WITH payment_outbox_pending AS (SELECT 1) DELETE FROM payment_outbox_pending":
        "delete! pending",
    "DO $$ BEGIN DELETE FROM payment_outbox_pending; END $$": "delete! pending",
    "DO LANGUAGE plpgsql 'BEGIN DELETE FROM payment_outbox_pending; END'": "delete! pending",
    "SELECT 1; \\echo x\nDELETE FROM payment_outbox_pending\\g": "delete! pending",
    "COPY others FROM stdin;\nDELETE FROM payment_outbox_pending;\n\\.\n"
    "TRUNCATE payment_outbox_pending;": "truncate! pending",
}  # fmt: skip


def short(write: Write) -> str:
    return f"{write.op}{'!' * write.mutates} {write.table.rpartition('_')[2]}"


@pytest.mark.parametrize("sql", WRITES)
def test_each_verb_with_a_guarded_target_is_one_write(sql: str) -> None:
    assert ", ".join(map(short, writes(sql))) == WRITES[sql]
    assert not [fact for fact in facts(sql) if isinstance(fact, Undetermined)]


HARMLESS = [
    "EXPLAIN DELETE FROM payment_outbox_pending",
    "SELECT * FROM payment_outbox_pending FOR UPDATE SKIP LOCKED",
    "SELECT update, delete FROM payment_outbox_pending",
    "TABLE payment_outbox_attempts",
    "COPY payment_outbox_attempts TO STDOUT",
    "ALTER TABLE payment_outbox_attempts OWNER TO x",
    "ALTER TABLE payment_outbox_pending ENABLE ROW LEVEL SECURITY, DISABLE TRIGGER ALL",
    "GRANT SELECT, INSERT (a, b), UPDATE, DELETE ON payment_outbox_pending, others TO app",
    "REVOKE DELETE ON TABLE payment_outbox_attempts FROM PUBLIC CASCADE",
    "COMMENT ON TABLE payment_outbox_pending IS 'DELETE FROM payment_outbox_pending'",
    "CREATE POLICY p ON payment_outbox_pending FOR DELETE TO app USING (true)",
    "LOCK TABLE payment_outbox_pending IN EXCLUSIVE MODE",
    "VACUUM (ANALYZE) payment_outbox_pending",
    "CREATE INDEX CONCURRENTLY i ON payment_outbox_pending (a) WHERE b = 'DELETE'",
    "CREATE TRIGGER t BEFORE UPDATE OR DELETE ON payment_outbox_attempts"
    " FOR EACH ROW EXECUTE FUNCTION deny()",
    "CREATE TABLE payment_outbox_attempts (a int"
    " REFERENCES b ON DELETE CASCADE ON UPDATE SET NULL)",
    "CREATE RULE r AS ON DELETE TO payment_outbox_attempts DO INSTEAD NOTHING",
    "DROP TABLE payment_outbox_pending",
    "LISTEN payment_outbox_pending",
    "CLUSTER payment_outbox_pending USING i",
    "ALTER TYPE payment_outbox_attempts RENAME TO x",
    "DELETE FROM payment_outbox_pending_old; UPDATE x.payment_outbox SET a = 1",
    'DELETE FROM "PAYMENT_OUTBOX_PENDING"',
    "SELECT $1,$2 FROM payment_outbox_pending; SELECT g($1,$2)",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
    " 'no DELETE FROM payment_outbox_attempts' USING ERRCODE = 'P0001'; END $$",
    "CALL payment_outbox_pending(1)",
    "FETCH 10 FROM payment_outbox_pending",
    "INSERT INTO audit (sql) VALUES ('DELETE FROM payment_outbox_pending')",
    "SELECT * FROM payment_outbox_pending WHERE now() AT LOCAL > a",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_writes_no_guarded_rows_is_decided(sql: str) -> None:
    found = [fact for fact in facts(sql) if isinstance(fact, Write | Undetermined)]
    assert found == []


UNDETERMINED = {
    "a quote that is never closed": "DELETE FROM payment_outbox_pending WHERE a = /*!*/'x",
    "no statement at all": "/*!*/payment_outbox_pending some words",
    "a delete without FROM": "/*!*/DELETE payment_outbox_pending WHERE a = 1",
    "an unknown target beside a guarded name": """/*!*/DELETE FROM {{ queue }}
        WHERE id IN (SELECT id FROM payment_outbox_pending)""",
    "a body that is no PL/pgSQL": """CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN DELETE FROM payment_outbox_pending; END LOOP/*!*/; END $$""",
    "a body in another language": """CREATE FUNCTION f() RETURNS void LANGUAGE plpython3u AS $$
plpy.execute("DELETE FROM /*!*/payment_outbox_pending") $$""",
    "a text that is not known": """CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO jobs (sql) VALUES ('DELETE FROM payment_outbox_pending');
        EXECUTE /*!*/q; END $$""",
    "a state in pieces where the parser fails": """/*!*/INSERT INTO payment_outbox_attempts (state)
        VALUES (f('DISPAT' || g('CHING'), now() AT LOCAL))""",
}


@pytest.mark.parametrize("name", UNDETERMINED)
def test_what_can_not_be_followed_is_said(name: str) -> None:
    sql = UNDETERMINED[name]
    found = [fact for fact in facts(sql) if isinstance(fact, Undetermined)]
    if name != "a body that is no PL/pgSQL":
        assert starts(list(found)) == marked(sql)
    assert len(found) == 1
    assert found[0].reason


UNGUARDED = [
    "DELETE FROM email_queue WHERE a = 'x",
    "some words",
    "DELETE FROM {{ queue }}",
    "CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; END $$",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END LOOP; END $$",
]


@pytest.mark.parametrize("sql", UNGUARDED)
def test_what_names_nothing_guarded_is_not_spoken_of(sql: str) -> None:
    assert not [fact for fact in facts(sql) if isinstance(fact, Undetermined | Write)]


def test_what_stands_before_a_fault_is_still_followed() -> None:
    found = writes("DELETE FROM payment_outbox_pending; SELECT 'payment_outbox_pending")
    assert list(map(short, found)) == ["delete! pending"]


def test_a_write_in_a_function_says_in_which() -> None:
    (write,) = writes(
        "CREATE PROCEDURE app.p(IN a int4, OUT b text, c character varying(5) DEFAULT 'x')"
        " LANGUAGE sql AS 'DELETE FROM payment_outbox_pending'"
    )
    assert (write.routine, write.inside) == ("p(integer, character varying)",) * 2


DECLARATIONS: dict[str, list[tuple[type[Fact], dict[str, object]]]] = {
    'CREATE TABLE IF NOT EXISTS app.T (a int PRIMARY KEY, "B" numeric(10, 2) DEFAULT f(1, 2),'
    " CONSTRAINT c CHECK (a > 0), UNIQUE (a, b), LIKE x)": [
        (Table, {"table": "t", "columns": ("a", "B"), "change": "create"})
    ],
    "ALTER TABLE ONLY t ADD COLUMN a int, ADD b text DEFAULT 'x', ADD CONSTRAINT c CHECK (a > 0),"
    " DROP COLUMN IF EXISTS d, DROP CONSTRAINT e": [
        (Table, {"table": "t", "columns": ("a",), "change": "add"}),
        (Table, {"table": "t", "columns": ("b",), "change": "add"}),
        (Table, {"table": "t", "columns": ("d",), "change": "drop"}),
    ],
    "CREATE OR REPLACE FUNCTION app.F(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN END'": [
        (
            Function,
            {"name": "f", "identity": "f(integer)", "language": "plpgsql", "replaces": True},
        )
    ],
    "DROP FUNCTION IF EXISTS app.f(int, text), g CASCADE": [
        (Drop, {"kind": "function", "name": "f", "identity": "f(integer, text)"}),
        (Drop, {"kind": "function", "name": "g", "identity": ""}),
    ],
    "DROP TABLE IF EXISTS app.t, u RESTRICT": [
        (Drop, {"kind": "table", "name": "t"}),
        (Drop, {"kind": "table", "name": "u"}),
    ],
    "CREATE OR REPLACE TRIGGER x AFTER INSERT ON app.t REFERENCING NEW TABLE AS n"
    " FOR EACH STATEMENT EXECUTE PROCEDURE app.f()": [(Trigger, {"table": "t", "function": "f"})],
    "CREATE TABLE p1 PARTITION OF t FOR VALUES FROM (1) TO (10)": [
        (Table, {"table": "p1", "columns": (), "parent": "t"})
    ],
    "ALTER TABLE t RENAME TO u": [],
}


@pytest.mark.parametrize("sql", DECLARATIONS)
def test_declarations_are_told(sql: str) -> None:
    found = [fact for fact in facts(sql) if isinstance(fact, Table | Function | Drop | Trigger)]
    told = [(type(f), {k: getattr(f, k) for k in d}) for f, (_, d) in zip(found, DECLARATIONS[sql])]  # noqa: B905
    assert told == DECLARATIONS[sql]
    assert len(found) == len(told)


ALLOWS = {
    "-- outbox-guard: allow[OBG101] the drill": (("OBG101",), "the drill", True),
    "/* outbox-guard: allow[OBG101, OBG103] the drill */": (
        ("OBG101", "OBG103"),
        "the drill",
        True,
    ),
    "SELECT 1; -- outbox-guard: allow[OBG101] x": (("OBG101",), "x", False),
    "DO $$\n  -- outbox-guard: allow[OBG104] x\nBEGIN END $$": (("OBG104",), "x", True),
}


@pytest.mark.parametrize("sql", ALLOWS)
def test_an_allow_comment_is_told(sql: str) -> None:
    for found in (facts(sql), handed_over(sql)):
        (allow,) = (fact for fact in found if isinstance(fact, Allow))
        assert (allow.codes, allow.reason, allow.alone) == ALLOWS[sql]
        assert sql[allow.place.column - 1 :].startswith(("--", "/*")) or allow.place.line > 1


def test_a_string_is_no_comment() -> None:
    assert not [
        f for f in facts("SELECT '-- outbox-guard: allow[OBG101] y'") if isinstance(f, Allow)
    ]


def test_names_may_be_globs() -> None:
    names = Names(outbox=Outbox(pending=("*_queue",), attempts=("history_[ab]",)))
    sql = "DELETE FROM mail_queue; DELETE FROM history_a; DELETE FROM history_c"
    text = SqlText(sql, Source("a.py", sql).place)
    found = [fact for each in read_sql(text, names) for fact in each.facts]
    assert [fact.table for fact in found if isinstance(fact, Write)] == ["mail_queue", "history_a"]


def test_a_hole_in_the_place_of_the_target_is_told_only_beside_a_guarded_name() -> None:
    for sql, expected in (
        ("DELETE FROM _hole_1_ WHERE id IN (SELECT id FROM payment_outbox_pending)", 1),
        ("DELETE FROM _hole_1_ WHERE id = 1", 0),
        ("DELETE FROM payment_outbox_pending WHERE id = _hole_1_", 0),
    ):
        start = sql.index("_hole_1_")
        text = SqlText(sql, Source("a.py", sql).place, (Hole(start, start + 8, "unknown"),))
        found = [fact for each in read_sql(text, Names()) for fact in each.facts]
        assert len([fact for fact in found if isinstance(fact, Undetermined)]) == expected


def test_a_statement_tells_its_verb_and_the_rows_that_it_locks() -> None:
    lock = "SELECT outbox_id FROM payment_outbox_pending FOR UPDATE SKIP LOCKED"
    for sql, verb, locked in (
        (lock, "select", True),
        ("SELECT outbox_id FROM payment_outbox_pending FOR UPDATE", "select", False),
        (f"WITH d AS ({lock}) SELECT * FROM d", "select", True),
        (f"WITH d AS ({lock}) UPDATE payment_outbox_pending p SET a = 1 FROM d RETURNING p.*",
         "update", True),
        ("SET ROLE x", "set", False),
        ("INSERT INTO payment_outbox_pending VALUES (1)", "insert", False),
    ):  # fmt: skip
        (statement,) = read_sql(SqlText(sql, Source("a.py", sql).place), Names())
        assert (statement.verb, bool(statement.locked)) == (verb, locked)


def test_a_statement_about_the_outbox_counts_as_followed() -> None:
    sql = "SELECT * FROM payment_outbox_pending; SELECT 1; SET ROLE x; DELETE FROM email_queue"
    assert [fact.verb for fact in facts(sql) if isinstance(fact, Followed)] == ["select", "set"]
