"""A file's tree, as libcst would have it, from what Python's own parser says: ten times as fast.

It has no whitespace, and knows where its nodes stand. What that parser tells too little of (texts
with fields, the newest statements) is read by libcst, piece by piece; what it cannot read at all,
as a text in newer Python than the one that runs, is left to libcst whole.
"""

from __future__ import annotations

import ast
import warnings

import libcst

from outbox_guard.frontends.python.grammar.bare import bare
from outbox_guard.frontends.python.grammar.statements import statements
from outbox_guard.frontends.python.grammar.written import Written

__all__ = ["Written", "told", "tree_of"]

BOM = "\ufeff"
_FAULTS = (SyntaxError, ValueError, MemoryError, RecursionError)
_REFUSED = (
    libcst.ParserSyntaxError,
    libcst.CSTLogicError,
    libcst.CSTValidationError,
    RecursionError,
)


def told(text: str) -> ast.Module | None:
    """What Python says of a text; None where it is none, or newer than the Python that runs."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except _FAULTS:
        return None


def tree_of(text: str) -> tuple[libcst.Module, Written] | None:
    """The tree of a text, and where its nodes stand; None where libcst has to read it."""
    known = None if text.startswith(BOM) else told(text)
    if known is None:
        return None
    written = Written(text)
    try:
        return bare(libcst.Module, body=tuple(statements(written, known.body))), written
    except _REFUSED:
        return None
