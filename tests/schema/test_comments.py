"""Which comments are about which value of an enum."""

from __future__ import annotations

import pytest

from outbox_guard.facts import EnumValue
from tests.support.sql_reading import facts

ENUMS: dict[str, tuple[str, dict[str, str]]] = {
    "behind each value, on its line": (
        "CREATE TYPE e AS ENUM (\n  'A',  -- one\n  'B'   -- two\n);",
        {"A": "one", "B": "two"},
    ),
    "behind the bracket that closes": (
        "CREATE TYPE e AS ENUM (\n  'A',\n  'B');  -- two",
        {"A": "", "B": "two"},
    ),
    "above its value": (
        "CREATE TYPE e AS ENUM (\n  -- one\n  -- and only\n  'A',\n  /* two */\n  'B'\n);",
        {"A": "one\nand only", "B": "two"},
    ),
    "before its value, on its line": (
        "CREATE TYPE e AS ENUM ('A', /* two */\n 'B');",
        {"A": "two", "B": ""},
    ),
    "of all values on a line": (
        "CREATE TYPE e AS ENUM ('A', 'B');  -- both",
        {"A": "both", "B": "both"},
    ),
    "of those that it names, wherever it stands": (
        "CREATE TYPE e AS ENUM (\n  'A',  -- before B, which is old\n  'B',\n  'AB'\n);",
        {"A": "", "B": "before B, which is old", "AB": ""},
    ),
    "above the statement, where it names them": (
        "-- A is old.\n-- And this is a type.\n\nCREATE TYPE e AS ENUM ('A',\n'B');",
        {"A": "A is old.", "B": ""},
    ),
    "above the statement, in a block": (
        "/*\n * A is old,\n * and has been so.\n */\nCREATE TYPE e AS ENUM ('A',\n'B');",
        {"A": "A is old,\n * and has been so.", "B": ""},
    ),
    "behind the statement before it": (
        "SELECT 1; -- A is old\nCREATE TYPE e AS ENUM ('A');",
        {"A": ""},
    ),
    "of the one value that is added": (
        "-- old\nALTER TYPE e ADD VALUE 'A'; -- indeed",
        {"A": "old\nindeed"},
    ),
    "what only looks like a comment": (
        "CREATE TYPE e AS ENUM ('A', '-- B');",
        {"A": "", "-- B": ""},
    ),
}


@pytest.mark.parametrize(("sql", "said"), ENUMS.values(), ids=ENUMS)
def test_a_comment_is_about_what_it_names_else_about_what_it_stands_at(
    sql: str, said: dict[str, str]
) -> None:
    found = [fact for fact in facts(sql) if isinstance(fact, EnumValue)]
    assert {value.value: value.comment for value in found} == said
