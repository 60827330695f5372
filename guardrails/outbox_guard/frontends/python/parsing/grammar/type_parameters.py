"""Type parameters, as in `def f[T](…)`, of which Python's own parser tells too little, or nothing.

libcst reads what stands in the brackets. A Python that is older than these (3.12) is told the
statement with blanks in their place, for else libcst would read all of a class for one of them.
"""

from __future__ import annotations

import re

import libcst

from outbox_guard.frontends.python.parsing.grammar.written import Written
from outbox_guard.quoting import COMMENT_OR_TEXT

_NAMED = rb"[ \t]+[^\s(:\[]+[ \t]*\["
_HEADS = re.compile(
    b"|".join(
        (COMMENT_OR_TEXT.pattern, rb"def(?<!\wdef)" + _NAMED, rb"class(?<!\wclass)" + _NAMED)
    ),
    re.DOTALL,
)
_SIGNS = re.compile(COMMENT_OR_TEXT.pattern + rb"|\(|\)|\[|\]|\{|\}", re.DOTALL)
_LINE = re.compile(rb"[^\r\n]+")


def type_parameters(w: Written, at: int) -> libcst.TypeParameters | None:
    """Those that follow there, after a name that is defined."""
    start = w.after(at)
    if not w.data.startswith(b"[", start):
        return None
    module = w.parsed(b"class _", start, _closed(w.data, start), b": pass\n")
    match module.body:
        case [libcst.ClassDef(type_parameters=libcst.TypeParameters() as made)]:
            return made
    raise AssertionError(module)


def blanked(data: bytes) -> bytes:
    """The same without them, and as long; a line that ends within them is continued."""
    kept, at = b"", 0
    for match in _HEADS.finditer(data):
        start = match.end() - 1
        if match[0].startswith((b"def", b"class")) and start >= at:
            end = _closed(data, start)
            kept, at = kept + data[at:start] + _blanks(data[start:end]), end
    return kept + data[at:]


def _blanks(text: bytes) -> bytes:
    *lines, last = text.split(b"\n")
    continued = (_LINE.sub(lambda line: b"\\".rjust(len(line[0])), each) for each in lines)
    return b"\n".join((*continued, b" " * len(last)))


def _closed(data: bytes, start: int) -> int:
    """Where a bracket that is opened there is closed."""
    depth = 0
    for match in _SIGNS.finditer(data, start):
        depth += (match[0] in b"([{") - (match[0] in b")]}")
        if not depth:
            return match.end()
    return len(data)
