"""What the functions of an outbox do, by their effects.

The body of a claim, a completion or a repair is run: for a payment in each state that matters, with
every value that its caller may give, in a little database of one row. What became of the payment is
the verdict, whatever words and in whatever order the body is written.

`evaluation/` is the values of a run, and what expressions come to; `execution/` runs the statements
of SQL and PL/pgSQL, and what they call; `verdicts/` tries the states, says what is wrong, and makes
facts of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from outbox_guard.facts import Fact
from outbox_guard.frontends.sql.lexing.passages import Cutter
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.names import Names
from outbox_guard.sources import Project

__all__ = ["Role", "behaviours"]

_RENAMED = re.compile(
    r"\balter\s+(?:function|procedure|routine)\s+(?:[\w\"]+\s*\.\s*)?\"?(?P<name>\w+)\"?"
    r"\s*(?:\([^()]*\)\s*)?rename\s+to\s+\"?(?P<to>\w+)"
)
Role = Literal["claim", "complete", "repair"]


def behaviours(
    text: SqlText, cutter: Cutter, names: Names, project: Project | None = None
) -> Iterator[Fact]:
    """How the functions behave that a text of `schema/` creates and the configuration names."""
    roles = _roles(names)
    if text.place(0, 0).zone != "schema":
        return
    folded = text.text.lower()
    if any(name in folded for name in roles):
        # Only such a text needs the parser, which takes long to import.
        from outbox_guard.frontends.sql.behaviour.verdicts.reading import read

        called = {**{name: name for name in roles}, **dict(_renamed_into(folded, roles))}
        yield from read(
            text, cutter, names, {name: (to, roles[to]) for name, to in called.items()}, project
        )


def _renamed_into(text: str, roles: Mapping[str, Role]) -> Iterator[tuple[str, str]]:
    """The functions that get a name with a role further down, and that name."""
    for renamed in _RENAMED.finditer(text) if "rename" in text else ():
        if renamed["to"] in roles:
            yield renamed["name"], renamed["to"]


def _roles(names: Names) -> Mapping[str, Role]:
    functions = names.functions
    named: tuple[tuple[str, Role], ...] = (
        (functions.claim, "claim"),
        (functions.complete, "complete"),
        (functions.repair, "repair"),
    )
    return {name.rpartition(".")[2]: role for name, role in named}
