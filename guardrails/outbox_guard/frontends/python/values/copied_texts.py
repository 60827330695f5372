"""The rows of a text that COPY reads: a line a row, with tabs or commas between the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.frontends.python.values.kinds import UNKNOWN, Items, Ref, Value, options
from outbox_guard.frontends.python.values.pieces import Gap, Glue, Text

BUFFERS = (
    "io.StringIO()",
    "io.BytesIO()",
    "tempfile.TemporaryFile()",
    "tempfile.NamedTemporaryFile()",
    "tempfile.SpooledTemporaryFile()",
)
_DELIMITER = re.compile(r"\bdelimiter\s+(?:as\s+)?e?'(\\t|.)'", re.IGNORECASE)
_GAP = "\0"  # stands for what is unknown, which no text holds
_MOST_ROWS = 200


def rows_of_text(given: Value, separator: str = "\t") -> Items:
    """The rows, each a list of its columns as texts, as far as they are known."""
    rows = [row for option in options(given) for row in _rows(_held(option), separator)]
    return Items(tuple(rows[:_MOST_ROWS]))


def separator_of(statement: str) -> str:
    """What stands between columns, by the options of a COPY."""
    named = _DELIMITER.search(statement)
    if named is not None:
        return "\t" if named[1] == r"\t" else named[1]
    return "," if "csv" in statement.lower() else "\t"


def _held(value: Value) -> Value:
    """What a buffer holds; a text as it is."""
    match value:
        case Ref(name=name, arguments=(held, *_)) if name in BUFFERS:
            return held
    return value


def _rows(value: Value, separator: str) -> Iterator[Items]:
    for option in options(value):
        if isinstance(option, Text):
            whole = "".join(_GAP if isinstance(s, Gap) else s.text for s in option.segments)
            for line in whole.splitlines():
                yield Items(tuple(map(_field, line.split(separator))))


def _field(text: str) -> Value:
    return UNKNOWN if _GAP in text else Text((Glue(text.strip('" ')),))
