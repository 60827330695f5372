"""A verdict does not depend on how a statement is dressed, and no text makes the reader raise."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox_guard.facts import Undetermined, Write
from outbox_guard.frontends.sql import is_statement
from outbox_guard.frontends.sql.lexing.lexer import lex, scan
from tests.sql.test_claims import FOUND as CLAIMS
from tests.sql.test_claims import TWINS as NO_CLAIMS
from tests.sql.test_states import FOUND as STATES
from tests.sql.test_states import TWINS as NO_STATES
from tests.support.sql_reading import MARK, facts, handed_over, writes

# The ways to join a DELETE to a lock, with the table as {t} and the lock as {lock}.
SHAPES = (
    "DELETE FROM {t} WHERE id IN (SELECT id FROM {t} {lock})",
    "DELETE FROM {t} WHERE id = ANY(ARRAY(SELECT id FROM {t} {lock}))",
    "DELETE FROM {t} WHERE (id, n) IN (SELECT id, n FROM {t} {lock})",
    "DELETE FROM {t} WHERE ctid = (SELECT ctid FROM {t} {lock} LIMIT 1)",
    "DELETE FROM {t} AS p USING (SELECT id FROM {t} {lock}) d WHERE p.id = d.id",
    "DELETE FROM ONLY {t} p USING others, LATERAL (SELECT id FROM {t} {lock}) d WHERE p.id = d.id",
    "WITH d AS (SELECT id FROM {t} {lock}) DELETE FROM {t} USING d WHERE true",
    "WITH d AS (SELECT id FROM {t} {lock}), e AS (SELECT * FROM d)"
    " DELETE FROM {t} WHERE id IN (SELECT id FROM e)",
    "WITH d AS MATERIALIZED (SELECT id FROM {t} {lock}), x AS"
    " (DELETE FROM {t} p USING d WHERE p.id = d.id RETURNING p.*) SELECT * FROM x",
    "WITH d AS (SELECT id FROM {t} {lock}) DELETE FROM {t} p"
    " WHERE EXISTS (SELECT 1 FROM d WHERE d.id = p.id)",
    "MERGE INTO {t} p USING (SELECT id FROM {t} {lock}) d ON p.id = d.id WHEN MATCHED THEN DELETE",
    "EXPLAIN ANALYZE DELETE FROM {t} WHERE id IN (SELECT id FROM {t} {lock})",
    "PREPARE q AS DELETE FROM {t} WHERE id IN (SELECT id FROM {t} {lock})",
    "COPY (DELETE FROM {t} WHERE id IN (SELECT id FROM {t} {lock}) RETURNING *) TO STDOUT",
    "CREATE TABLE c AS WITH x AS (DELETE FROM {t} WHERE id IN (SELECT id FROM {t} {lock})"
    " RETURNING *) SELECT * FROM x",
    "CREATE RULE r AS ON INSERT TO w DO ALSO DELETE FROM {t}"
    " WHERE id IN (SELECT id FROM {t} {lock})",
    "DELETE FROM {t} WHERE id IN (SELECT id FROM {t} {lock}) RETURNING WITH (OLD AS o) o.id",
)
TABLES = (
    "payment_outbox_pending",
    "public.payment_outbox_pending",
    "PAYMENT_OUTBOX_PENDING",
    '"payment_outbox_pending"',
    '"public"."payment_outbox_pending"',
    'U&"payment\\005foutbox_pending"',
    "public . payment_outbox_pending",
    "public./* . */payment_outbox_pending",
    "app_1.Payment_Outbox_Pending",
)
LOCKS = (
    "FOR UPDATE SKIP LOCKED",
    "for no key update skip locked",
    "FOR UPDATE -- nowait\n SKIP /* */ LOCKED",
    "ORDER BY n FOR UPDATE SKIP LOCKED",
    "FOR UPDATE OF payment_outbox_pending SKIP LOCKED",
    "FOR KEY SHARE FOR UPDATE SKIP LOCKED",
)
NO_LOCKS = ("", "FOR UPDATE", "FOR UPDATE NOWAIT", "FOR SHARE SKIP LOCKED")
TWIN_TABLES = ("payment_outbox_pending_2", '"Payment_Outbox_Pending"', "payment_outbox.pending")


def claims(sql: str) -> int:
    return sum(write.claims_locked_rows for write in writes(sql))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_with_every_table_and_lock_is_one_claim(shape: str) -> None:
    for table, lock in product(TABLES, LOCKS):
        assert claims(shape.format(t=table, lock=lock)) == 1, (table, lock)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_the_lock_or_the_table_no_shape_is_a_claim(shape: str) -> None:
    for lock in NO_LOCKS:
        assert claims(shape.format(t="payment_outbox_pending", lock=lock)) == 0, lock
    for table in TWIN_TABLES:
        assert claims(shape.format(t=table, lock="FOR UPDATE SKIP LOCKED")) == 0, table


def dressed(sql: str, choose: random.Random) -> str:
    """The same statements in other letters, blanks and comments, outside of literals."""
    parts: list[str] = []
    at = 0
    for token in scan(sql, comments=True):
        parts.append(sql[at : token.start])
        at = token.end
        text = sql[token.start : at]
        if token.kind == "comment" and text == MARK:
            parts.append(text)
            continue
        if token.kind == "word":
            text = "".join(
                choose.choice((c.upper(), c.lower())) if c.isascii() else c for c in text
            )
        parts.append(text)
        if token.kind in ("word", "number") and choose.random() < 0.1:
            parts.append(choose.choice(("\n", "\t ", "/* ; ' */ ", "-- it's\n", "/* /* */ */ ")))
    return "".join((*parts, sql[at:]))


def plain(cases: dict[str, str]) -> list[str]:
    """Cases whose blanks mean nothing: no psql, no data, no templates, no nested quotes."""
    return [
        sql for sql in cases.values() if not any(s in sql for s in ("\\", "{", "stdin", "EXECUTE"))
    ]


def verdict(sql: str) -> list[tuple[object, ...]]:
    return [
        (w.op, w.table, w.claims_locked_rows, w.mutates, w.states, w.by_position)
        for w in writes(sql)
    ]


EVERYTHING = [sql for cases in (CLAIMS, NO_CLAIMS, STATES, NO_STATES) for sql in plain(cases)]


@settings(max_examples=300)
@given(st.sampled_from(EVERYTHING), st.randoms(use_true_random=False))
def test_case_blanks_and_comments_change_no_verdict(sql: str, choose: random.Random) -> None:
    assert verdict(dressed(sql, choose)) == verdict(sql)


@settings(max_examples=200)
@given(st.sampled_from(EVERYTHING), st.sampled_from(("public.", '"public".', "app . ")))
def test_a_schema_changes_no_verdict(sql: str, schema: str) -> None:
    for verb in ("DELETE FROM ", "INSERT INTO ", "UPDATE ", "MERGE INTO "):
        sql = sql.replace(f"{verb}payment_outbox", f"{verb}{schema}payment_outbox")
    assert [(w.op, w.claims_locked_rows) for w in writes(sql)] == [
        (w.op, w.claims_locked_rows) for w in writes(sql.replace(schema + "payment", "payment"))
    ]


@settings(max_examples=150)
@given(
    st.sampled_from(
        [s for s in EVERYTHING if not any(w in s for w in ("FUNCTION", "PROCEDURE", "DO $"))]
    )
)
def test_what_stands_in_a_function_is_judged_as_outside(sql: str) -> None:
    outside = [(w.op, w.table, w.states, w.by_position) for w in writes(sql)]
    inside = writes(f"CREATE FUNCTION g() RETURNS void LANGUAGE sql AS $body$ {sql} $body$")
    assert [(w.op, w.table, w.states, w.by_position) for w in inside] == outside


FRAGMENTS = [
    *(
        "SELECT",
        "DELETE FROM",
        "payment_outbox_pending",
        "payment_outbox_attempts",
        "WHERE",
        "(",
        ")",
    ),
    *(
        "'",
        '"',
        "$$",
        "$1",
        ",",
        ";",
        "WITH x AS (",
        "FOR UPDATE SKIP LOCKED",
        "VALUES",
        "/*",
        "--",
    ),
    *(
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$",
        "BEGIN",
        "END",
        "LOOP",
        "IF",
        "THEN",
    ),
    *(
        "EXECUTE",
        "format('%s %I %L'",
        "||",
        ":=",
        "NEW.state",
        "INTO",
        "USING",
        "SET ROLE",
        "%s",
        ":x",
    ),
    *("INSERT INTO", "UPDATE", "SET", "state", "=", "'DISPATCHING'", "MERGE INTO", "WHEN MATCHED"),
    *(
        "COPY",
        "FROM stdin;\n",
        "\\.\n",
        "\\gset\n",
        "{{ x }}",
        "E'\\",
        "U&'",
        "::",
        "[",
        "]",
        ".",
        "*",
    ),
    *(
        "DO $x$",
        "$x$",
        "CREATE TABLE",
        "DEFAULT",
        "ALTER TABLE",
        "ADD COLUMN",
        "TRUNCATE",
        "\n",
        "\x00",
    ),
    *("CREATE TRIGGER t", "ON", "EXECUTE FUNCTION f()", "CREATE VIEW v AS", "DECLARE c CURSOR FOR"),
    *(
        "RETURN QUERY",
        "PERFORM",
        "set_config('role', 'x', true)",
        "DROP FUNCTION f(int)",
        "PREPARE q AS",
    ),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join))
def test_no_heap_of_fragments_raises(sql: str) -> None:
    facts(sql)
    handed_over(sql)
    is_statement(sql)


@settings(max_examples=150)
@given(st.sampled_from(EVERYTHING), st.data())
def test_no_damage_raises_or_goes_unseen(sql: str, data: st.DataObject) -> None:
    """Cut anywhere: what names a guarded table is followed, or said not to be, or was a read."""
    at = data.draw(st.integers(0, len(sql)))
    gap = data.draw(st.integers(0, 10))
    facts(sql[:at] + sql[at + gap :])
    handed_over(sql[:at] + sql[at + gap :])


@given(st.text(max_size=80))
def test_no_text_raises(sql: str) -> None:
    facts(sql)
    is_statement(sql)


def test_a_statement_nested_past_reason_is_told_from_its_tokens() -> None:
    deep = f"DELETE FROM payment_outbox_pending WHERE {'(' * 3000}a{')' * 3000} = 1"
    (write,) = writes(deep)
    assert (write.op, write.claims_locked_rows) == ("delete", False)
    assert not [fact for fact in facts(deep) if isinstance(fact, Undetermined)]


def test_a_long_chain_of_conditions_is_followed() -> None:
    chain = " OR ".join(f"outbox_id = {number}" for number in range(3000))
    (write,) = writes(f"DELETE FROM payment_outbox_pending WHERE {chain}")
    assert isinstance(write, Write)
    assert not write.claims_locked_rows


def test_many_rows_of_literals_give_each_of_their_states() -> None:
    rows = ", ".join(f"({number}, 'S{number % 40}')" for number in range(5000))
    (write,) = writes(f"INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES {rows}")
    assert set(write.states) == {f"S{number}" for number in range(40)}
    assert len(lex(rows)) > len(write.states)
