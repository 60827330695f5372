"""A semicolon ends a statement where PostgreSQL and psql say so, and nowhere else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.sql.lexing.lexer import comments
from outbox_guard.frontends.sql.lexing.splitter import chunks, split
from outbox_guard.frontends.sql.lexing.tokens import LexError

PIECES = (
    *("select 1", ";", "\n", " ", "(", ")", "'a;b'", "'", "$$;$$", "-- ;\n", "/* ; */", '"', "\\;"),
    *("create function f()", "begin atomic", "case x", "end", "\\gset", "\\echo x\n", "\\r"),
    *("copy t from stdin;\n", "\\.\n", "\\copy t from stdin\n", "\\\\"),
)


def texts(sql: str, *, psql: bool = False) -> list[str]:
    return [sql[chunk.start : chunk.end] for chunk in split(sql, psql=psql)]


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("a; b ;; c", ["a", "b", "c"]),
        (" -- a;\n b /* ; */ c;", ["b /* ; */ c"]),
        ("a ';' b; $$;$$; \";\"", ["a ';' b", "$$;$$", '";"']),
        ("CREATE RULE r AS ON INSERT TO t DO (a; b); c", None),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC a; SELECT CASE 1 END; END; c", None),
        ("CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC a; END; c", None),
        ("BEGIN; a; END; c", ["BEGIN", "a", "END", "c"]),
        ("CREATE VIEW v AS SELECT CASE x END; c", None),
        ("a); b", ["a)", "b"]),
    ],
)
def test_statements_are_split(sql: str, statements: list[str] | None) -> None:
    if statements is None:
        statements = [sql.removesuffix("; c"), "c"]
    assert texts(sql) == statements


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a \\g\nb;", ["a", "\\g", "b"]),
        ("a \\gset x\nb \\bind 1 \\g\n", ["a", "\\gset x", "b", "\\bind 1 \\g"]),
        ("a \\; b;", ["a", "\\;", "b"]),
        ("\\restrict k\na;\n\\unrestrict k\n", ["\\restrict k", "a", "\\unrestrict k"]),
        ("copy t from stdin;\n1;2\n\\.\nb", ["copy t from stdin", "1;2\n", "b"]),
    ],
)
def test_psql_sends_statements_in_its_own_ways(sql: str, expected: list[str]) -> None:
    assert texts(sql, psql=True) == expected


def test_a_command_amid_a_statement_leaves_blanks_in_it() -> None:
    sql = "select 1 \\echo x\n + 2;"
    command, statement = split(sql, psql=True)
    assert not command.is_statement
    assert statement.is_statement
    assert statement.text(sql) == "select 1        \n + 2"


def test_an_open_quote_does_not_hide_the_statements_before_it() -> None:
    first, broken = split("a; b 'c; d")
    assert first.error is None
    assert broken.error is not None
    assert (broken.start, broken.end, broken.error.offset) == (3, 10, 5)
    assert [token.value for token in broken.tokens] == ["b"]


def test_a_routine_body_is_split_at_its_own_offsets() -> None:
    sql = "create function f() begin atomic a; b; end"
    start, end = sql.index("a;"), sql.index(" end")
    assert [sql[chunk.start : chunk.end] for chunk in chunks(sql, start=start, end=end)] == [
        "a",
        "b",
    ]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.booleans())
def test_chunks_and_separators_are_the_whole_text(sql: str, psql: bool) -> None:
    """Nothing but blanks, comments, semicolons and data's end stands outside every chunk."""
    found = split(sql, psql=psql)
    inside = bytearray(len(sql))
    for chunk in found:
        inside[chunk.start : chunk.end] = b"\1" * (chunk.end - chunk.start)
    with suppress(LexError):
        for start, end in comments(sql, psql=psql):
            inside[start:end] = b"\1" * (end - start)
    outside = "".join(c for c, known in zip(sql, inside, strict=True) if not known)
    assert not set(outside.replace("\\.", "")) - set("; \n")


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_statements_do_not_overlap(sql: str) -> None:
    statements = [chunk for chunk in split(sql, psql=True) if chunk.is_statement]
    ends = [0, *(chunk.end for chunk in statements)]
    assert all(end <= chunk.start for end, chunk in zip(ends, statements, strict=False))
    assert all(chunk.text(sql).strip() for chunk in statements)
