"""SQL is cut into the tokens that PostgreSQL itself, or psql, would see."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.sql.lexing.lexer import comments, lex, scan
from outbox_guard.frontends.sql.lexing.literals import decode
from outbox_guard.frontends.sql.lexing.tokens import LexError

# What makes lexers stumble, in any order.
SHARDS = st.sampled_from(
    (
        *(
            "'",
            "''",
            '"',
            "E'",
            "U&'",
            'U&"',
            "$$",
            "$a$",
            "$1",
            "\\",
            "\\x41",
            "\\u0041",
            "+00004",
        ),
        *(
            "/*",
            "*/",
            "--",
            "\n",
            "\r\n",
            " ",
            "\0",
            "\ufeff",
            "\u00a0",
            "İ",
            ";",
            "(",
            ")",
            "[",
            "]",
        ),
        *(
            ":x",
            ":'x'",
            "::",
            ":=",
            "..",
            "=>",
            "+",
            "-",
            "||",
            "?",
            "1",
            "1.5e3",
            "0x1F",
            "uescape",
        ),
        *(
            "copy",
            "from",
            "stdin",
            "\\.",
            "\\g",
            "\\copy",
            "begin",
            "atomic",
            "end",
            "create",
            "select",
        ),
        *("function", "case", "a", "{", "%s"),
    )
)
GARBAGE = st.lists(SHARDS, max_size=30).map("".join) | st.text(max_size=30)


def kinds(sql: str, *, psql: bool = False) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in lex(sql, psql=psql)]


@pytest.mark.parametrize(
    ("sql", "token"),
    [
        ("SELECT", ("word", "select")),
        ("İD", ("word", "İd")),  # PostgreSQL folds A to Z, nothing else
        ("a\u00a0b", ("word", "a\u00a0b")),  # a no-break space is a letter
        ("a$1", ("word", "a$1")),
        ('"Mixed ""Case"""', ("name", 'Mixed "Case"')),
        ("U&\"d!0061t\" UESCAPE '!'", ("name", "dat")),
        ("'it''s'", ("string", "it's")),
        (r"'a\'", ("string", "a\\")),
        (r"E'a\'\x41\u0042\103\n'", ("string", "a'ABC\n")),
        (r"E'\uD800'", ("string", "\N{REPLACEMENT CHARACTER}")),
        (r"U&'\0044\+00000049\\'", ("string", "D\x0049\\")),
        ("U&'!0044!!' -- c\n UESCAPE '!'", ("string", "D!")),
        ("N'x'", ("string", "x")),
        ("'DISPAT' -- half\n  'CHING'", ("string", "DISPATCHING")),
        ("$$it's$$", ("string", "it's")),
        ("$a$ $$ $b$ $a$", ("string", " $$ $b$ ")),
        ("$12", ("param", "$12")),
        ("1_000.5e-3", ("number", "1_000.5e-3")),
        ("=>", ("mark", "=>")),
        ("=>>", ("operator", "=>>")),
        ("@-", ("operator", "@-")),
        ("\0", ("bad", "\0")),
        ("\ufeffx", ("word", "x")),
    ],
)
def test_one_token_is_read_as_postgresql_reads_it(sql: str, token: tuple[str, str]) -> None:
    assert kinds(sql) == [token]


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("$1,$2", ["$1", ",", "$2"]),  # no dollar quote with the tag "1,"
        ("'a' 'b'", ["a", "b"]),  # goes on in a further line only
        ("a=-1", ["a", "=", "-", "1"]),
        ("1..10", ["1", "..", "10"]),
        ("x::int", ["x", "::", "int"]),
        ("a[1:n]", ["a", "[", "1", ":", "n", "]"]),
        ("a/* /* */ b */c--d\r\ne", ["a", "c", "e"]),
        ("<<loop>>", ["<<", "loop", ">>"]),
        ("a=+-+b", ["a", "=", "+", "-", "+", "b"]),
        ("a@+-+b", ["a", "@+-+", "b"]),
    ],
)
def test_neighbours_are_told_apart(sql: str, values: list[str]) -> None:
    assert [token.value for token in lex(sql)] == values


