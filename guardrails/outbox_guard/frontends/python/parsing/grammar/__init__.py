"""A file's tree, as libcst would have it, from what Python's own parser says: ten times as fast.

It has no whitespace, and knows where its nodes stand. What that parser tells too little of (texts
with fields, the newest statements) is read by libcst, piece by piece; what it cannot read at all,
as a text in newer Python than the one that runs, is left to libcst whole.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

import libcst

from outbox_guard.frontends.python.parsing.grammar.bare import bare
from outbox_guard.frontends.python.parsing.grammar.statements import statements
from outbox_guard.frontends.python.parsing.grammar.type_parameters import blanked
from outbox_guard.frontends.python.parsing.grammar.written import Written
from outbox_guard.frontends.python.parsing.top_level import margins

__all__ = ["Written", "told", "tree_of"]

BOM = "\ufeff"
CODEC = ("utf-8", "surrogatepass")
_FAULTS = (SyntaxError, ValueError, MemoryError, RecursionError)
_REFUSED = (
    libcst.ParserSyntaxError,
    libcst.CSTLogicError,
    libcst.CSTValidationError,
    RecursionError,
    UnicodeEncodeError,
)
_OLD_NEWLINE = re.compile(r"\r(?!\n)")  # ends a line, and few expect that


def told(text: str) -> ast.Module | None:
    """What Python says of a text; None where it is none, or newer than the Python that runs."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except _FAULTS:
        return None


def tree_of(text: str) -> tuple[libcst.Module, Written] | None:
    """The tree of a text, and where its nodes stand; None where libcst has to read it."""
    if text.startswith(BOM) or _OLD_NEWLINE.search(text):
        return None
    written, known = Written(text), told(text)
    try:
        body = _newer(written, text) if known is None else statements(written, known.body)
        return bare(libcst.Module, body=tuple(body)), written
    except _REFUSED:
        return None


def _newer(written: Written, text: str) -> Iterator[libcst.CSTNode]:
    """Of what Python cannot read as a whole, each statement by itself: most are not too new."""
    at = 0
    for start, end in margins(text):
        part = text[start:end]
        before, at = at, at + len(part.encode(*CODEC))
        known = told(part) or told(blanked(written.data[before:at]).decode(*CODEC))
        if known is None:
            yield from written.parsed(b"", before, at, b"").body
        else:
            written.begin_part(before, at)
            yield from statements(written, known.body)
