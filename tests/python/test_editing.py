"""After an edit, a tree that was put together from the one before is that of the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import libcst
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import outbox_guard
from outbox_guard.frontends.python.parsing.outlines import outline_of
from outbox_guard.frontends.python.parsing.reparsing import edited
from outbox_guard.frontends.python.parsing.syntax import Syntax, SyntaxFault, parse
from outbox_guard.frontends.python.parsing.trees import parse_text
from outbox_guard.sources import Source

CODE = '''"""A module."""

# what it needs
import os
from typing import Any  # noqa

if os.name == "nt":
    SEP = ";"
else:
    SEP = ":"


@decorated
class Store(Base, key="ä"):
    """Of things."""

    name: str = "x"; size = 3

    # a note on the next one
    @property
    def found(self) -> str:
        return f"""
{self.name}
    text"""
        # indented at the end

    class Inner:
        def deep(self): return (
    1,
  2)

    async def last(self, *, z=1):
        try:
            yield z
        except ValueError:
            pass
    # the end of the class
# the start of what follows
def f(a, b=[1, 2]):
    # only a comment
    return a \\
        + b

x = 1
match x:
    case {"k": v}:
        y = v
# the last line'''
BODIES = {
    "many things": CODE,
    "with an end of line": CODE + "\n",
    "ends of lines of two characters": CODE.replace("\n", "\r\n"),
    "tabs": CODE.replace("    ", "\t"),
    "a form feed": CODE.replace("\n\n\n", "\n\f\n"),
    "this package": Path(outbox_guard.__file__).read_text("utf-8"),
    "nothing": "",
    "one line": "x = 1",
}
SNIPPETS = (
    *"x\n \t()[]{}'\"#:;,\\=@\fä",
    "\n    ",
    '"""',
    "else:\n    pass\n",
    "except E:\n    pass\n",
    "class A:\n",
    "def f():\n    return 1\n",
    "    # a note\n",
    "# a note\n",
    "    y = 2\n",
    "@d\n",
    "pass\n",
    "async ",
    "\\\n",
    "if a:\n  b\n",
    "\n\n\n",
    "\r\n",
)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(SNIPPETS)),
    min_size=1,
    max_size=3,
)


def after(text: str, edits: list[tuple[float, int, str]]) -> str:
    """Somewhere so many characters go, and others come."""
    for where, gone, come in edits:
        at = int(where * len(text))
        text = text[:at] + come + text[at + gone :]
    return text


def same(one: Syntax, other: Syntax) -> bool:
    """The same nodes in the same places."""
    pairs = list(zip(nodes(one.tree), nodes(other.tree), strict=True))
    asked = libcst.BaseExpression | libcst.BaseStatement | libcst.Comment
    return one.tree.deep_equals(other.tree) and all(
        one.span(mine) == other.span(its) for mine, its in pairs if isinstance(mine, asked)
    )


def nodes(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    yield node
    for child in node.children:
        yield from nodes(child)


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=20)
@given(edits=st.lists(EDITS, min_size=1, max_size=3))
@example(edits=[[(0.0, 0, "#")]])  # what comes next is the first statement now
def test_an_edited_file_is_parsed_as_if_it_were_new(
    name: str, edits: list[list[tuple[float, int, str]]]
) -> None:
    text = BODIES[name]
    tree = parse_text(text)
    outline = outline_of(tree, text)
    assert outline is not None
    for each in edits:
        text = after(text, each)
        made = edited(outline, text)
        if made is None:
            continue  # the whole file is parsed
        source = Source("a.py", text)
        assert same(Syntax(source, made.tree, made), Syntax(source, parse_text(text)))
        outline = made


def test_what_is_typed_into_the_middle_is_all_that_is_parsed() -> None:
    text = CODE
    outline = outline_of(parse_text(text), text)
    for old, new in (
        ("name: str", "title: str"),
        ("yield z", "yield z + 1"),
        ("return a", "return a * 2"),
        ("x = 1\n", "x = 1\nz = 2\n"),
        ('"""A module."""', '"""The module."""'),
        ("the last line", "the very last line"),
    ):
        assert outline is not None
        text = text.replace(old, new)
        before, outline = outline, edited(outline, text)
        assert outline is not None, new
        kept = {part.text for part in before.parts.parts} & {p.text for p in outline.parts.parts}
        assert kept, new


def test_a_file_that_is_broken_meanwhile_is_told_of() -> None:
    texts = (CODE, CODE.replace("yield z", "yield ("), CODE.replace("yield z", "yield z, 1"))
    assert parse(Source("b.py", texts[0])).whole.code == texts[0]
    with pytest.raises(SyntaxFault):
        parse(Source("b.py", texts[1]))
    assert parse(Source("b.py", texts[2])).whole.code == texts[2]
