"""The lines of a file that show a statement, in whatever language it is written."""

from __future__ import annotations

from outbox_guard.facts import Place
from outbox_guard.parseable import PYTHON
from outbox_guard.sources import Source

_IN_PYTHON = "-- in Python, which may take parts of it from elsewhere:"


def statement_at(source: Source, place: Place) -> str:
    """A statement of SQL word for word; of Python the statement that puts it together."""
    if not source.path.endswith(PYTHON):
        before = source.line(place.line)[: place.column - 1]
        return f"{before if before.isspace() else ''}{source.words(place)};"
    first, last = _around(source, place.line)
    lines = "\n".join(source.line(number) for number in range(first, last + 1))
    return f"{_IN_PYTHON}\n{lines}"


def _around(source: Source, line: int) -> tuple[int, int]:
    """The first and last line of the innermost Python statement that a line is part of."""
    import ast

    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # of another version, or deep
        return line, line
    spans = (
        (node.lineno, node.end_lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.end_lineno is not None
    )
    around = [(first, last) for first, last in spans if first <= line <= last]
    return min(around, key=lambda span: span[1] - span[0], default=(line, line))
