"""The words of a finding within their line, cut to fit a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from outbox_guard.facts import Place
from outbox_guard.reporters.safety import printable

TAB = "    "
CUT = "…"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line as shown; wide characters count as the two cells that they take."""

    before: str
    words: str
    after: str

    @property
    def indent(self) -> int:
        return cell_len(self.before)

    @property
    def carets(self) -> str:
        return "^" * max(1, cell_len(self.words))


def excerpt(place: Place, line: str, cells: int) -> Excerpt:
    """The first line of the place: its words, and as much around them as fits."""
    start = place.column - 1
    end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    # A line may be a megabyte long: nothing beyond what can be seen is looked at.
    words = _head(_shown(line[start:end][: cells + 1]), cells)
    before = _shown(line[max(0, start - cells - 1) : start])
    after = _shown(line[max(start, end) :][: cells + 1].rstrip())
    room = cells - cell_len(words)
    before = _tail(before, max(room - cell_len(after), room // 2))
    return Excerpt(before, words, _head(after, room - cell_len(before)))


def _shown(text: str) -> str:
    return printable(text.replace("\t", TAB))


def _head(text: str, cells: int) -> str:
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1) + CUT if cells > 0 else ""


def _tail(text: str, cells: int) -> str:
    if cell_len(text) <= cells:
        return text
    if cells <= 0:
        return ""
    kept = text[len(text) - cells + 1 :]
    while cell_len(kept) > cells - 1:
        kept = kept[1:]
    return CUT + kept
