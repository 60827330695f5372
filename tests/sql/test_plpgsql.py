"""Every SQL statement and expression of a PL/pgSQL body is found, with its place and its use."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.sql.routines.plpgsql import Item, PlpgsqlError, extract

BODY = """
#variable_conflict use_column
<<outer>>
DECLARE
  v_state text := 'FAILED'; r record; v_rows int; c CURSOR (k int) FOR SELECT * FROM q WHERE id = k;
BEGIN
  IF v_state = 'x' THEN
    DELETE FROM t WHERE id = r.id RETURNING id INTO STRICT v_id;
  ELSIF (SELECT CASE WHEN true THEN 1 END) THEN
    RAISE EXCEPTION 'no % of %', v_id, now() USING ERRCODE = 'P7002';
  ELSE
    PERFORM f(1);
  END IF;
  FOR r IN SELECT * FROM q FOR UPDATE SKIP LOCKED LOOP
    EXECUTE format('DELETE FROM %I', v_table) INTO v_rows USING r.id, v_state;
    EXIT outer WHEN v_rows = 0;
  END LOOP;
  CASE v_state WHEN 'a' THEN NULL; ELSE COMMIT; END CASE;
  new.state := 'DONE';
  RETURN QUERY SELECT 1;
EXCEPTION
  WHEN unique_violation THEN RETURN;
