"""Places in a Python file are those that libcst gives, though most of the tree is not written."""

from __future__ import annotations

from pathlib import Path

import libcst
import pytest
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from outbox_guard.frontends.python.parsing.positions import Positions, Span

TEXTS = {
    "several statements on a line": "a = 1; b = f(2)\nc = 3;\n",
    "a class within a class, with decorators": (
        "@one\n@two(3)\nclass A(B, c=d):\n\n    # a note\n    x: int = 1\n\n    @three\n"
        "    class Inner:\n        y = (\n    1,\n  2)\n\n        @four(5)\n"
        "        async def f(self, *, z=1): return z\n"
    ),
    "indentation of several kinds": "class A:\n\tx = 1\n\n\tdef f(self):\n\t  return x\n",
    "lines of every ending": "class A:\r\n  x = 'ä'\r\n  y = '''\r\n é'''; z = x\r\n\r\nb = y\r\n",
    "characters of several bytes": "s = 'äöü'; t = s\nclass Ä:\n    u = 'é' + t\n",
    "a form feed, and a file with no end of line": "a = 1\n\f\nb = 2\nclass C: x = 3; y = 4",
    "strings in brackets": "(\n    'a'\n    'b'\n)\n('c')\nx = (yield_)\n",
    "compound statements": (
        "if a:\n    b\nelif c:\n    d\nelse:\n    e\nfor x in y: z\ntry:\n    f\nexcept G as h:\n"
        "    i\nwith j as k, l:\n    m\nmatch n:\n    case {'o': p}:\n        q\n"
    ),
    "blocks within blocks": (
        "class A:\n  async def f(self, a=(\n 1,\n    2)):\n     try:\n"
        "         with g(\n    h) as i:\n"
        "              j = [\n  k,\n ]  # a note\n     except* (L,\n  M):\n      pass\n"
        "     else:\n      while (n\n   ): o\n      else:\n       p\n     finally:\n      q(\n r)\n"
        "     match s:\n         case [t,\n    *u] if (\n v):\n              if w: x\n"
        "              elif (y\n or z):\n               aa(\n  bb)\n              # the end\n"
    ),
    "grammar that not every Python has": "type A = int\nx = t'{a}' + f'{b['c']}'\ny = x\n",
    "nothing": "# only a comment\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_node_stands_where_libcst_puts_it(text: str) -> None:
    tree = libcst.parse_module(text)
    assert _places(tree, text) == _libcst_places(tree)


def test_this_very_file_is_no_exception() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    tree = libcst.parse_module(text)
    assert _places(tree, text) == _libcst_places(tree)


def _places(tree: libcst.Module, text: str) -> dict[libcst.CSTNode, Span]:
    positions = Positions(tree, text)
    return {node: positions.span(node) for node in _libcst_places(tree)}


def _libcst_places(tree: libcst.Module) -> dict[libcst.CSTNode, Span]:
    """Of everything but whitespace, and of what is put together from it."""
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    return {
        node: (span.start, span.start + span.length)
        for node, span in spans.items()
        if isinstance(
            node, libcst.BaseExpression | libcst.BaseStatement | libcst.BaseSmallStatement
        )
    }
