"""Allow comments without the codes that allow nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from outbox_guard.facts import Allow, Edit, Place, UselessAllow
from outbox_guard.sources import Source

_LIST = re.compile(r"\[[^\]]*\]")
_BLANKS = " \t"


def with_edits(
    useless: Iterable[UselessAllow],
    allows: Iterable[Allow],
    source_at: Callable[[str], Source | None],
) -> Iterator[UselessAllow]:
    """Each useless code with the edit that takes it, and all others of its comment, away."""
    useless = list(useless)
    gone: dict[Place, set[str]] = {}
    for each in useless:
        gone.setdefault(each.place, set()).add(each.code)
    codes: Mapping[Place, tuple[str, ...]] = {allow.place: allow.codes for allow in allows}
    for each in useless:
        source = source_at(each.place.path)
        if source is None or each.place not in codes:
            yield each
            continue
        kept = [code for code in codes[each.place] if code not in gone[each.place]]
        yield dataclasses.replace(each, edit=_edit(source, each.place, kept))


def _edit(source: Source, comment: Place, kept: Collection[str]) -> Edit | None:
    start, end = source.span(comment)
    listed = _LIST.search(source.text, start, end)
    if kept and listed is None:
        return None  # written with an escape: nothing is certain
    if kept and listed is not None:
        return _replacing(source, listed.start(), listed.end(), f"[{', '.join(kept)}]")
    return _without_comment(source, start, end)


def _without_comment(source: Source, start: int, end: int) -> Edit:
    """A comment that has a line for itself goes with its line, another with the blanks before it.

    Where it parts two words, a blank stays.
    """
    text = source.text
    first = len(text[:start].rstrip(_BLANKS))
    last = end + len(text[end:]) - len(text[end:].lstrip(_BLANKS))
    begins_line = first == 0 or text[first - 1] in "\r\n"
    ends_line = last == len(text) or text[last] in "\r\n"
    if begins_line and ends_line:
        after = text[last : last + 2]
        return _replacing(source, first, last + (2 if after == "\r\n" else len(after[:1])), "")
    if begins_line:
        return _replacing(source, start, last, "")
    return _replacing(source, first, end, "" if ends_line or last > end else " ")


def _replacing(source: Source, start: int, end: int, replacement: str) -> Edit:
    return Edit(source.place(start, end), source.text[start:end], replacement)
