"""What of a database is the outbox's: its tables, its functions, and what those are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox_guard.config import Config
from outbox_guard.live.catalog.objects import Function, Table, functions, heirs, tables
from outbox_guard.live.catalog.outbox import code_of, is_ours, mentions
from outbox_guard.live.servers.connecting import Row

if TYPE_CHECKING:
    from psycopg import Connection

# What triggers, defaults, CHECKs and policies of a table call is in the catalog.
_CALLED = """
SELECT t.tgfoid::text FROM pg_trigger t WHERE t.tgrelid = ANY (%(tables)s::oid[])
 UNION
SELECT d.refobjid::text
  FROM pg_depend d
 WHERE d.refclassid = 'pg_proc'::regclass
   AND (d.classid = 'pg_attrdef'::regclass
            AND d.objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = ANY (%(tables)s::oid[]))
        OR d.classid = 'pg_constraint'::regclass
            AND d.objid IN (SELECT oid FROM pg_constraint WHERE conrelid = ANY (%(tables)s::oid[]))
        OR d.classid = 'pg_policy'::regclass
            AND d.objid IN (SELECT oid FROM pg_policy WHERE polrelid = ANY (%(tables)s::oid[])))
"""
# Views of views too: whoever may write through one writes the table below.
_VIEWS = """
WITH RECURSIVE above (oid) AS (
    SELECT unnest(%(tables)s::oid[])
     UNION
    SELECT r.ev_class
      FROM above a
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid
                      AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite r ON r.oid = d.objid
)
SELECT c.oid::text, n.nspname, c.relname
  FROM above JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm') AND NOT c.oid = ANY (%(tables)s::oid[])
 ORDER BY n.nspname, c.relname
"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What of a database is the outbox's."""

    tables: tuple[Table, ...]  # with those that inherit from them
    views: tuple[Table, ...]  # that read or write them
    functions: tuple[Function, ...]  # the outbox's own, and what these and the tables call


def belongings(connection: Connection[Row], config: Config) -> Belongings:
    """Read them, with the search path emptied until the transaction ends.

    So every name is qualified, whatever path the database or the user has.
    """
    connection.execute("SELECT set_config('search_path', '', true)")
    outbox = config.outbox
    named = tables(connection, (*outbox.pending, *outbox.attempts, *outbox.sequences))
    below = (heir for table in named for heir in heirs(connection, table))
    meant = tuple({table.oid: table for table in (*named, *below)}.values())
    asked = {"tables": [table.oid for table in meant]}
    called = {str(oid) for (oid,) in connection.execute(_CALLED, asked)}
    names = [table.name for table in meant]
    known = functions(connection)
    first = [f for f in known if f.oid in called or is_ours(f, config, names)]
    views = [
        Table(oid=str(oid), schema=str(schema), name=str(name))
        for oid, schema, name in connection.execute(_VIEWS, asked)
    ]
    return Belongings(meant, tuple(views), tuple(_with_called(first, known)))


def _with_called(first: Iterable[Function], known: Sequence[Function]) -> list[Function]:
    """With every function that one of them names, and what that names in turn."""
    found = {function.oid: function for function in first}
    unread = list(found.values())
    while unread:
        code = code_of(unread.pop().body)
        for function in known:
            if function.is_written and function.oid not in found and mentions(code, function.name):
                found[function.oid] = function
                unread.append(function)
    return [function for function in known if function.oid in found]
