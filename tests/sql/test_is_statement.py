"""Whole statements are told from prose that begins with the same word, and from fragments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.sql import is_statement

STATEMENTS = [
    "DELETE FROM t",
    "DELETE FROM t;",
    "DELETE FROM only public.t AS x USING y WHERE x.a = y.a RETURNING *",
    "delete from payment_outbox_pending where outbox_id = %s",
    "UPDATE t SET a = 1",
    "UPDATE t AS x SET (a, b) = (1, 2) WHERE c",
    "INSERT INTO t VALUES (1)",
    "INSERT INTO t (a, b) VALUES (%s, %(x)s) ON CONFLICT DO NOTHING",
    "INSERT INTO t AS a (x) SELECT * FROM y",
    "INSERT INTO t DEFAULT VALUES",
    "INSERT INTO t (VALUES (1))",
    "SELECT 1",
    "SELECT * FROM t",
    "SELECT a, b AS c FROM t x WHERE x.a = 1 FOR UPDATE SKIP LOCKED",
    "SELECT count(*) FROM payment_outbox_attempts",
    "SELECT outbox_id FROM payment_outbox_pending LIMIT 5 FOR UPDATE SKIP LOCKED",
    "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a",
    "SELECT set_config('role', 'x', true)",
    "select now()",
    "WITH d AS (SELECT 1) DELETE FROM t USING d",
    "WITH RECURSIVE d(a) AS MATERIALIZED (SELECT 1), e AS (SELECT 2) SELECT * FROM d",
    "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE t",
    "TRUNCATE TABLE a, b CASCADE",
    "COPY t (a, b) FROM STDIN",
    "COPY (SELECT 1) TO STDOUT",
    "SET ROLE x",
    "SET LOCAL ROLE 'x'",
    "SET SESSION AUTHORIZATION bob",
    "RESET ROLE",
    "SET role = x",
    "SET search_path TO a, b",
    "CREATE TABLE t (a int)",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
    "DROP TABLE IF EXISTS t",
    "ALTER TABLE t ADD COLUMN a int",
    "GRANT SELECT ON t TO x",
    "REVOKE ALL ON t FROM PUBLIC",
    "DO $$ BEGIN END $$",
    "EXPLAIN ANALYZE DELETE FROM t",
    "BEGIN",
    "BEGIN; DELETE FROM t; COMMIT",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "VALUES (1), (2)",
    "DISCARD ALL",
    "SELECT 'a' || b FROM t",
    "SELECT a FROM t, u WHERE t.a = u.a",
    "SELECT e.id FROM events e JOIN x ON true",
    "SELECT pg_notify('x', 'y')",
    "DELETE FROM {table} WHERE id = {id}",
    "INSERT INTO _hole_1_ (a) VALUES (_hole_2_)",
    "SELECT _hole_1_ FROM payment_outbox_pending _hole_2_",
    "DECLARE c CURSOR FOR SELECT 1",
    "LOCK TABLE t IN EXCLUSIVE MODE",
    "COMMENT ON TABLE t IS 'x'",
    "CALL f(1)",
    "PREPARE q AS DELETE FROM t",
    "SELECT id FROM jobs",
]

PROSE = [
    "Delete from the list",
    "Delete from the list.",
    "Delete from list all entries",
    "Update available",
    "Update the table set in the config",
    "Update settings",
    "Select an option",
    "Select an option from the list",
    "select a file from disk",
    "Select one of these",
    "set role of user",
    "set role",
    "Set the role to admin",
    "Set timeout to ten seconds",
    "reset role of the user",
    "Reset password",
    "Reset",
    "Insert into the middle",
    "insert into list",
    "Insert coin",
    "With great power comes great responsibility",
    "With x as the base, select y",
    "Truncate the file",
    "Truncate",
    "Copy files from here to there",
    "Copy to clipboard",
    "Create a new account",
    "Create table of contents",
    "Create an index for the book",
    "Drop files here",
    "Drop the table",
    "Grant access to users",
    "Grant access to the admin",
    "Revoke access from users",
    "Do not disturb",
    "Do it",
    "Commit changes",
    "Merge into main",
    "merge into main using squash when ready",
    "Values matter",
    "Table of contents",
    "explain this",
    "Call me",
    "comment on this",
    "Lock the door",
    "payment_outbox_pending",
    "DELETE",
    "SELECT",
    "DELETE FROM",
    "delete from cart failed",
    "INSERT INTO payment_outbox_attempts",
    "%s",
    '"" ',
    "hello world",
    "Discard all changes",
    "Select all",
    "select all from list",
    "Execute query",
    "SELECT name FROM the list",
    "declare war for peace",
    "Update user set failed",
    "update x set y",
]

FRAGMENTS = [
    "WHERE outbox_id = 1",
    "FROM payment_outbox_pending",
    "payment_outbox_pending",
    "",
    ";",
    "AND x",
    "'DELETE FROM t'",
    "-- DELETE FROM t",
    "SELECT (1",
    "DELETE FROM t WHERE 'x",
]


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_is_one(text: str) -> None:
    assert is_statement(text)
    assert is_statement(f"\n  {text} ;\n-- the end")


@pytest.mark.parametrize("text", [*PROSE, *FRAGMENTS])
def test_prose_and_fragments_are_none(text: str) -> None:
    assert not is_statement(text)


@given(st.sampled_from(STATEMENTS), st.sampled_from(PROSE))
def test_a_statement_with_prose_behind_it_is_none(text: str, prose: str) -> None:
    assert not is_statement(f"{text}; {prose}")


@given(st.sampled_from(STATEMENTS), st.sampled_from(STATEMENTS))
def test_two_statements_are_statements(one: str, other: str) -> None:
    assert is_statement(f"{one};\n{other}")
