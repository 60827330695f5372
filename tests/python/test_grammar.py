"""The tree that Python's own parser leads to is libcst's, node by node, and so are the places."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import libcst
import pytest
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from outbox_guard.frontends.python.parsing.grammar import Written, tree_of
from outbox_guard.frontends.python.parsing.nodes import is_sign
from outbox_guard.frontends.python.parsing.trees import parse_text
from tests.python.test_positions import TEXTS as PLACES

TEXTS = {
    **PLACES,
    "names, as they are spelt": "ﬁ = x.ﬁ\ndef ﬁ(ﬁ): return f(ﬁ=1)\nimport a.ﬁ as ﬁ\n",
    "constants": "x = None, True, ..., 0x1F, 1_000, 1.5e3, 2j, b'a', r'b' u'c'\n",
    "texts over lines": "x = ('a'  # a (note)\n     \"b\" '''c\n''')\ny = 'a' \\\n  'b'\n",
    "texts with fields": "x = f'{a!r:>{b}}' 'c'\ny = (f'{a}'\n   f'{b=}')\nz = rf'\\{c}'\n",
    "chains": (
        "x = a + b - (c * d) // e ** -f | g @ h\ny = a.b(c)[d].e\nz = (a or b) or (c) and d\n"
    ),
    "comparisons": "x = a < b <= c != d is not e not in f\nif not a == (b): c\n",
    "parentheses": (
        "x = ((a), (b))\ny = (a), (b)\nz = (a,)\nw = ()\nv = ( a, b , )\nu = ((a) for b in (c))\n"
    ),
    "subscripts": (
        "x = a[b], a[b:c:d], a[:], a[b, c:], a[(b, c)], a[(b), (c)], a[*b], a[b,], a[(b,)]\n"
    ),
    "collections": "x = [*a, b], {*a, b}, {**a, 'b': c}, {}, (a for b in c if d if e for f in g)\n",
    "comprehensions": "x = [a async for b, c in d], {a for b in c}, {a: b for c in d if (e)}\n",
    "calls": "f(a, *b, c=1, *d, **e)\nf(a for b in c)\nf((a for b in c))\nf(a)(b)\n(f)(a := 1)\n",
    "functions": (
        "def f(a, /, b: int = 1, *c: d, e, g=2, **h) -> i: ...\nasync def j(*, k): await l\n"
        "x = lambda a, *b, c=1, **d: (yield a)\nz = lambda: 0\ndef m(): yield; yield from n\n"
    ),
    "classes": "class A: pass\nclass B(A, *C, d=e, **f): x = 1; y = 2\n@g\n@h(1)\nclass I(): ...\n",
    "assignments": "a = b = c\na, *b = (c, *d) = e\na: b\na.b: c = d\na[b] += c\na @= b\n(a) = 1\n",
    "small statements": (
        "def f():\n    global a, b\n    nonlocal c\n    del d\n    del e, f.g\n    del (h, i)\n"
        "    assert j, k\n    raise L from m\n    raise\n    return\n"
    ),
    "imports": (
        "import a\nimport a.b.c as d, e . f\nfrom . import a\nfrom .. b . c import (\n    d,  # e\n"
        "    f as g,\n)\nfrom a import *\nfrom.import b\nfrom...c import d\n"
        "from a \\\n  .b import c\n"
    ),
    "continued lines": "x = 1; \\\ny = 2\nif a: \\\n  b\nelse: \\\n  c; d\n",
    "else and elif": (
        "if a: b\nelse:\n    if c: d\n    elif e: f\n    elif g: h\nfor i in j: k\nelse: l\n"
    ),
    "managers": "with a as (b, c), d: e\nwith (a as b, c as d,): e\nasync with (a): b\n",
    "handlers": (
        "try: a\nexcept (B, C) as d: e\nexcept: f\nelse: g\nfinally: h\ntry: a\nexcept* B: c\n"
    ),
    "newer grammar, where it is Python": (
        "def f[T](a: T): return f'{a}'\nmatch a:\n    case B(c=d): e\n"
    ),
    "a statement of libcst's within others": (
        "class A:\n    if b:\n    \tmatch c:\n    \t  case [d, *_] | {'e': f, **g} if h:\n"
        "    \t    i\n    j\n"
    ),
    "a file that is newer than some Pythons": (
        "import a\n# b\n@c\ndef d[E](f: E) -> E:\n    return f'{g['h']}'\n\n\ntype I = j\n"
        "class K[L]: m: L\n\nn = 'ö'; o = 'é'\nif p:\n    q = n\nelse:\n    r\n"
    ),
    "type parameters that some Pythons do not know": (
        "class A[T: (B, 'é]'), **P = [C]](D[T]):\n    x = 'def f[T]('  # class g[\n"
        "    async def f [ # h]\n        *I,\n    ](self, j: T): return f'{j}'\n"
        "    class K[L]: pass\n    def m[N](o): p.q = [r]\n    def s[\n\n    T](): return 'ü'\n"
    ),
    "texts that go on behind a backslash": (
        "x = 'a\\\n b' \"c\\\n\"\ny = 'a\\\r\n b' \"c\\\r\n\"\r\n"
    ),
    "another encoding": "# -*- coding: latin-1 -*-\nx = 'ä'; y = é\n",
}
FILES = sorted(Path(__file__).parent.glob("*.py"))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_tree_is_the_one_that_libcst_makes(text: str) -> None:
    _compare(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_these_files_are_no_exception(path: Path) -> None:
    _compare(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text", ["\ufeffx = 1\n", "x = (\n", "x = ('a'  # b\r 'c')\r", "x = '\ud800'\n"]
)
def test_what_is_not_read_here_is_left_to_libcst(text: str) -> None:
    assert tree_of(text) is None


def _compare(text: str) -> None:
    told = tree_of(text)
    assert told is not None
    tree, written = told
    theirs = parse_text(text)
    assert list(_rows(tree, _Places(written))) == list(_rows(theirs, _Libcst(theirs)))


class _Places:
    def __init__(self, written: Written) -> None:
        self.of = written.span


class _Libcst:
    def __init__(self, tree: libcst.Module) -> None:
        wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
        self._spans = wrapper.resolve(ByteSpanPositionProvider)

    def of(self, node: libcst.CSTNode) -> tuple[int, int]:
        span = self._spans[node]
        return span.start, span.start + span.length


def _rows(
    node: libcst.CSTNode, places: _Places | _Libcst, way: str = ""
) -> Iterator[tuple[object, ...]]:
    """Each node: how it is come to, what it is, and where it stands if that is ever asked."""
    kind = type(node).__name__
    asked = isinstance(node, libcst.BaseExpression) and not isinstance(node, libcst.BaseElement)
    yield way, kind, places.of(node) if asked and not _is_bare_name(way) else None
    for field in dataclasses.fields(node):
        if is_sign(field.name) or field.name in NOT_COMPARED:
            continue
        value = getattr(node, field.name)
        inner = f"{way}.{field.name}"
        if isinstance(value, list | tuple):
            yield inner, len(value)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, libcst.CSTNode) and not isinstance(each, SIGNS):
                yield from _rows(each, places, inner)
            else:
                yield inner, type(each).__name__ if isinstance(each, SIGNS) else each


NOT_COMPARED = (
    "encoding default_indent default_newline has_trailing_newline first_colon second_colon"
    " posonly_ind leading_whitespace"
).split()
SIGNS = (
    libcst.BaseBinaryOp,
    libcst.BaseAugOp,
    libcst.BaseBooleanOp,
    libcst.BaseUnaryOp,
    libcst.BaseCompOp,
    libcst.Asynchronous,
    libcst.ParamStar,
    libcst.Dot,
)


def _is_bare_name(way: str) -> bool:
    """The names that `global` and `except` bind are asked for no place."""
    return way.endswith((".handlers.name.name", ".names.name")) and "import" not in way
