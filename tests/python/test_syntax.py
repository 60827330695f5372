"""What cannot be parsed is told, with its place; nothing of it ends a run."""

from __future__ import annotations

import pytest

from outbox_guard.checking import read
from outbox_guard.facts import Unreadable
from outbox_guard.names import Names
from outbox_guard.trees import Tree

BROKEN = {
    "a bracket that stays open": ("x = f(1\n\ny = 2\n", 1),
    "a line that is indented too little": ("def f():\n        x = 1\n    y = 2\n", 3),
    "brackets nested beyond reason": ("x = " + "[" * 300 + "]" * 300 + "\n", 1),
    "half a surrogate pair, as an editor may send": ("x = 1\ny = '\ud800'\n", 2),
    "template strings side by side, which libcst fails on": ('x = t"a" t"b"\n', 1),
}


@pytest.mark.parametrize(("code", "line"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_parsed_is_told_where(code: str, line: int) -> None:
    (fact,) = read("a.py", Tree.of({"a.py": code}, Names()))
    assert isinstance(fact, Unreadable)
    assert fact.place.line == line
