"""A key of a TOML text is found at its exact words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from outbox_guard.toml_keys import Key, key_ranges, nearest
from tests.support.paths import REPOSITORY

TEXT = """\
# a = 1
a . "b.c" = "x = 1" # [no]
[ tool.'q' ]
list = ["one", { inner = [2, "]"] }]
text = '''
[no]
no = 1
'''
[[tool.q.many]]
"é" = 1979-05-27
"""


def leaves(value: Any, key: Key = ()) -> Iterator[Key]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from leaves(inner, (*key, name))
        case _:
            yield key


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (("a", "b.c"), 'a . "b.c"'),
        (("tool", "q"), "tool.'q'"),
        (("tool", "q", "list"), "list"),
        (("tool", "q", "list", 0), '"one"'),
        (("tool", "q", "list", 1, "inner"), "inner"),
        (("tool", "q", "list", 1, "inner", 1), '"]"'),
        (("tool", "q", "text"), "text"),
        (("tool", "q", "many"), "tool.q.many"),
        (("tool", "q", "many", "é"), '"é"'),
    ],
    ids=str,
)
def test_a_key_is_found_at_its_words(key: Key, words: str) -> None:
    assert tomllib.loads(TEXT)
    start, end = key_ranges(TEXT)[key]
    assert TEXT[start:end] == words


def test_what_is_not_written_down_is_found_at_the_table_around_it() -> None:
    ranges = key_ranges(TEXT)
    assert nearest(ranges, ("tool", "q", "list", 7)) == ranges["tool", "q", "list"]
    assert nearest(ranges, ("tool", "q", "other", "key")) == ranges["tool", "q"]
    assert nearest(ranges, ("other",)) is None


def test_every_key_of_this_projects_own_settings_is_found() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    ranges = key_ranges(text)
    for key in leaves(tomllib.loads(text)):
        start, end = ranges[key]
        assert text[start:end].strip('"').endswith(str(key[-1]))
