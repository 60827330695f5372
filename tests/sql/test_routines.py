"""A routine is known by the signature that PostgreSQL knows it by; its body keeps its places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.facts import Drop
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.text import Hole, SqlText
from outbox_guard.frontends.sql.routines.headers import Routine, header
from outbox_guard.sources import Source
from tests.support.sql_reading import facts

WORDS = st.sampled_from(
    (
        *("create", "or", "replace", "function", "do", "f", "a", ".", "(", ")", ",", "[", "]", "%"),
        *("int", "in", "out", "default", "=", "$$x$$", "'x'", "language", "returns", "table"),
        *("setof", "as", "begin", "atomic", "end", "return", "set", "role", "security", "type"),
    )
)


def read(sql: str) -> Routine:
    routine = header(sql, lex(sql))
    assert routine is not None
    return routine


def dropped(sql: str) -> list[str]:
    """The identities of the routines that a statement drops."""
    kinds = ("function", "procedure", "routine")
    return [f.identity for f in facts(sql) if isinstance(f, Drop) and f.kind in kinds]


@pytest.mark.parametrize(
    ("arguments", "types"),
    [
        ("", ""),
        ("a int, b integer, c int4, int", "integer, integer, integer, integer"),
        ("varchar(10), character varying", "character varying, character varying"),
        ("t timestamptz", "timestamp with time zone"),
        ("timestamp(3) with time zone", "timestamp with time zone"),
        ("double precision, d double precision", "double precision, double precision"),
        ("n numeric(10,2) = f(1, 2), m decimal[3]", "numeric, numeric[]"),
        ("a int[][], b int array", "integer[], integer[]"),
        ("IN a text, b IN text, IN OUT c text, INOUT d text", "text, text, text, text"),
        ("OUT a text, b OUT text, VARIADIC c text[]", "text[]"),
        ("p pg_catalog.int4, q public.outbox_state", "integer, outbox_state"),
        ("interval day to second, i interval", "interval, interval"),
        ('"P" "Type", c "char"', 'Type, "char"'),
        ("r t%ROWTYPE, s t.c%TYPE", "t%rowtype, c%type"),
        ("a text DEFAULT 'x', b bool := true", "text, boolean"),
    ],
)
def test_one_signature_has_one_identity_however_it_is_spelt(arguments: str, types: str) -> None:
    created = read(f"CREATE FUNCTION public.f({arguments}) RETURNS int LANGUAGE sql AS ''")
    assert created.identity == f"f({types})"
    assert dropped(f"DROP FUNCTION IF EXISTS public.f({arguments})") == [created.identity]


def test_parameters_have_names_modes_and_defaults() -> None:
    sql = "CREATE FUNCTION f(int, p_state text DEFAULT 'X', OUT n int) RETURNS TABLE (c text) AS ''"
    parameters = read(sql).signature.parameters
    assert [(each.name, each.mode) for each in parameters] == [
        ("", "in"),
        ("p_state", "in"),
        ("n", "out"),
        ("c", "table"),
    ]
    default = parameters[1].default
    assert default is not None
    assert sql[slice(*default)].strip() == "'X'"


@pytest.mark.parametrize(
    ("sql", "language", "body"),
    [
        ("CREATE FUNCTION f() RETURNS int LANGUAGE PLpgSQL AS $x$ b $x$", "plpgsql", " b "),
        ("CREATE FUNCTION f() RETURNS int AS 'b ''c''' LANGUAGE 'SQL'", "sql", "b 'c'"),
        ("CREATE FUNCTION f() RETURNS int AS 'lib', 'symbol' LANGUAGE c", "c", "lib"),
        ("CREATE PROCEDURE f() BEGIN ATOMIC a; b; END", "sql", "a; b;"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1 + 1", "sql", "1 + 1"),
        ("CREATE FUNCTION f() RETURNS NULL ON NULL INPUT RETURNS int AS 'b'", "sql", "b"),
        ("DO $$ b $$", "plpgsql", " b "),
        ("DO LANGUAGE plperl 'b'", "plperl", "b"),
        ("DO 'b' LANGUAGE sql", "sql", "b"),
    ],
)
def test_the_body_is_found_in_every_form(sql: str, language: str, body: str) -> None:
    routine = read(sql)
    assert routine.body is not None
    assert (routine.language, routine.body.decoded.text) == (language, body)


def test_options_are_read_in_any_order() -> None:
    sql = (
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger SET search_path = pg_catalog, public"
        " SECURITY DEFINER SET role TO 'x' LANGUAGE plpgsql AS $$ $$ SET a FROM CURRENT"
    )
    routine = read(sql)
    assert routine.replaces
    assert routine.security_definer
    assert routine.returns == "trigger"
    assert [sql[each.start : each.end] for each in routine.settings] == [
        "SET search_path = pg_catalog, public",
        "SET role TO 'x'",
        "SET a FROM CURRENT",
    ]


@pytest.mark.parametrize(
    ("sql", "identities"),
    [
        ("DROP FUNCTION a.f(int), g, h() CASCADE", ["f(integer)", "", "h()"]),
        ("DROP PROCEDURE IF EXISTS p(INOUT a int)", ["p(integer)"]),
        ("DROP ROUTINE r", [""]),
        ("DROP TABLE t", []),
    ],
)
def test_dropped_routines_are_listed(sql: str, identities: list[str]) -> None:
    assert dropped(sql) == identities


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE FUNCTION f() AS $$\n  DELETE$$",
        "CREATE FUNCTION f() AS '\n  DELETE'",
        "CREATE FUNCTION f() AS E'\\x41''\\n\\\\\n  DELETE'",
        "CREATE FUNCTION f()\n  RETURN DELETE",
    ],
)
def test_places_in_a_body_are_places_in_the_file(sql: str) -> None:
    routine = read(sql)
    assert routine.body is not None
    text = routine.body.text(SqlText.of(Source("a.sql", sql)))
    start = text.text.index("DELETE")
    place = text.place(start, start + len("DELETE"))
    (line,) = (each for each in sql.split("\n") if "DELETE" in each)
    column = line.index("DELETE") + 1
    assert (place.line, place.column, place.end_column) == (2, column, column + 6)


@pytest.mark.parametrize("quoted", ["$$a '' _h_ $$", "'a '''' _h_ '"])
def test_holes_go_with_their_body(quoted: str) -> None:
    sql = f"DO {quoted}"
    hole = Hole(sql.index("_h_"), sql.index("_h_") + 3, "identifier")
    whole = SqlText(sql, Source("a.py", sql).place, (hole,))
    routine = read(sql)
    assert routine.body is not None
    text = routine.body.text(whole)
    (moved,) = text.holes
    assert text.text[moved.start : moved.end] == "_h_"


@pytest.mark.parametrize("sql", ["SELECT 1", "CREATE TABLE t (a int)", "DROP TABLE t", ""])
def test_other_statements_are_no_routines(sql: str) -> None:
    assert header(sql, lex(sql)) is None


@given(st.lists(WORDS, max_size=20).map(lambda words: "create function f " + " ".join(words)))
def test_any_order_of_words_is_read_without_an_error(sql: str) -> None:
    assert read(sql).kind == "function"
    assert dropped(sql.replace("create", "drop"))
