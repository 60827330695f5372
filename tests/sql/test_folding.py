"""SQL that is put together at run time is read as far as it is known, and no further."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.sql.lexing.text import Hole, SqlText
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.frontends.sql.routines.folding import Folded, Texts, fold, unknown
from outbox_guard.sources import Source

WORDS = st.sampled_from(
    (
        *(
            "'a b'",
            "$$c$$",
            "v",
            "w",
            "1",
            "||",
            "||",
            "(",
            ")",
            ",",
            "format(",
            "'%s %I'",
            "concat(",
        ),
        *("quote_ident(", "::", "text", "null", "case", "when", "then", "else", "end", "replace("),
        *("upper(", "[", "]", "$1", "'%2$L'", "variadic", "coalesce(", "cast(", "as", "+", "'"),
    )
)


def text_of(expression: str) -> SqlText:
    return SqlText.of(Source("a.sql", expression))


def readable(folded: Folded) -> str:
    """Its text, with {identifier}, {value} or {unknown} for a hole."""
    text = folded.text
    for hole in reversed(folded.holes):
        text = f"{text[: hole.start]}{{{hole.kind}}}{text[hole.end :]}"
    return text


def written(expression: str) -> Folded:
    (folded,) = fold(text_of(expression))
    return folded


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'DELETE' || ' FROM ' || $$t$$", "DELETE FROM t"),
        ("E'a\\'b' || ('c' || 1)::text", "a'bc1"),
        ("text 'a' || CAST('b' AS varchar(3))", "ab"),
        ("'a' || v", "a{unknown}"),
        ("v || f('a', 'b') || x.y", "{unknown}{unknown}{unknown}"),
        ("'a' + 'b'", "{unknown}"),
        ("f(a) = 1", "{unknown}"),
        ("format('%s.%I = %L %%', 'a', 'b', 'c')", "a.b = 'c' %"),
        ("format('%I, %I', 'Mixed', 'a\"b')", '"Mixed", "a""b"'),
        ("format('%L', 'it''s')", "'it''s'"),
        ("format('%s %I %L', a, b, c)", "{unknown} {identifier} {value}"),
        ("format('%2$s %1$s %s', 'a', 'b')", "b a b"),
        ("format('%*s %s', 5, 'a', 'b')", "a b"),
        ("format('%s %s', 'a')", "a {unknown}"),
        ("format('%s', VARIADIC a)", "{unknown}"),
        ("format(v, 'a')", "{unknown}"),
        ("format('%I', 'outbox_' || v)", "outbox_{unknown}"),
        ("concat('a', NULL, v, 1)", "a{unknown}1"),
        ("concat_ws(', ', 'a', 'b')", "a, b"),
        ("quote_ident('B') || quote_ident(v)", '"B"{identifier}'),
        ("quote_literal('b') || quote_nullable(v)", "'b'{value}"),
        ("pg_catalog.upper('abc') || lower(v)", "ABC{unknown}"),
        ("trim('  a ') || '.' || ltrim(' b ') || chr(10) || btrim('xcx', 'x')", "a.b \n{unknown}"),
        ("replace('FROM #t#', '#t#', 'x')", "FROM x"),
        ("replace('a', v, 'x') || replace(v, 'a', 'x')", "{unknown}{unknown}"),
    ],
)
def test_constants_are_folded_and_the_rest_is_a_hole(expression: str, text: str) -> None:
    assert readable(written(expression)) == text


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        ("'a' || v", ["ax", "ay"]),
        ("CASE WHEN b THEN 'x' WHEN c THEN 'y' ELSE v || 'z' END", ["x", "y", "xz", "yz"]),
        ("coalesce('a', v)", ["a", "x", "y"]),
        ("format(CASE WHEN b THEN '%I' ELSE '%s' END, v)", ["x", "y"]),
        ("$1 || new.state", ["12"]),
        (" || ".join("v" * 8), ["{unknown}" * 8]),  # 256 texts are more than the bound
        ("CASE v WHEN 'x' THEN 'a' ELSE 'b' END", ["a", "b"]),
        ("split_part('a:b', ':', 2) || left('cd', 1) || substr('efg', 2)", ["bcfg"]),
        ("""'{"a": {"b": "c"}}'::jsonb -> 'a' ->> 'b'""", ["c"]),
    ],
)
def test_a_variable_may_be_several_texts(expression: str, texts: list[str]) -> None:
    environment: dict[str, Texts] = {
        "v": (Folded("x", (0,)), Folded("y", (0,))),
        "$1": (Folded("1", (0,)),),
        "new.state": (Folded("2", (0,)),),
    }
    folded = fold(text_of(expression), environment=environment)
    assert [readable(each) for each in folded] == texts


def test_each_character_knows_where_it_is_written() -> None:
    expression = "'DELETE ' ||\n format('FROM %I', 'pending')"
    whole = written(expression).sql(text_of(expression))
    places = {word: whole.place(*word_span(whole.text, word)) for word in whole.text.split()}
    assert {word: (place.line, place.column) for word, place in places.items()} == {
        "DELETE": (1, 2),
        "FROM": (2, 10),
        "pending": (2, 21),
    }


def word_span(text: str, word: str) -> tuple[int, int]:
    found = re.search(word, text)
    assert found is not None
    return found.span()


def test_a_hole_stands_where_its_expression_is_written() -> None:
    expression = "'FROM ' || v_table"
    (hole,) = written(expression).holes
    place = written(expression).sql(text_of(expression)).place(hole.start, hole.end)
    assert place.column == expression.index("v_table") + 1


def test_holes_of_the_text_itself_are_kept() -> None:
    expression = "'a _h_ ' || 'b'"
    hole = Hole(3, 6, "identifier")
    (folded,) = fold(SqlText(expression, text_of(expression).place, (hole,)))
    assert readable(folded) == "a {identifier} b"


def test_the_same_unknown_has_the_same_name() -> None:
    text = written("format('%1$I %1$I', v)").text
    first, second = text.split()
    assert first == second


def test_what_is_wholly_unknown_is_opaque() -> None:
    assert unknown(3).is_opaque
    assert written("v").is_opaque
    assert not written("v || ' '").is_opaque


@pytest.mark.parametrize("opening", ["(", "f(", "format('%s',", "CASE WHEN a THEN ", "["])
def test_deep_expressions_are_unknown_rather_than_endless(opening: str) -> None:
    assert written(opening * 5000).is_opaque


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_any_expression_folds(expression: str) -> None:
    environment: dict[str, Texts] = {"w": (Folded("x", (0,)), unknown(0))}
    with suppress(LexError):
        for folded in fold(text_of(expression), environment=environment):
            assert len(folded.offsets) == len(folded.text)
            for hole in folded.holes:
                assert folded.text[hole.start : hole.end].startswith("_hole_")
