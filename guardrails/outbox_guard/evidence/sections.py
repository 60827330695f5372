"""What a file of the bundle says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One file, with what it could not say."""

    file: str  # its name in the bundle
    title: str
    text: str
    missing: tuple[str, ...] = ()  # what it should show and the project has not
    is_code: bool = False  # it quotes the project word for word


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows with their cells under each other; the last cell is as long as it is."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)] if rows else []
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines)


def missing_lines(missing: Sequence[str], comment: str = "") -> str:
    return "".join(f"{comment}MISSING: {each}\n" for each in missing)
