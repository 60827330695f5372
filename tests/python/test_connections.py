"""What one call leaves on a connection is known to the next on the same one, and to no other."""

from __future__ import annotations

import pytest

from outbox_guard.checking import check_sources
from tests.support.examples import RULES, judgement

LOCKED = "SELECT outbox_id FROM payment_outbox_pending FOR UPDATE SKIP LOCKED"
MARK = f"CREATE TEMP TABLE due AS {LOCKED}"
FORGET = "DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT outbox_id FROM due)"


def claims(code: str) -> bool:
    """Whether the code's only DELETE is told as a claim."""
    text = code.replace("MARK", f'"{MARK}"').replace("FORGET", f'"{FORGET}"')
    report = check_sources({"services/relayer/drain.py": text}, judgement(*RULES))
    codes = [each.code for each in report.findings if each.code in ("OBG101", "OBG103")]
    assert len(codes) == 1
    return codes == ["OBG101"]


SAME = {
    "a cursor of its own": """
def drain(connection):
    connection.execute(MARK)
    connection.cursor().execute(FORGET)
""",
    "a method that was looked up before": """
def drain(connection):
    run = connection.execute
    run(MARK)
    run(FORGET)
""",
    "a closure": """
def drain(connection):
    def run(statement):
        return connection.execute(statement)

    run(MARK)
    run(FORGET)
""",
    "a function that gives the cursor": """
def cursor_of(connection):
    return connection.cursor()

def drain(mine, other):
    cursor_of(mine).execute(MARK)
    cursor_of(mine).execute(FORGET)
""",
    "the result of a call on it": """
def drain(connection):
    cursor = connection.execute(MARK)
    cursor.execute(FORGET)
""",
    "a name that nobody binds": """
def drain():
    db.run(MARK)
    db.run(FORGET)
""",
    "Django's connection": """
from django.db import connection, transaction

def drain():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(MARK)
        with connection.cursor() as cursor:
            cursor.execute(FORGET)
""",
    "the connection of a module": """
import psycopg

connection = psycopg.connect("service=relay")

def forget():
    connection.execute(FORGET)

def mark():
    connection.execute(MARK)
""",
    "an object that marks where its with begins": """
class Due:
    def __init__(self, connection):
        self.connection = connection

    def __enter__(self):
        self.connection.execute(MARK)
        return self

    def __exit__(self, *_):
        self.connection.commit()

def drain(connection):
    with Due(connection):
        connection.execute(FORGET)
""",
    "a list of statements": """
def drain(connection):
    for statement in (MARK, FORGET):
        connection.execute(statement)
""",
    "either of two statements": """
def drain(connection, again):
    connection.execute("SELECT 1" if again else MARK)
    connection.execute(FORGET)
""",
}
ANOTHER = {
    "another parameter of the same type": """
import psycopg

def drain(mine: psycopg.Connection, other: psycopg.Connection):
    mine.execute(MARK)
    other.execute(FORGET)
""",
    "another attribute": """
def drain(context):
    context.reader.execute(MARK)
    context.writer.execute(FORGET)
""",
    "another connection of the same engine": """
from sqlalchemy import create_engine

engine = create_engine("postgresql://relay")

def drain():
    with engine.connect() as mine, engine.connect() as other:
        mine.exec_driver_sql(MARK)
        other.exec_driver_sql(FORGET)
""",
    "the next connection of a pool": """
def drain(pool):
    with pool.connection() as connection:
        connection.execute(MARK)
    with pool.connection() as connection:
        connection.execute(FORGET)
""",
    "a function that gives the cursor of another": """
def cursor_of(connection):
    return connection.cursor()

def drain(mine, other):
    cursor_of(mine).execute(MARK)
    cursor_of(other).execute(FORGET)
""",
    "two objects of one class": """
class Session:
    def __init__(self, connection):
        self.connection = connection

    def run(self, statement):
        self.connection.execute(statement)

def drain(mine, other):
    Session(mine).run(MARK)
    Session(other).run(FORGET)
""",
    "functions that are each handed one": """
def mark(connection):
    connection.execute(MARK)

def forget(connection):
    connection.execute(FORGET)
""",
    "the other branch": """
def drain(connection, kind):
    match kind:
        case "mark":
            connection.execute(MARK)
        case "forget":
            connection.execute(FORGET)
""",
    "a branch that goes no further": """
def drain(connection, only_mark):
    if only_mark:
        connection.execute(MARK)
        raise SystemExit
    connection.execute(FORGET)
""",
    "a table that was emptied": """
def drain(connection):
    connection.execute(MARK)
    connection.execute("TRUNCATE due")
    connection.execute(FORGET)
""",
    "a session that was discarded": """
def drain(connection):
    connection.execute(MARK)
    connection.execute("DISCARD TEMP")
    connection.execute(FORGET)
""",
    "a statement that is only made": """
from sqlalchemy import text

def drain(connection):
    print(text(MARK))
    connection.execute(text(FORGET))
""",
}


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in SAME.items()])
def test_what_is_left_is_found_on_the_same_connection(code: str) -> None:
    assert claims(code)


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in ANOTHER.items()])
def test_what_is_left_is_not_found_elsewhere(code: str) -> None:
    assert not claims(code)


def many_ways(depth: int) -> set[str]:
    """What is told of functions that each leave a table or not, and call the next one twice."""
    steps = "\n".join(
        f"def step_{n}(connection, flag):\n"
        f"    for each in flag:\n"
        f"        if each:\n"
        f'            connection.execute("CREATE TEMP TABLE due{n or ""} AS {LOCKED}")\n'
        f"        step_{n + 1}(connection, each)\n"
        f"        step_{n + 1}(connection, flag)\n"
        for n in range(depth)
    )
    last = f'def step_{depth}(connection, flag):\n    connection.execute("{FORGET}")\n'
    report = check_sources({"services/relayer/drain.py": steps + last}, judgement(*RULES))
    return {finding.code for finding in report.findings}


def test_ways_through_what_is_left_are_followed_or_told() -> None:
    assert many_ways(2) == {"OBG101"}
    assert many_ways(9) == {"OBG101", "OBG002"}
