"""What is compared with the clock is found however it is written, and nothing else is."""

from __future__ import annotations

import pytest
from examples import RULES, judgement

from outbox_guard.checking import check_sources

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
    "now() - next_attempt_at = interval '0'",
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


@pytest.mark.parametrize(("query", "project"), ORM.items(), ids=list(ORM))
def test_an_orm_compares_as_sql_does(query: str, project: tuple[str, int]) -> None:
    code, found = project
    assert count(code.format(query), "app/models.py") == found
