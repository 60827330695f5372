"""What migrations are said to be: which part of one takes it back, and when its turn comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import join

from outbox_guard.facts import Migration, TakenBack
from outbox_guard.sources import Project, Source

# goose, sql-migrate, dbmate, tern, MyBatis Migrations, Play's evolutions
_MARK = re.compile(
    r"^[ \t]*(?:--[ \t]*\+(?:goose|migrate)[ \t]+(?P<a>up|down)\b"
    r"|--[ \t]*migrate:(?P<b>up|down)\b"
    r"|(?:--|\#)[ \t-]*!(?P<c>up|down)s\b"
    r"|--[ \t]*//[ \t]*@(?P<d>undo)\b"
    r"|----[ \t]*(?P<e>create above / drop below)[ \t]*----)",
    re.IGNORECASE | re.MULTILINE,
)


def taken_back(source: Source) -> Iterator[TakenBack]:
    """From each mark of a way back to the next mark of a way forth, or to the end."""
    start: int | None = None
    for mark in _MARK.finditer(source.text):
        forth = (mark[mark.lastgroup or 0]).lower() == "up"
        if forth and start is not None:
            yield TakenBack(place=source.place(start, mark.start()))
            start = None
        elif not forth and start is None:
            start = mark.start()
    if start is not None:
        yield TakenBack(place=source.place(start, len(source.text)))


_PLAN, _DEPLOYED = "sqitch.plan", "deploy"
_PLANNED = re.compile(r"^[ \t]*(?P<sign>[+@-]?)(?P<name>[^\s%#@+-][^\s]*)", re.MULTILINE)


def planned(source: Source, project: Project) -> Iterator[Migration]:
    """The turn of one of Sqitch's scripts, by the plan beside the folder that it stands in."""
    *folders, name = source.path.removesuffix(".sql").split("/")
    if _DEPLOYED not in folders:
        return
    at = folders.index(_DEPLOYED)
    plan = project.source(join(*folders[:at], _PLAN) if at else _PLAN)
    if plan is None:
        return
    change = "/".join((*folders[at + 1 :], name))
    for turn, names in enumerate(_changes(plan.text)):
        if change in names:
            place = source.place(0, 0)
            yield Migration(place=place, revision=change, plan=plan.path, turn=turn)


def _changes(plan: str) -> list[set[str]]:
    """By turn, what the script of a change is called.

    One that was reworked later has the tag in its name that was given to it before.
    """
    turns: list[set[str]] = []
    open_: dict[str, int] = {}  # the last turn of each change
    tags: list[tuple[int, str]] = []
    for line in _PLANNED.finditer(plan):
        sign, name = line["sign"], line["name"]
        if sign == "@":
            tags.append((len(turns), name))
        elif sign != "-":
            before = open_.get(name)
            if before is not None:
                turns[before] = {f"{name}@{tag}" for turn, tag in tags if turn > before}
            open_[name] = len(turns)
            turns.append({name})
    return turns