END outer;
"""
EXTRA = (":=", "'", "(", ")", ";", "FETCH", "OPEN", "..", "GET", "INTO", "DECLARE")
WORDS = (*dict.fromkeys(BODY.split()), *EXTRA)


def word_at(offset: int) -> str:
    return BODY[offset:].split(maxsplit=1)[0]


def one(body: str, kind: str) -> Item:
    (item,) = (item for item in extract(body) if item.kind == kind)
    return item


@pytest.mark.parametrize(
    ("statement", "items"),
    [
        ("x := 1 + 1;", ["expression: 1 + 1"]),
        ("a.b[1].c = f(2);", ["expression: f(2)"]),
        ("UPDATE t SET a = 1;", ["sql: UPDATE t SET a = 1"]),
        ("SELECT a INTO x, y.z FROM t;", ["sql: SELECT a             FROM t"]),
        (
            "INSERT INTO t TABLE s RETURNING a INTO x;",
            ["sql: INSERT INTO t TABLE s RETURNING a       "],
        ),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE;", None),
        ("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2; END;", None),
        ("CALL p(1);", ["sql: CALL p(1)"]),
        ("PERFORM set_config('role', 'x', true);", ["perform: set_config('role', 'x', true)"]),
        ("IF a THEN b := 1; END IF;", ["expression: a", "expression: 1"]),
        ("WHILE a LOOP b := 1; END LOOP;", ["expression: a", "expression: 1"]),
        (
            "FOR i IN REVERSE 9 .. f(2) BY 3 LOOP END LOOP;",
            ["expression: 9", "expression: f(2)", "expression: 3"],
        ),
        ("FOR r IN (SELECT 1) LOOP END LOOP;", ["query: (SELECT 1)"]),
        ("FOR r IN EXECUTE q USING 1 LOOP END LOOP;", ["expression: 1", "dynamic: q"]),
        (
            "FOR r IN c(1, k => 2) LOOP END LOOP;",
            ["fetch: c(1, k => 2)", "expression: 1", "expression: 2"],
        ),
        ("FOREACH x SLICE 1 IN ARRAY a LOOP END LOOP;", ["expression: a"]),
        ("CASE WHEN a THEN ELSE END CASE;", ["expression: a"]),
        ("OPEN c FOR SELECT 1;", ["query: SELECT 1"]),
        ("OPEN c NO SCROLL FOR EXECUTE q;", ["dynamic: q"]),
        ("OPEN c(7);", ["expression: 7", "control: OPEN c(7)"]),
        ("RETURN NEXT a;", ["expression: a"]),
        ("RETURN QUERY EXECUTE q USING a;", ["expression: a", "dynamic: q"]),
        ("RETURN (SELECT 1);", ["expression: (SELECT 1)", "control: RETURN (SELECT 1)"]),
        ("ASSERT a, 'b';", ["expression: a", "expression: 'b'"]),
        (
            "GET DIAGNOSTICS a = ROW_COUNT, b := X;",
            ["fetch: GET DIAGNOSTICS a = ROW_COUNT, b := X"],
        ),
        ("<<l>> LOOP CONTINUE l WHEN a; END LOOP l;", ["control: CONTINUE l", "expression: a"]),
        ("ROLLBACK AND CHAIN;", ["control: ROLLBACK AND CHAIN"]),
    ],
)
def test_a_statement_gives_the_sql_that_it_holds(statement: str, items: list[str] | None) -> None:
    body = f"BEGIN {statement} END"
    shown = [f"{item.kind}: {item.text}" for item in extract(body)]
    assert shown == (["sql: " + statement.removesuffix(";")] if items is None else items)


def test_an_expression_becomes_sql_by_its_prefix() -> None:
    items = extract("DECLARE a int := f(); BEGIN PERFORM g(); EXECUTE h(); DELETE FROM t; END")
    assert {item.kind: item.prefix for item in items} == {
        "declaration": "",
        "default": "SELECT ",
        "perform": "SELECT ",
        "dynamic": "SELECT ",
        "sql": "",
    }


@pytest.mark.parametrize(
    ("body", "kind", "targets"),
    [
        ("DECLARE v CONSTANT text := 'x'; BEGIN END", "default", ("v",)),
        ("DECLARE v text; BEGIN END", "declaration", ("v",)),
        ("BEGIN new.state := 1; END", "expression", ("new.state",)),
        ("BEGIN SELECT 1 INTO STRICT a, b.c[1] FROM t; END", "sql", ("a", "b.c")),
        ("BEGIN FOR a, b IN SELECT 1 LOOP END LOOP; END", "query", ("a", "b")),
        ("BEGIN EXECUTE q USING 1 INTO a; END", "dynamic", ("a",)),
        ("BEGIN FETCH NEXT FROM c INTO a; END", "fetch", ("a",)),
        ("BEGIN GET DIAGNOSTICS a = ROW_COUNT; END", "fetch", ("a",)),
        ("BEGIN IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y; END", "sql", ()),
    ],
)
def test_what_a_statement_fills_is_known(body: str, kind: str, targets: tuple[str, ...]) -> None:
    assert one(body, kind).targets == targets


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("DECLARE c NO SCROLL CURSOR FOR SELECT 1; BEGIN END", "cursor"),
        ("DECLARE c CURSOR (k int) IS SELECT 1; BEGIN END", "cursor"),
        ("BEGIN OPEN c FOR SELECT 1; END", "query"),
        ("BEGIN OPEN c FOR EXECUTE q; END", "dynamic"),
        ("BEGIN FETCH FORWARD 2 IN c INTO a; END", "fetch"),
        ("BEGIN MOVE c; END", "fetch"),
        ("BEGIN FOR r IN c LOOP END LOOP; END", "fetch"),
    ],
)
def test_a_cursor_is_followed_by_its_name(body: str, kind: str) -> None:
    assert one(body, kind).cursor == "c"


@pytest.mark.parametrize(
    ("statement", "level", "condition"),
    [
        ("RAISE;", "exception", ""),
        ("RAISE NOTICE 'x %', 1;", "notice", ""),
        ("RAISE unique_violation;", "exception", "unique_violation"),
        ("RAISE SQLSTATE 'P0001';", "exception", "P0001"),
        ("RAISE WARNING 'x' USING HINT = 'y', ERRCODE = 'P7002';", "warning", "P7002"),
        ("RAISE 'x' USING ERRCODE = a || 'b';", "exception", ""),
        ("RAISE USING MESSAGE = 'x';", "exception", ""),
    ],
)
def test_what_is_raised_is_known(statement: str, level: str, condition: str) -> None:
    item = one(f"BEGIN {statement} END", "raise")
    assert (item.level, item.condition, item.text) == (level, condition, statement[:-1])


def test_the_arguments_of_execute_are_found() -> None:
    body = "BEGIN EXECUTE 'x' INTO a USING f(1, 2), b; END"
    assert [body[start:end] for start, end in one(body, "dynamic").using] == ["f(1, 2)", "b"]


def test_an_item_knows_the_branches_around_it() -> None:
    paths = {
        item.text: [(arm.kind, word_at(arm.arm)) for arm in item.path] for item in extract(BODY)
    }
    body = ("block", "BEGIN")
    assert paths["v_state = 'x'"] == [body]
    assert paths["(SELECT CASE WHEN true THEN 1 END)"] == [body]
    assert paths["f(1)"] == [body, ("if", "ELSE")]
    assert paths["now()"] == [body, ("if", "ELSIF")]
    assert paths["v_rows = 0"] == [body, ("loop", "FOR")]
    assert paths["COMMIT"] == [body, ("case", "ELSE")]
    assert paths["unique_violation"] == []
    assert paths["RETURN"] == [("exception", "WHEN")]


def test_branches_of_one_statement_share_its_start() -> None:
    body = "BEGIN IF a THEN b := 1; ELSE b := 2; END IF; END"
    condition, first, second = extract(body)
    assert first.path[-1].start == second.path[-1].start == condition.at
    assert first.path[-1].arm != second.path[-1].arm


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN",
        "BEGIN END; END",
        "BEGIN x := 1 END",
        "BEGIN IF a THEN END LOOP; END",
        "BEGIN ELSE END",
        "BEGIN WHEN a THEN END",
        "BEGIN SELECT 1 INTO 'x'; END",
        "BEGIN FOR r LOOP END LOOP; END",
        "BEGIN 'x'; END",
        "BEGIN $$ END",
        "DECLARE x int;",
        "BEGIN GET x; END",
        "BEGIN " * 10_000,
    ],
)
def test_what_is_no_plpgsql_is_an_error(body: str) -> None:
    with pytest.raises(PlpgsqlError):
        extract(body)


def test_offsets_are_those_of_the_text_around() -> None:
    before = "CREATE FUNCTION f() AS $$"
    sql = f"{before}{BODY}$$"
    inside = extract(sql, len(before), len(before) + len(BODY))
    alone = extract(BODY)
    assert [item.start - len(before) for item in inside] == [item.start for item in alone]


@given(
    st.lists(st.tuples(st.integers(0, 120), st.sampled_from(WORDS)), max_size=6),
    st.lists(st.integers(0, 120), max_size=4),
)
def test_a_mutated_body_gives_items_or_an_error(
    replaced: list[tuple[int, str]], dropped: list[int]
) -> None:
    words = BODY.split(" ")
    for index, word in replaced:
        words[index % len(words)] = word
    body = " ".join(word for index, word in enumerate(words) if index not in dropped)
    with suppress(PlpgsqlError):
        for item in extract(body):
            assert len(item.text) == item.end - item.start
            assert item.text.replace(" ", "") in body.replace(" ", "") or item.kind == "sql"
