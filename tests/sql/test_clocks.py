"""What is compared with the clock is found however it is written, and nothing else is."""

from __future__ import annotations

import pytest

from outbox_guard.checking import check_sources
from tests.support.examples import RULES, judgement

PENDING = "SELECT 1 FROM payment_outbox_pending AS p WHERE {};"
FOUND = (
    "next_attempt_at = now()",
    "now() = next_attempt_at",
    "p.next_attempt_at=NOW()",
    "(p.next_attempt_at) = (now())",
    '"next_attempt_at" = pg_catalog.now()',
    "NOT next_attempt_at = current_timestamp(3)",
    "next_attempt_at::timestamptz = current_timestamp",
    "CAST(next_attempt_at AS timestamp with time zone) = localtimestamp",
    "next_attempt_at AT TIME ZONE 'UTC' = now() AT TIME ZONE 'UTC'",
    "lease_expires_at = clock_timestamp()::timestamptz",
    "lease_expires_at = now()::date",
    "lease_expires_at = current_date",
    "lease_expires_at = now() + interval '5 minutes'",
    "lease_expires_at - interval '1' minute = statement_timestamp()",
    "lease_expires_at IS NOT DISTINCT FROM transaction_timestamp()",
    "next_attempt_at = (SELECT now())",
    "(SELECT now()) = next_attempt_at",
    "coalesce(next_attempt_at = now(), false)",
    "CASE WHEN next_attempt_at = now() THEN true END",
    "outbox_id = 'x' OR claimed_by = 'y' AND next_attempt_at = now() AND true",
    # what comes to equality, in other words
    "next_attempt_at IN (now())",
    "next_attempt_at IN (created_at, now())",
    "next_attempt_at IN (SELECT now())",
    "next_attempt_at = ANY (ARRAY[now()])",
    "(rail, next_attempt_at) = ('x', now())",
    "(next_attempt_at, rail) IS NOT DISTINCT FROM (now(), 'x')",
    "NOT (next_attempt_at <> now())",
    "NOT next_attempt_at IS DISTINCT FROM now()",
    "(next_attempt_at <> now()) IS FALSE",
    "NOT (next_attempt_at < now() OR next_attempt_at > now())",
    "next_attempt_at BETWEEN now() AND now()",
    "next_attempt_at BETWEEN SYMMETRIC now() AND current_timestamp",
    "next_attempt_at >= now() AND rail = 'x' AND next_attempt_at <= now()",
    "now() - next_attempt_at = interval '0'",
    "next_attempt_at - now() = '00:00:00'::interval",
    "extract(epoch FROM next_attempt_at - now()) = 0",
    "date_part('epoch', now() - next_attempt_at) = 0.0",
    "age(now(), next_attempt_at) = interval '5 minutes'",
    "coalesce(next_attempt_at, created_at) = now()",
    "greatest(next_attempt_at, lease_expires_at) = now()",
    "nullif(next_attempt_at, now()) IS NULL",
    "CASE next_attempt_at WHEN now() THEN true ELSE false END",
    "CASE WHEN next_attempt_at <> now() THEN false ELSE true END",
    "next_attempt_at OPERATOR(pg_catalog.=) now()",
    "next_attempt_at = 'now'::timestamptz",
    "timestamptz 'now' = next_attempt_at",
    "next_attempt_at = clock_timestamp() AND EXISTS (SELECT 1)",
)
LEFT = (
    "next_attempt_at <= now()",
    "next_attempt_at <> now()",
    "lease_expires_at IS DISTINCT FROM now()",
    "next_attempt_at::date = current_date",
    "date_trunc('minute', next_attempt_at) = date_trunc('minute', now())",
    "next_attempt_at = date_trunc('minute', now())",
    "next_attempt_at = created_at",
    "created_at = now()",
    "next_attempt_at BETWEEN now() - interval '1 hour' AND now()",
    "next_attempt_at >= now() AND next_attempt_at <= now() + interval '1 hour'",
    "next_attempt_at BETWEEN now() AND clock_timestamp()",
    "next_attempt_at = '2027-01-01' AND next_attempt_at <= now()",
    "next_attempt_at <= now() AND lease_expires_at = next_attempt_at",
    "next_attempt_at < now() AND next_attempt_at > now()",
    "next_attempt_at IN (created_at) AND next_attempt_at <= now()",
    "next_attempt_at <= ANY (ARRAY[now(), created_at])",
    "(rail, next_attempt_at) <= ('x', now())",
    "NOT (next_attempt_at > now())",
    "NOT (next_attempt_at = created_at AND lease_expires_at <= now())",
    "next_attempt_at > now() IS NOT TRUE",
    "now() - next_attempt_at >= interval '0'",
    "abs(extract(epoch FROM next_attempt_at - now())) < 5",
    "date_part('day', now() - next_attempt_at) = 0",
    "coalesce(next_attempt_at, now()) <= now()",
    "coalesce(created_at, next_attempt_at) = now()",
    "greatest(next_attempt_at, now()) = now()",
    "nullif(next_attempt_at, created_at) IS NULL AND lease_expires_at < now()",
    "CASE WHEN next_attempt_at <= now() THEN 1 ELSE 0 END = 1",
    "rail = 'now' AND next_attempt_at <= now()",
    "f(next_attempt_at = created_at, now())",
    "p.next_attempt_at = '2027-01-01'",
    "note = 'next_attempt_at = now()' -- next_attempt_at = now()",
)
BODY = """CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_now timestamptz := {}; r payment_outbox_pending;
BEGIN
    {}
END $$;
"""
FIND = "PERFORM 1 FROM payment_outbox_pending WHERE next_attempt_at = v_now;"
STATEMENTS = {
    "an assignment": ("UPDATE payment_outbox_pending SET next_attempt_at = now();", 0),
    "one of several": (
        "UPDATE payment_outbox_pending p SET claimed_by = f(1, 2), next_attempt_at = now();",
        0,
    ),
    "a row of them": (
        "UPDATE payment_outbox_pending SET (lease_token, lease_expires_at) = (NULL, now());",
        0,
    ),
    "one after a conflict": (
        "INSERT INTO payment_outbox_pending (outbox_id) VALUES ('x')"
        " ON CONFLICT (outbox_id) DO UPDATE SET next_attempt_at = now();",
        0,
    ),
    "what an assignment is made of": (
        "UPDATE payment_outbox_pending SET next_attempt_at ="
        " CASE WHEN next_attempt_at = now() THEN now() END;",
        1,
    ),
    "behind an assignment": (
        "UPDATE payment_outbox_pending SET next_attempt_at = now() WHERE lease_expires_at = now()"
        " RETURNING claimed_by, next_attempt_at = now();",
        2,
    ),
    "a default": (
        "ALTER TABLE payment_outbox_pending ALTER next_attempt_at SET DEFAULT now();",
        0,
    ),
    "another table": ("SELECT 1 FROM jobs j WHERE j.next_attempt_at = now();", 0),
    "another table beside ours": (
        "SELECT 1 FROM payment_outbox_pending p JOIN jobs j ON j.next_attempt_at = now();",
        0,
    ),
    "ours beside another": (
        "SELECT 1 FROM jobs j JOIN payment_outbox_pending p ON p.next_attempt_at = now();",
        1,
    ),
    "a part of the statement": (
        "WITH due AS (SELECT * FROM payment_outbox_pending)"
        " SELECT 1 FROM due d WHERE d.next_attempt_at = now();",
        1,
    ),
    "a clock that a CTE reads": (
        "WITH t AS MATERIALIZED (SELECT 1 AS a, now() AS n)"
        " SELECT 1 FROM payment_outbox_pending p, t WHERE p.next_attempt_at = t.n;",
        1,
    ),
    "a clock that a CTE with columns reads": (
        "WITH t (a, n) AS (SELECT 1, clock_timestamp())"
        " SELECT 1 FROM payment_outbox_pending p, t WHERE t.n = p.next_attempt_at;",
        1,
    ),
    "a clock in a sub-query": (
        "SELECT 1 FROM payment_outbox_pending p JOIN (SELECT now() n1, now() AS n) AS t"
        " ON p.next_attempt_at = t.n;",
        1,
    ),
    "a clock in VALUES": (
        "SELECT 1 FROM payment_outbox_pending p"
        " JOIN (VALUES (1, now())) AS t (a, n) ON p.next_attempt_at = t.n;",
        1,
    ),
    "a time of a CTE beside the clock": (
        "WITH t AS (SELECT created_at AS n, now() AS m FROM jobs)"
        " SELECT 1 FROM payment_outbox_pending p, t WHERE p.next_attempt_at = t.n;",
        0,
    ),
    "a column that is called as a clock of another": (
        "WITH t AS (SELECT now() AS created_at)"
        " SELECT 1 FROM payment_outbox_pending p, t WHERE p.next_attempt_at = p.created_at;",
        0,
    ),
    "a condition of PL/pgSQL": (
        BODY.format("now()", "IF r.lease_expires_at = clock_timestamp() THEN NULL; END IF;"),
        1,
    ),
    "an assignment of PL/pgSQL": (BODY.format("now()", "r.next_attempt_at := now();"), 0),
    "one with an equals sign": (BODY.format("now()", "r.next_attempt_at = now();"), 0),
    "a variable that holds the clock": (BODY.format("now()", FIND), 1),
    "a variable that also holds another time": (
        BODY.format("now()", f"v_now := r.created_at; {FIND}"),
        0,
    ),
    "a variable that is filled by a query": (
        BODY.format("NULL", f"SELECT clock_timestamp() INTO v_now; {FIND}"),
        0,
    ),
    "a text that is run": (
        BODY.format(
            "now()",
            "EXECUTE 'SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at = now()';",
        ),
        1,
    ),
}


