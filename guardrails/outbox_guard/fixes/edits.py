"""The edits that findings carry, applied to texts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from outbox_guard.facts import Edit
from outbox_guard.findings import Fix, Report
from outbox_guard.sources import Source

_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # only "\n" ends one: "\r\n" stays as it is


def fixes_of(report: Report) -> tuple[Fix, ...]:
    """The fixes of the open findings that can be applied together, each once.

    Of two that would change the same words the first counts; the other is for the next run.
    """
    chosen: list[Fix] = []
    for fix in dict.fromkeys(f.fix for f in report.open if f.fix is not None and f.fix.edits):
        taken = [edit for each in chosen for edit in each.edits]
        if not any(_overlap(one, other) for one in fix.edits for other in taken):
            chosen.append(fix)
    return tuple(chosen)


def _overlap(one: Edit, other: Edit) -> bool:
    if one.place.path != other.place.path or one == other:
        return False
    first, second = sorted((one.place, other.place))
    end = (first.end_line, first.end_column)
    begin = (second.line, second.column)
    return begin < end or begin == (first.line, first.column)


def by_path(fixes: Sequence[Fix]) -> Mapping[str, tuple[Edit, ...]]:
    """The edits of each file, each once and in order."""
    edits = sorted({edit for fix in fixes for edit in fix.edits}, key=lambda edit: edit.place)
    paths = dict.fromkeys(edit.place.path for edit in edits)
    return {path: tuple(e for e in edits if e.place.path == path) for path in paths}


def edited(source: Source, edits: Sequence[Edit]) -> str | None:
    """The text after these edits; None where other words stand there than they were made for."""
    text = source.text
    for edit in sorted(edits, key=lambda edit: edit.place, reverse=True):
        start, end = source.span(edit.place)
        if source.text[start:end] != edit.words:
            return None
        text = text[:start] + edit.replacement + text[end:]
    return text


def diff(path: str, before: str, after: str) -> str:
    """What changes in a file, as `git apply` and `patch -p1` take it."""
    return "".join(_diff_lines(path, _LINE.findall(before), _LINE.findall(after)))


def _diff_lines(path: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
