"""A condition of SQL is computed as PostgreSQL computes it, NULL by NULL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox_guard.frontends.sql.conditions import NotFollowed, condition
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.truth import NOTHING, SOMETHING, Column, formula_of, passing_row, text_of

ALL = "000 001 010 011 100 101 110 111"

# a, b and c are NULL (0) or not (1): what the condition lets pass.
ADMITTED: dict[str, str] = {
    "num_nulls(a, b, c) IN (0, 3)": "000 111",
    "pg_catalog.num_nonnulls(VARIADIC ARRAY[a, b, c]) = ANY ('{0,3}')": "000 111",
    "num_nulls(a, b, c) = 0 OR num_nonnulls(a, b, c) = 0": "000 111",
    "num_nulls(a, b, c) % 3 = 0": "000 111",
    "num_nulls(a, b) IN (0, 2)": "000 001 110 111",
    "(a IS NULL) = (b IS NULL) AND (b IS NULL) = (c IS NULL)": "000 111",
    "(a IS NULL) IS NOT DISTINCT FROM (b IS NULL)": "000 001 110 111",
    "a IS NULL IS NOT DISTINCT FROM (b IS NULL)": "000 001 110 111",
    "NOT (a IS NULL <> (b IS NULL) OR (c ISNULL) <> (a ISNULL))": "000 111",
    "(a, b, c) IS NULL OR ROW(a, b, c) IS NOT NULL": "000 111",
    "NOT ((a, b, c) IS NULL)": "001 010 011 100 101 110 111",
    "(a IS NULL)::int + (b IS NULL)::int4 + CAST(c IS NULL AS integer) IN (0, 3)": "000 111",
    "CASE WHEN a IS NULL THEN (b, c) IS NULL ELSE (b, c) IS NOT NULL END": "000 111",
    "CASE num_nulls(a, b, c) WHEN 1 THEN false WHEN 2 THEN false END": "000 111",
    "coalesce(a, b::text, c::text) IS NULL OR a || b::text || c::text IS NOT NULL": "000 111",
    "cardinality(array_remove(ARRAY[a, b::text, c::text], NULL)) IN (0, 3)": "000 111",
    "array_length(array_remove(ARRAY[a, b, c], NULL), 1) = 3": "000 111",
    "array_position(ARRAY[a, b, c], NULL) IS NULL": "111",
    "greatest(a, b, c) IS NULL OR least(a, b) = c": "000 001 010 011 100 101 110 111",
    # what is not known is not false
    "a = 'x'": ALL,
    "a = b": ALL,
    "NULL": ALL,
    "a IS NULL OR b": ALL,
    "a < 0xff OR a < 1_000 OR a < 2.5e3": ALL,
    "a < '1e999999999'": ALL,
    f"a < 5 OR a < '{'9' * 5000}'": ALL,
    "c > now() IS TRUE": "001 011 101 111",
    "c > now() IS NOT UNKNOWN": "001 011 101 111",
    "(c > other) IS NOT NULL": "001 011 101 111",
    "a IS NULL AND b IS NULL AND c IS NULL OR a <> '' AND b IS NOT NULL AND c IS NOT NULL": (
        "000 011 111"
    ),
    "a BETWEEN b AND c": ALL,
    "a NOT IN ('x', NULL)": ALL,
    "a IN ('x', NULL) IS NOT FALSE": ALL,
    # what contradicts itself
    "a <> a": "000 001 010 011",
    "a = 'x' AND a = 'y'": "000 001 010 011",
    "(status = 'x') = (a IS NULL) AND (status = 'x') = (b IS NULL) AND (status = 'y') IS TRUE": (
        "110 111"
    ),
    "a > b AND b > c AND c > a": "000 001 010 011 100 101 110",
    "a > 'm' AND a < 'm'": "000 001 010 011",
    "a > btrim(lower('M ')) AND a LIKE 'n%' IS NOT FALSE": ALL,
    "(a > btrim(lower('M '))) IS TRUE": "100 101 110 111",
    "length(a) < 0": "000 001 010 011",
    "length(coalesce(a, '')) > 0": "100 101 110 111",
    "(length(coalesce(a, '')) > 0) = (b IS NOT NULL) AND a <> ''": "000 001 110 111",
    "btrim(coalesce(a, '  ')) <> ''": "100 101 110 111",
    "flag AND NOT flag AND a IS NULL": "000 001 010 011",
    "coalesce(flag, false) = (a IS NOT NULL) AND coalesce(flag, false) = (b IS NOT NULL)": (
        "000 001 110 111"
    ),
    "n > 0 AND n < 1": ALL,  # where n is NULL
    "n IS NOT NULL AND n > 0 AND n < 1": "",
    "n IS NOT NULL AND n + 1 > 5 AND a IS NULL": "000 001 010 011",
    "(a, b) = (b, a)": ALL,
    "(a, b) <> (a, b)": "000 001 010 011 100 101",
    "(a, b) < (a, c)": ALL,
    "(a, b) IS DISTINCT FROM (c, c) OR a IS NULL": ALL,
    "nullif(a, a) IS NOT NULL": "",
    "data ->> 'x' IS NULL AND a LIKE '%x' ESCAPE '!' IS NOT FALSE": ALL,
    "extract(epoch FROM c) > 0 AND trim(BOTH ' ' FROM a) <> '' IS TRUE": "100 101 110 111",
    "c AT TIME ZONE 'UTC' > TIMESTAMP '2020-01-01' IS NOT NULL": "001 011 101 111",
    'payments."a" COLLATE "C" OPERATOR(pg_catalog.=) \'x\' IS NULL': "000 001 010 011",
    "a = ALL (ARRAY['x', 'y']) IS NOT FALSE": "000 001 010 011",
    "c - interval '1' day > other + INTERVAL '2 days' IS NOT NULL": "001 011 101 111",
    "a NOT LIKE 'x%' AND NOT a ~ '^y' AND b::uuid IS NOT NULL": ("010 011 110 111"),
    "current_user <> a IS TRUE": "100 101 110 111",
    "a BETWEEN SYMMETRIC 5 AND 1 IS TRUE": "100 101 110 111",
    "a BETWEEN 5 AND 1 IS TRUE": "",
    # what functions make of values that are known
    "((a IS NULL)::int << 2) | ((b IS NULL)::int << 1) | (c IS NULL)::int IN (0, 7)": "000 111",
    "(a IS NULL)::int << 1 | (b IS NULL)::int & 3 > 1": "000 001 010 011",
    "(a IS NULL)::int # (b IS NULL)::int = 0 AND abs(-1) = sign(2.5) + mod(4, 2)": (
        "000 001 110 111"
    ),
    "concat((a IS NULL)::int, (b IS NULL)::int, NULL, (c IS NULL)::int) IN ('000', '111')": (
        "000 111"
    ),
    "concat_ws('-', a IS NULL, b IS NULL) = 'f-t'": "100 101",
    "(a IS NULL)::int::text || (b IS NULL)::int::text ~ '^(00|11)$' OR true": ALL,
    "(a IS NULL)::int::text || (b IS NULL)::int::text ~ '^0[01]+$'": "100 101 110 111",
    "(a IS NULL)::text LIKE 't_u%' AND (b IS NULL)::text !~ 'true'": "010 011",
    # a range of numbers is its bounds
    "num_nulls(a, b, c) <@ int4range(0, 0, '[]')": "111",
    "int8range(1, 3) @> num_nulls(a, b, c)": "001 010 011 100 101 110",
    "NOT '(,2]'::numrange @> num_nulls(a, b, c)": "000",
    # a row or an array is no NULL, whatever is in it
    "(a && ARRAY[b]) IS NOT NULL": "100 101 110 111",
    "(ARRAY[a] || b) IS NOT NULL": "010 011 110 111",
    "(a LIKE ARRAY[b]) IS NULL": "000 001 010 011",
}

UNDECIDED = (
    "lease_ok(a, b)",
    "NOT public.lease_ok(a) OR a IS NULL AND b IS NULL",
    "(xs[1] = f(a)) IS TRUE",
    "width_bucket(num_nulls(a, b, c), 0, 3, 3) = 1",
    "num_nulls(a, b)::text ~ '^(?:0|2)$'",
    "num_nulls(a, b) <@ '[0,1'::int4range",
)
REFUSED = (
    "a = (SELECT 1)",
    "EXISTS (SELECT 1)",
    "a IN (SELECT 1)",
    "a =",
    "a b",
    "CASE WHEN a THEN b",
    "(a, b) = a",
    "NOT (a, b)",
    "a IS NULL AND (a, b)",
    "ARRAY[a] OR b IS NULL",
    "(a, b) IS NOT TRUE",
    "CASE WHEN (a, b) THEN true END",
    "a IS DOCUMENT",
    "a = ANY (xs)",
    "sum(a) FILTER (WHERE b) = 1",
    "(" * 80 + "a" + ")" * 80,
    "a < 1e999999999",
    "a < 1e-999999999",
    f"a < {'9' * 5000}",
    f"a < 0x{'f' * 5000}",
)


def admitted(sql: str, columns: dict[str, Column] | None = None) -> dict[str, str]:
    formula = formula_of(text_of(condition(lex(sql))))
    return {
        "".join(bits): passing_row([formula], dict(zip("abc", held, strict=True)), columns).verdict
        for bits, held in zip(
            product("01", repeat=3), product((NOTHING, SOMETHING), repeat=3), strict=True
        )
    }


@pytest.mark.parametrize(("sql", "rows"), ADMITTED.items(), ids=list(ADMITTED))
def test_the_rows_that_pass_are_known(sql: str, rows: str) -> None:
    verdicts = admitted(sql)
    assert " ".join(row for row, verdict in verdicts.items() if verdict == "yes") == rows
    assert "unknown" not in verdicts.values()


@pytest.mark.parametrize("sql", UNDECIDED)
def test_what_hangs_on_a_function_of_unknown_effect_is_neither_passed_nor_refused(sql: str) -> None:
    assert "unknown" in admitted(sql).values()


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_followed_is_said(sql: str) -> None:
    with pytest.raises(NotFollowed):
        condition(lex(sql))


def test_what_is_known_of_other_columns_counts() -> None:
    leased = "status = 'LEASED' OR (a, b, c) IS NULL"
    free = "status <> 'LEASED' OR (a, b, c) IS NOT NULL"
    both = f"({leased}) AND ({free})"
    tied = ["000", "111"]

    def passing(**columns: Column) -> list[str]:
        return [row for row, verdict in admitted(both, columns).items() if verdict == "yes"]

    assert passing() == ALL.split()
    assert passing(status=Column(nullable=False)) == tied
    two = (
        "(status <> 'FREE' OR (a, b, c) IS NULL) AND (status <> 'LEASED' OR (a, b, c) IS NOT NULL)"
    )
    enum = Column(nullable=False, values=("FREE", "LEASED"))
    assert [
        row for row, verdict in admitted(two, {"status": enum}).items() if verdict == "yes"
    ] == tied
    flags = "flag::int + (a IS NULL)::int <> 2 AND (a IS NULL)::int <> 0"
    boolean = Column(nullable=False, kind="boolean")
    assert admitted(flags, {"flag": boolean})["000"] == "yes"
    assert admitted(flags, {"flag": boolean})["111"] == "no"


SHAPES = """
({} AND {}); ({} OR {}); (NOT {}); ({} IS TRUE); ({} IS NOT NULL); ({} IS DISTINCT FROM {})
({} = {}); ({} < {}); ({} BETWEEN {} AND {}); ({} IN ({}, {})); ({} = ANY ({})); ({} <> ALL ({}))
({} || {}); (- {}); (~ {}); ({} + {}); ({} && {}); ({} -> {}); ({} LIKE {}); ({}[1]); ({})::text
({} COLLATE "C"); ({} AT TIME ZONE {}); ({})::int; (CASE {} WHEN {} THEN {} END)
(CASE WHEN {} THEN {} ELSE {} END); coalesce({}, {}); greatest({}, {}); nullif({}, {}); f({}, {})
num_nulls({}, {}); length({}); array_length({}, {}); concat({}, {}); ROW({}, {}); ARRAY[{}, {}]
"""
anything = st.recursive(
    st.sampled_from(("a", "b", "NULL", "1", "'x'", "true", "()", "ARRAY[]", "(a, b)", "{}")),
    lambda inner: st.sampled_from(re.split(r"[;\n] ?", SHAPES.strip())).flatmap(
        lambda shape: st.tuples(*[inner] * shape.count("{}")).map(
            lambda parts: shape.format(*parts)
        )
    ),
    max_leaves=6,
)


@given(anything)
def test_what_can_be_read_can_be_decided(sql: str) -> None:
    with suppress(NotFollowed):
        admitted(sql)


# SQLite computes with NULL as PostgreSQL does. All of its values are numbers here.
NAMES = ("a", "b", "d")
numbers = st.recursive(
    st.sampled_from((*NAMES, "0", "1", "2", "NULL")),
    lambda inner: st.one_of(
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds("nullif({}, {})".format, inner, inner),
        st.builds("CASE WHEN {} IS NULL THEN {} ELSE {} END".format, inner, inner, inner),
    ),
    max_leaves=3,
)
tests = st.one_of(
    st.builds("({} {} {})".format, numbers, st.sampled_from("= <> < <= > >=".split()), numbers),
    st.builds("({} IS {} {})".format, numbers, st.sampled_from(("", "NOT")), st.just("NULL")),
    st.builds("({} IS NOT DISTINCT FROM {})".format, numbers, numbers),
    st.builds("({} BETWEEN {} AND {})".format, numbers, numbers, numbers),
    st.builds("({} NOT IN ({}, {}))".format, numbers, numbers, numbers),
    st.builds("(({}, {}) < ({}, {}))".format, numbers, numbers, numbers, numbers),
    st.builds("(({}, {}) <> ({}, {}))".format, numbers, numbers, numbers, numbers),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(("AND", "OR")), inner),
        st.builds("(NOT {})".format, inner),
        st.builds("(({}) IS {} TRUE)".format, inner, st.sampled_from(("", "NOT"))),
        st.builds("(CASE WHEN {} THEN {} ELSE {} END)".format, inner, inner, inner),
    ),
    max_leaves=6,
)


def by_brute_force(sql: str) -> Iterator[str]:
    """The ways in which a and b are NULL or not in some row that passes."""
    rows = "(SELECT column1 AS {} FROM (VALUES (NULL), (0), (1), (2), (3), (-1), (4), (5)))"
    every = ", ".join(rows.format(name) for name in NAMES)
    shown = "(a IS NOT NULL) || (b IS NOT NULL)"
    query = f"SELECT DISTINCT {shown} FROM {every} WHERE ({sql}) IS NOT FALSE"
    with sqlite3.connect(":memory:") as database:
        yield from (row for (row,) in database.execute(query))


@settings(max_examples=150)
@given(conditions)
def test_another_database_agrees(sql: str) -> None:
    formula = condition(lex(sql))
    passing = {
        "".join(bits): passing_row([formula], dict(zip("ab", held, strict=True))).verdict
        for bits, held in zip(
            product("01", repeat=2), product((NOTHING, SOMETHING), repeat=2), strict=True
        )
    }
    assert {row for row, verdict in passing.items() if verdict == "yes"} == set(by_brute_force(sql))
    assert "unknown" not in passing.values()
