"""Placeholders become names of the same length; nothing else of the text is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.sql.lexing.masking import Masked, mask
from outbox_guard.frontends.sql.lexing.text import Bind, Binds

SHARDS = st.sampled_from(
    (
        *(
            "%s",
            "%(a)s",
            "%%",
            "%I",
            "%1$s",
            "?",
            "?|",
            "$1",
            "$1,$2",
            ":a",
            ":'a'",
            "::",
            ":=",
            "%",
        ),
        *("{a}", "{}", "{{ a }}", "{{", "}}", "${a}", "${", "{% if %}", "{%", "{# c #}", "{", "}"),
        *(
            "'",
            '"',
            "--",
            "\n",
            "/*",
            "*/",
            "$$",
            "$a$",
            "E'",
            "U&'",
            " ",
            "a",
            "İ",
            "1",
            "[",
            "]",
            ",",
        ),
    )
)
GARBAGE = st.lists(SHARDS, max_size=25).map("".join) | st.text(max_size=30)


def found(masked: Masked, sql: str) -> list[str]:
    return [sql[found.start : found.end] for found in masked.placeholders]


@pytest.mark.parametrize(
    ("sql", "masked"),
    [
        ("a = %s AND b = %(name)s", "a = __ AND b = ________"),
        ("VALUES ($1,$2::jsonb)", "VALUES (__,__::jsonb)"),
        ("a = :id::uuid AND b = :'v' AND c = :\"v\"", "a = ___::uuid AND b = ____ AND c = ____"),
        ("a = ? AND data ? 'k'", "a = _ AND data ? 'k'"),
        ("FROM {table} WHERE {}", "FROM _______ WHERE __"),
        ("FROM outbox_%s, %s_old, t{n}", "FROM outbox___, ___old, t___"),
        ('FROM "{schema}"."outbox_%s"', 'FROM "________"."outbox___"'),
        ("FROM {{ ref('a') }} {% if x %}WHERE{% endif %}", None),
        ("FROM ${table} WHERE a IN (${ids.map(i => {f(i)})})", None),
        ("FROM %I.%1$I WHERE a = %L", "FROM __.____ WHERE a = __"),
        ("a %% 2", "a %  2"),
    ],
)
def test_placeholders_of_every_driver_are_masked(sql: str, masked: str | None) -> None:
    if masked is None:
        text = mask(sql).text
        assert not set(text) & set("{}$")
        assert text.startswith("FROM ___")
    else:
        assert mask(sql).text == masked


@pytest.mark.parametrize(
    "sql",
    [
        "a::text = 'b'::text",
        "a[1:n]",
        "f(a => 1); x := 2",
        "5 % size, 5%2, a % s",
        "data ?| array['a'] AND data ?& b AND data @? '$.a' AND data ? $$k$$",
        "'%s {x} :y ? $1 {{z}}', E'\\'%s', U&'%s', $a$ %s $a$",
        "-- %s :x\n/* ? /* {x} */ %s */",
        "'{1,2}'::int[]",
        "col$1",
        "'never closed %s",
    ],
)
def test_what_only_looks_like_a_placeholder_stays(sql: str) -> None:
    masked = mask(sql)
    assert (masked.text, masked.placeholders) == (sql, ())


@pytest.mark.parametrize(
    ("sql", "binds", "values"),
    [
        ("a = %s, b = %s", Binds((Bind(("x",)), Bind(("y",)))), ["x", "y"]),
        ("a = ?, b = ?", Binds((Bind(("x",)), Bind(("y",)))), ["x", "y"]),
        ("a = $2, b = $1", Binds((Bind(("x",)), Bind(("y",)))), ["y", "x"]),
        ("a = '%s', b = %s", Binds((Bind(("x",)), Bind(("y",)))), ["y"]),  # psycopg counts both
        ("a = %(p)s, b = :p", Binds(named={"p": Bind(("x",))}), ["x", "x"]),
        ("a = %s, b = :p, c = $9", Binds(), [None, None, None]),
    ],
)
def test_a_placeholder_finds_what_it_is_given(
    sql: str, binds: Binds, values: list[str | None]
) -> None:
    given_values = [placeholder.bind(binds).values for placeholder in mask(sql).placeholders]
    assert given_values == [() if value is None else (value,) for value in values]


@pytest.mark.parametrize("opening", ["{{", "{%", "${", "%(", "?", "{", ":'", "$a"])
def test_many_openings_take_no_longer_than_their_number(opening: str) -> None:
    sql = opening * 30_000
    assert len(mask(sql).text) == len(sql)


@given(GARBAGE)
def test_masking_keeps_length_and_every_other_character(sql: str) -> None:
    masked = mask(sql)
    assert len(masked.text) == len(sql)
    position = 0
    for placeholder in masked.placeholders:
        assert position <= placeholder.start < placeholder.end
        assert masked.text[position : placeholder.start] == sql[position : placeholder.start]
        position = placeholder.end
    assert masked.text[position:] == sql[position:]
