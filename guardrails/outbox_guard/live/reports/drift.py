"""A drift for people, as a table and what differs, or as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff
from textwrap import wrap

from outbox_guard.live.catalog.differences import Difference, Drift
from outbox_guard.reporters.safety import encodable, json_text, printable

CONTRACT = 1
INDENT = 2
NARROWEST = 40
_LABEL = re.compile(r"  (?:repository|database)  +")
_HOW = {"missing": "missing", "added": "not in the repository", "changed": "changed"}


def text(drift: Drift, *, width: int | None = None, color: bool = False) -> str:
    """Each line as it is, or wrapped to a width, with its further lines beside its first."""
    lines = (row for line in _lines(drift) for row in _wrapped(line, width))
    coloured = (_coloured(line) for line in lines) if color else lines
    return encodable("\n".join(coloured) + "\n")


def _wrapped(line: str, width: int | None) -> list[str]:
    if width is None or len(line) <= width:
        return [line]
    label = _LABEL.match(line)
    indent = " " * (label.end() if label else INDENT)
    return wrap(line, max(width, NARROWEST), subsequent_indent=indent, break_on_hyphens=False)


def _coloured(line: str) -> str:
    label = _LABEL.match(line)
    return f"\x1b[2m{label[0]}\x1b[0m{line[label.end() :]}" if label else line


def _lines(drift: Drift) -> Iterator[str]:
    rows = [(d.item.kind, printable(d.item.name), _HOW[d.how]) for d in drift.differences]
    widths = [max((len(row[part]) for row in rows), default=0) for part in (0, 1)]
    for kind, name, how in rows:
        yield f"{kind:<{widths[0]}}  {name:<{widths[1]}}  {how}"
    for difference in drift.differences:
        if difference.how != "missing":  # what is missing stands in the schema
            yield ""
            yield from _both(difference)
    if rows:
        yield ""
    counted = f"{len(rows)} difference{'' if len(rows) == 1 else 's'}"
    compared = f"{drift.compared} definitions compared with {printable(drift.database)}"
    yield f"{counted} · {compared}"
    if drift.applied_to != drift.version:
        yield (
            f"The schema was applied to PostgreSQL {drift.applied_to}, and the database is"
            f" {drift.version}: some definitions may only be spelt apart."
        )


def _both(difference: Difference) -> Iterator[str]:
    """The definitions, or of long ones the lines that differ."""
    yield f"{difference.item.kind} {printable(difference.item.name)}"
    before, after = difference.repository.splitlines(), difference.database.splitlines()
    if max(len(before), len(after)) == 1:
        yield from (f"  repository  {printable(line)}" for line in before)
        yield from (f"  database    {printable(line)}" for line in after)
        return
    for line in list(unified_diff(before, after, lineterm="", n=2))[2:]:
        yield f"  {printable(line)}"


def json(drift: Drift) -> str:
    return json_text(
        {
            "version": CONTRACT,
            "result": "drift" if drift.differences else "same",
            "database": drift.database,
            "postgresql": drift.version,
            "applied_to": drift.applied_to,
            "compared": drift.compared,
            "differences": [
                {
                    "kind": each.item.kind,
                    "name": each.item.name,
                    "difference": each.how,
                    "repository": each.repository or None,
                    "database": each.database or None,
                }
                for each in drift.differences
            ],
        }
    )