@pytest.mark.parametrize(
    ("sql", "tokens"),
    [
        (":x", [("variable", ":x")]),
        (":'x'", [("variable", ":'x'")]),
        (":{?x}", [("variable", ":{?x}")]),
        ("a::b", [("word", "a"), ("mark", "::"), ("word", "b")]),
        (r"\set a 'x\\y' \\ b", [("meta", r"\set a 'x\\y' "), ("meta", r"\\"), ("word", "b")]),
        ("\\echo it's\nb", [("meta", r"\echo it's"), ("word", "b")]),
        ("a \\gset p_\r\nb", [("word", "a"), ("meta", r"\gset p_"), ("word", "b")]),
    ],
)
def test_psql_has_tokens_of_its_own(sql: str, tokens: list[tuple[str, str]]) -> None:
    assert kinds(sql, psql=True) == tokens


@pytest.mark.parametrize(
    ("sql", "data", "after"),
    [
        ("COPY t FROM stdin;\nit's\n\\.\nx", ["it's\n"], "x"),
        ("COPY t (a) FROM STDIN WITH (FORMAT csv);\r\n1\r\n\\.\r\nx", ["1\r\n"], "x"),
        ("COPY t FROM stdin; y\n1\n\\.\nx", ["1\n"], "x"),
        ("COPY t FROM stdin \\g\n1\n\\.\nx", ["1\n"], "x"),
        ("\\copy t from pstdin\n1\n\\.\nx", ["1\n"], "x"),
        ("COPY t FROM stdin;\n\\.\nCOPY u FROM stdin;\n2\n\\.\nx", ["", "2\n"], "x"),
        ("COPY t FROM stdin;\nno end x", [], "x"),
        ("SELECT a FROM stdin;\n1\n\\.\nx", [], "x"),
    ],
)
def test_copied_data_is_no_sql(sql: str, data: list[str], after: str) -> None:
    tokens = lex(sql, psql=True)
    assert [token.value for token in tokens if token.kind == "data"] == data
    assert tokens[-1].value == after


@pytest.mark.parametrize(
    ("sql", "offset"),
    [("a 'b", 2), ("a 'b''", 2), ("E'\\'", 0), ('x "y', 2), ("$$ $a$", 0), ("/* /* */", 0)],
)
def test_what_is_never_closed_is_an_error_where_it_was_opened(sql: str, offset: int) -> None:
    with pytest.raises(LexError) as error:
        lex(sql)
    assert error.value.offset == offset


def test_tokens_before_an_error_are_had() -> None:
    tokens = scan("DELETE 'x")
    assert next(tokens).value == "delete"


def test_comments_are_found_but_not_in_literals() -> None:
    sql = "'--a' /* b */ $$ -- c $$ -- d\nx"
    assert [sql[start:end] for start, end in comments(sql)] == ["/* b */", "-- d"]


@pytest.mark.parametrize(
    "sql", ["'a''b'", r"E'\x41b\''", "U&'\\0041b'", "$x$ab$x$", "'a'\n'b'", "N'ab'"]
)
def test_a_literal_knows_where_its_characters_are_written(sql: str) -> None:
    (token,) = lex(sql)
    decoded = decode(sql, token)
    assert decoded.text == token.value
    assert len(decoded.offsets) == len(decoded.text)
    assert sql[decoded.offsets[decoded.text.index("b")]] == "b"


@given(GARBAGE, st.booleans())
def test_garbage_gives_tokens_or_a_lex_error(sql: str, psql: bool) -> None:
    end = 0
    with suppress(LexError):
        for token in scan(sql, psql=psql, comments=True):
            assert end <= token.start <= token.end <= len(sql)
            assert token.kind == "data" or token.start < token.end
            end = token.end
            if token.kind == "string":
                assert decode(sql, token).text == token.value


@given(GARBAGE, GARBAGE, GARBAGE)
def test_a_part_is_lexed_as_if_it_stood_alone(before: str, sql: str, after: str) -> None:
    start, end = len(before), len(before + sql)
    try:
        alone = lex(sql)
    except LexError:
        with pytest.raises(LexError):
            lex(before + sql + after, start=start, end=end)
    else:
        within = lex(before + sql + after, start=start, end=end)
        assert within == [
            token._replace(start=token.start + start, end=token.end + start) for token in alone
        ]
