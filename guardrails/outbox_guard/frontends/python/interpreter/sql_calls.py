"""Calls that run SQL: which argument is the statement, what binds it, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.driver.locking import lock_keys
from outbox_guard.frontends.python.driver.placeholders import takes_one, with_clocks
from outbox_guard.frontends.python.judging.binding import binds_of
from outbox_guard.frontends.python.judging.judge import sql_text
from outbox_guard.frontends.python.values import text_operations
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import texts
from outbox_guard.frontends.python.values.copied_texts import rows_of_text, separator_of
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Cursor,
    Items,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Glue, Text
from outbox_guard.frontends.sql.lexing.text import Binds


def is_given(site: Site) -> bool:
    """Whether a call is given a text, which may be one."""
    return any(True for value in site.arguments.positional for _ in texts(value))


def perhaps_run(site: Site, line: Callable[[], str]) -> Rows | None:
    """A stranger that is handed a whole statement may run it, with what else it is given."""
    judge = site.machine.judge
    position, statement = _statement(site)
    whole = [option for option in options(statement or UNKNOWN) if judge.is_whole(option)]
    if not whole:
        return None
    binds = binds_of(site.arguments, position + 1)
    return judge.run(join(whole), binds, inside=site.scope.name, line=line())


def run(site: Site, name: str, receiver: Value | None, line: str) -> Value | None:
    """Run the statement of a call with what binds it: its rows; None where there is none."""
    arguments = site.arguments
    position, statement = _statement(site)
    if statement is None:
        return None
    if sinks.ELSEWHERE.match(name):  # as in a database of tests, with tables of the same names
        site.machine.judge.explain(statement)
        return Unknown(f"{name}()")
    last = name.rpartition(".")[2]
    many = last in sinks.MANY
    alone = not many and takes_one(statement)
    binds = binds_of(arguments, position + 1, many=many, alone=alone)
    binds = with_clocks(site, position, binds)
    if last == "execute_values":
        row = arguments.get(position + 2, "template") or Text((Glue(_marks(binds)),))
        statement = text_operations.fill_values(statement, row)
    judge = site.machine.judge
    if last == "copy_expert":
        binds = _copied(statement, arguments.get(position + 1, "file") or UNKNOWN)
    is_run = last not in sinks.COMPOSERS
    rows = judge.run(statement, binds, inside=site.scope.name, line=line if is_run else "")
    if rows.locked:
        lock_keys(site, position, statement, rows)
    if not is_run:
        return join([_composed(option) for option in options(statement)])
    if last in KEPT:
        return Ref(KEPT[last], (statement,), line=line)
    if receiver is not None and not isinstance(receiver, Rows):
        of = receiver.of if isinstance(receiver, Cursor) else receiver
        if isinstance(of, Ref | Unknown):
            site.rebind(Cursor(of, rows))
    return Rows(rows.locked, name=f"{name}()", line=line)


# What is kept of a statement by the method that is given it, for those that give it values.
KEPT = {"copy": "COPY()", "prepare": "PREPARED()"}


def _copied(statement: Value, file: Value) -> Binds:
    """What a COPY reads from a file that is made in memory."""
    written = " ".join(sql_text(text).text for text in texts(statement))
    rows = rows_of_text(file, separator_of(written))
    return binds_of(Arguments((rows,)), 0, many=True)


def _marks(binds: Binds) -> str:
    """A row of placeholders for the columns of some rows."""
    return f"({', '.join(['%s'] * len(binds.positional))})"


def _composed(value: Value) -> Value:
    return Text(value.segments, "sql") if isinstance(value, Text) else value


KEYWORDS = ("sql", "query", "statement", "operation", "command", "stmt", "text", "clause")


def _statement(site: Site) -> tuple[int, Value | None]:
    """The argument that is the SQL text, and its position (-1 for a keyword).

    A role or a name may come before it.
    """
    arguments = site.arguments
    texts_at = [
        (position, value)
        for position, value in enumerate(arguments.positional)
        if any(isinstance(option, Text | Query) for option in options(value))
    ]
    for position, value in texts_at:
        if any(isinstance(o, Text) and site.machine.judge.is_sql(o) for o in options(value)):
            return position, value
    if texts_at:
        return texts_at[0]
    if isinstance(arguments.get(0), Items):  # several statements, as migrations take them
        return 0, arguments.get(0)
    return -1, arguments.get(-1, *KEYWORDS)
