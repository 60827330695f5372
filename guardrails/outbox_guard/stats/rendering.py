"""Statistics as tables for people, and as JSON for programs."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Sequence
from textwrap import fill
from typing import Literal

from outbox_guard.reporters.safety import encodable, json_text, printable
from outbox_guard.stats.counting import AGES, Statistics

CONTRACT = 1  # of the JSON
_IN_COLUMNS = re.compile(r"[\s,;]*(?:(?<!\S)@[\w-]+|\buntil \d{4}-\d{2}-\d{2})")
WHOLE = ("until", "owner", "rule", "place")  # are no prose, and not broken
PROSE = 16  # columns that it can be read in
_HEADS = {
    "week": "< week",
    "month": "< month",
    "year": "< year",
    "older": "older",
    "unknown": "unknown",
}


def render_json(statistics: Statistics) -> str:
    return json_text(
        {
            "version": CONTRACT,
            "rows": [dataclasses.asdict(row) for row in statistics.rows],
            "exempt": [dataclasses.asdict(each) for each in statistics.exempt],
        }
    )


def render_text(statistics: Statistics, *, width: int, color: bool) -> str:
    """The findings as one table, and what is exempt as another."""
    if not statistics.rows:
        return "No findings, and nothing that is exempt.\n"
    ages = [age for age in AGES if any(row.ages[age] for row in statistics.rows)]
    counted = [
        (
            *(row.code, row.name, printable(row.directory), _number(row.open)),
            *(_number(row.ages[age]) for age in ages),
            _number(row.suppressed),
        )
        for row in statistics.rows
    ]
    heads = ("rule", "", "directory", "open", *(_HEADS[age] for age in ages), "exempt")
    tables = _table(heads, counted, numbers=len(ages) + 2, width=width, color=color)
    if statistics.exempt:
        exempt = [
            (
                *(each.until, printable(each.owner or each.kind.removeprefix("inline")), each.code),
                *(f"{printable(each.path)}:{each.line}", printable(_told(each.reason))),
            )
            for each in statistics.exempt
        ]
        heads = ("until", "owner", "rule", "place", "reason")
        tables += "\n" + _table(heads, exempt, numbers=0, width=width, color=color)
    return encodable(tables)


def _told(reason: str) -> str:
    """Without what has columns of its own."""
    return _IN_COLUMNS.sub("", reason).strip() or reason


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int, width: int, color: bool
) -> str:
    """A table without lines; the last `numbers` columns are numbers.

    Where there is no room for it, each row is a paragraph.
    """
    if _needed(heads, rows, numbers) > width:
        return "".join(_paragraph(heads, row, width) for row in rows)
    from rich.table import Table
    from rich.text import Text

    from outbox_guard.reporters.console import console

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, head in enumerate(heads):
        is_number = index >= len(heads) - numbers
        whole = is_number or head in WHOLE
        justify: Literal["left", "right"] = "right" if is_number else "left"
        table.add_column(head, justify=justify, no_wrap=whole, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    page = io.StringIO()
    console(page, width=width, color=color).print(table)
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _needed(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> int:
    """How wide a table of these must be, where prose is broken into lines and nothing else."""
    widest = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    words = len(heads) - numbers
    prose = [head not in WHOLE and index < words for index, head in enumerate(heads)]
    narrow = (min(width, PROSE) if p else width for width, p in zip(widest, prose, strict=True))
    return sum(narrow) + 2 * (len(heads) - 1)


def _paragraph(heads: Sequence[str], row: Sequence[str], width: int) -> str:
    said = (f"{head} {cell}".strip() for head, cell in zip(heads, row, strict=True) if cell)
    return fill(" · ".join(said), width, subsequent_indent="  ", break_on_hyphens=False) + "\n"
