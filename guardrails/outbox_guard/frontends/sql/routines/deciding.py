"""What a condition on texts leaves open: `w = 'x'` tells what w is where it holds."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.routines.strings import Texts, unknown
from outbox_guard.frontends.sql.values.choices import (
    EVERYWHERE,
    Picks,
    Reach,
    bounded,
    split,
    together,
)


class Folder(Protocol):
    """Reads the texts that the next expression may give."""

    cursor: Cursor

    def expression(self, *until: str) -> Texts: ...


def decided(folder: Folder, reach: Reach, *until: str) -> tuple[Reach, Reach]:
    """The ways in which a condition holds, and those in which it does not.

    The folder stands before it, and is left behind it, before one of the words.
    """
    cursor = folder.cursor
    holds, fails = reach, list[Picks]()
    while True:
        holds, others = _compared(folder, holds, until)
        fails += others
        if not cursor.accept("and"):
            break
    if cursor.at_end or cursor.at(*until):
        return bounded(holds, reach), bounded(fails, reach)
    while not cursor.at_end and not cursor.at(*until):
        cursor.skip_group()
    return reach, reach


def _compared(folder: Folder, reach: Reach, until: Sequence[str]) -> tuple[Reach, Reach]:
    """One comparison: `a = 'x'`, `a <> 'x'`, `a IN ('x', 'y')`, `a NOT IN (…)`."""
    cursor = folder.cursor
    subject = folder.expression("=", "<>", "!=", "not", "in", "and", "or", *until)
    denied = cursor.accept("not", "<>", "!=")
    if cursor.accept("in"):
        cursor.accept("(")
        members = list(_members(folder))
    elif cursor.accept("=") or (denied is not None and denied.value != "not"):
        members = [folder.expression("and", "or", *until)]
    else:
        return reach, reach
    if any(len(member) != 1 or member[0].holes for member in members):
        return reach, reach
    is_one, is_none = compared(subject, {member[0].text for member in members}, reach)
    return (is_none, is_one) if denied else (is_one, is_none)


def _members(folder: Folder) -> Iterator[Texts]:
    while not folder.cursor.at_end and not folder.cursor.accept(")"):
        yield folder.expression(",", ")")
        folder.cursor.accept(",")


def compared(subject: Texts, wanted: Container[str], reach: Reach) -> tuple[Reach, Reach]:
    """The ways in which a text is one of these, and those in which it is another."""
    if any(each.holes for each in subject):
        return reach, reach
    return split(((each.text, each.picks) for each in subject), wanted, reach)


def under(texts: Texts, reach: Reach) -> Texts:
    """What is left of alternatives on these ways, by which they are there from now on."""
    if reach == EVERYWHERE:
        return texts
    found = (
        replace(each, picks=both)
        for each in texts
        for way in reach
        if (both := together(each.picks, way)) is not None
    )
    return tuple(found) or (unknown(texts[0].offsets[0] if texts[0].offsets else 0),)
