"""Calls that fill a table which they are given by name: COPY, and what works like it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Literal

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.orm.states import given, texts_of
from outbox_guard.frontends.python.orm.writing import Draft, enter
from outbox_guard.frontends.python.values.copied_texts import rows_of_text
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Items,
    Mapping,
    Ref,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

# Where each method takes the table's name.
COPIES = {"copy_records_to_table": 0, "copy_to_table": 0, "copy_from": 1, "binary_copy_to_table": 1}
FRAMES = {"to_sql": 0, "write_database": 0}  # of data frames
HOOKS = {"insert_rows": 0, "bulk_load": 0}  # of Airflow's databases
TABLES = ("table_name", "table", "name")
_POSITIONS = {**COPIES, **FRAMES, **HOOKS}


def copied(site: Site, receiver: Value) -> None:
    """A COPY into an outbox table, or a data frame that is written to one."""
    frame = site.method in FRAMES
    position = _POSITIONS.get(site.method)
    table = None if position is None else site.arguments.get(position, *TABLES)
    for option in options(table) if table is not None else ():
        if isinstance(option, Text) and option.known:
            name = option.known.rpartition(".")[2].strip('"')
            rows = list(_framed(receiver) if frame else _records(site))
            _enter(site, name, rows, "copy" if site.method in COPIES else "insert")


def _enter(site: Site, table: str, rows: list[Value], op: Literal["insert", "copy"]) -> None:
    draft = Draft(
        op,
        table,
        states=given((site.machine.judge.names.outbox.state_column,), rows),
        via="copy" if op == "copy" else "orm",
        by_position=_by_position(row for row in rows if isinstance(row, Items)),
    )
    enter(site.machine, site.scope, site.node.func, draft)


def _records(site: Site) -> Iterator[Value]:
    """The rows of a COPY, by the names of their columns where these are told."""
    columns = site.arguments.get(-1, "columns", "target_fields")
    records = site.arguments.get(1 if site.method in HOOKS else -1, "records", "rows")
    if records is None and site.method == "copy_from":
        file, separator = site.arguments.get(0, "file"), site.arguments.get(2, "sep")
        known = separator.known if isinstance(separator, Text) else None
        records = rows_of_text(file or UNKNOWN, known or "\t")
    for row in _members(records):
        if isinstance(columns, Items) and isinstance(row, Items):
            names = (c.known or "" if isinstance(c, Text) else "" for c in columns.items)
            yield Mapping(tuple(zip(names, row.items, strict=False)))
        else:
            yield row


def _framed(frame: Value) -> Iterator[Value]:
    """What a data frame is made of: rows, or columns of values."""
    for argument in frame.arguments if isinstance(frame, Ref) else ():
        if isinstance(argument, Mapping):
            columns = ((name, join(_members(value))) for name, value in argument.items)
            yield Mapping(tuple(columns))
        else:
            yield from _members(argument)


def _members(value: Value | None) -> Iterator[Value]:
    for option in options(value) if value is not None else ():
        if isinstance(option, Items):
            held = option.items if option.rest is None else (*option.items, option.rest)
            yield from (inner for item in held for inner in options(item))


def _by_position(rows: Iterable[Items]) -> tuple[tuple[str, ...], ...]:
    columns = zip_longest(*(row.items for row in rows), fillvalue=UNKNOWN)
    return tuple(tuple(dict.fromkeys(t for v in column for t in texts_of(v))) for column in columns)
