"""What CHECKs let pass, said by outbox-guard and by a server for each schema of the cases."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import psycopg
import pytest
from psycopg import sql

from outbox_guard.checking import check_sources
from tests.support.examples import RULES, judgement
from tests.support.postgres import Scratch
from tests.support.schemas import Texts, cases

LEASES = ("claimed_by", "lease_token", "lease_expires_at")
POOLS = (
    (None, "", "worker"),
    (None, "00000000-0000-0000-0000-000000000001"),
    (None, "2099-01-01"),
)
FIRST = {
    "instruction_id": "instruction",
    "idempotency_key": "key",
    "participant_id": "bank",
    "sequence_id": "1",
    "rail": "sepa",
    "payload": "{}",
}
STATUSES = ("FREE", "LEASED", "OTHER", None)
ABOUT = (
    "CREATE TYPE",
    "CREATE DOMAIN",
    "CREATE TABLE payment_outbox_pending",
    "ALTER TABLE payment_outbox_pending",
)
SCHEMAS = {
    f"{case.name}, {which}": texts
    for case in cases()
    if case.name.startswith(("OBG402", "OBG403"))
    for which, texts in (("wrong", case.wrong), ("harmless", case.harmless))
}


@pytest.fixture(scope="module")
def database(scratch: Scratch) -> str:
    return scratch.create("checks")


@pytest.mark.parametrize("texts", SCHEMAS.values(), ids=SCHEMAS)
def test_the_server_agrees(texts: Texts, scratch: Scratch, database: str) -> None:
    schema = {"schema/1.sql": ";\n".join(statements(texts))}
    found = {finding.code for finding in check_sources(schema, judgement(*RULES))}
    with psycopg.connect(scratch.server.conninfo, dbname=database) as connection:
        for statement in statements(texts):
            connection.execute(statement.encode())
        rows = accepted(connection)
        tried = accepted(connection, attempt_count=first_count(connection) + 1)
        connection.rollback()
    halves = [row for row in rows if 0 < sum(value is not None for value in row) < len(LEASES)]
    assert ("OBG403" in found) == bool(halves), halves
    assert ("OBG402" in found) != (bool(rows) and bool(tried))


def statements(texts: Texts) -> list[str]:
    """What makes the types and the table, and what alters that."""
    every = (part for path in sorted(texts) for part in texts[path].split(";\n\n"))
    bare = ("\n".join(x for x in part.splitlines() if not x.startswith("--")) for part in every)
    return [part for part in bare if part.lstrip().startswith(ABOUT)]


def first_count(connection: psycopg.Connection) -> int:
    query = """SELECT column_default FROM information_schema.columns
        WHERE table_name = 'payment_outbox_pending' AND column_name = 'attempt_count'"""
    return int(connection.execute(query).fetchall()[0][0])


def accepted(connection: psycopg.Connection, **more: int) -> list[tuple[str | None, ...]]:
    """The leases that the server takes, with whatever status there may be."""
    columns = connection.execute("SELECT * FROM payment_outbox_pending LIMIT 0").description or ()
    statuses = STATUSES if "status" in {column.name for column in columns} else STATUSES[:1]
    taken: dict[tuple[str | None, ...], None] = {}
    for status, values in product(statuses, product(*POOLS)):
        row: dict[str, str | int | None] = {
            **FIRST,
            **more,
            **dict(zip(LEASES, values, strict=True)),
        }
        if statuses is STATUSES:
            row["status"] = status
        if insert(connection, row):
            taken[values] = None
    return list(taken)


def insert(connection: psycopg.Connection, row: Mapping[str, str | int | None]) -> bool:
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    given = sql.SQL(", ").join(sql.Placeholder() * len(row))
    query = sql.SQL("INSERT INTO payment_outbox_pending ({}) VALUES ({})").format(names, given)
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(query, list(row.values()))
    except (psycopg.errors.CheckViolation, psycopg.errors.NotNullViolation):
        return False
    return True