def count(text: str, path: str = "app/q.sql") -> int:
    report = check_sources({path: text}, judgement(*RULES))
    return sum(finding.code == "OBG401" for finding in report)


@pytest.mark.parametrize("condition", FOUND)
def test_equality_with_the_clock_is_found(condition: str) -> None:
    assert count(PENDING.format(condition)) == 1


@pytest.mark.parametrize("condition", LEFT)
def test_what_can_be_true_is_left(condition: str) -> None:
    assert count(PENDING.format(condition)) == 0


@pytest.mark.parametrize(("sql", "found"), STATEMENTS.values(), ids=STATEMENTS)
def test_assignments_and_other_tables_are_something_else(sql: str, found: int) -> None:
    assert count(sql) == found


SQLALCHEMY = """
from datetime import datetime, timezone
from sqlalchemy import Column, DateTime, func, select
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase): ...

class Pending(Base):
    __tablename__ = "payment_outbox_pending"
    next_attempt_at = Column(DateTime, primary_key=True)
    expires = Column("lease_expires_at", DateTime)
    created_at = Column(DateTime)

def f(session, now=datetime.now(timezone.utc)):
    return session.scalars(select(Pending).{})
"""
DJANGO = """
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

class Pending(models.Model):
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "payment_outbox_pending"

def f():
    now = timezone.now()
    return Pending.objects.{}
"""
ORM = {
    "where(Pending.next_attempt_at == func.now())": (SQLALCHEMY, 1),
    "where((func.clock_timestamp()) == (Pending.expires))": (SQLALCHEMY, 1),
    "where(Pending.next_attempt_at == datetime.now(timezone.utc))": (SQLALCHEMY, 1),
    "where(Pending.next_attempt_at <= func.now())": (SQLALCHEMY, 0),
    "where(Pending.next_attempt_at != func.now())": (SQLALCHEMY, 0),
    "where(Pending.created_at == func.now())": (SQLALCHEMY, 0),
    "where(Pending.next_attempt_at == Pending.expires)": (SQLALCHEMY, 0),
    "where(Pending.next_attempt_at == now)": (SQLALCHEMY, 0),
    "filter(next_attempt_at=Now())": (DJANGO, 1),
    "exclude(created_at=Now()).filter(next_attempt_at__exact=timezone.now())": (DJANGO, 1),
    "filter(next_attempt_at__lte=Now())": (DJANGO, 0),
    "filter(next_attempt_at=now)": (DJANGO, 0),
    "update(next_attempt_at=Now())": (DJANGO, 0),
}


PYTHON = {
    'c.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at = %s", (now(),))': 1,
    'c.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at IN ($1)", now())': 1,
    'c.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at = :t", {"t": now()})': 1,
    'c.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at <= %s", (now(),))': 0,
    'c.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at = %s", (at,))': 0,
    'c.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at = %s", (own(),))': 0,
    'c.execute("SELECT %s FROM payment_outbox_pending WHERE next_attempt_at = %s", (now(), at))': 0,
}


@pytest.mark.parametrize(("call", "found"), PYTHON.items(), ids=list(PYTHON))
def test_a_placeholder_may_be_given_the_clock(call: str, found: int) -> None:
    code = f"from datetime import datetime\n\ndef f(c, at, own):\n    {call}\n"
    assert count(code.replace("now()", "datetime.now()"), "tests/q.py") == found


@pytest.mark.parametrize(("query", "project"), ORM.items(), ids=list(ORM))
def test_an_orm_compares_as_sql_does(query: str, project: tuple[str, int]) -> None:
    code, found = project
    assert count(code.format(query), "app/models.py") == found
