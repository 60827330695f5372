"""Tables, columns and functions as a database's catalog has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox_guard.globs import any_name
from outbox_guard.live.servers.connecting import Row
from outbox_guard.live.templates import quoted_name
from outbox_guard.names import Texts

if TYPE_CHECKING:
    from psycopg import Connection

_OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
   AND n.nspname !~ '^pg_(toast_)?temp_'"""
_TABLES = f"""
SELECT c.oid::text, n.nspname, c.relname,
       array(SELECT i.inhparent::text FROM pg_inherits i WHERE i.inhrelid = c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {_OURS}
 ORDER BY n.nspname, c.relname
"""
# Views, and views of views, that can be written; with whose rights, whoever tries it will see.
_VIEWS = """
WITH RECURSIVE above (oid) AS (
    SELECT unnest(%s::oid[])
     UNION
    SELECT r.ev_class
      FROM above a
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid
                      AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class c ON c.oid = r.ev_class
     WHERE c.relkind = 'v' AND pg_relation_is_updatable(c.oid, false) & 28 <> 0
)
SELECT c.oid::text, n.nspname, c.relname
  FROM above JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'v' ORDER BY n.nspname, c.relname
"""
# Tables whose rows a table shows as its own, without their being its partitions.
_HEIRS = """
WITH RECURSIVE below (oid) AS (
    SELECT %s::oid
     UNION
    SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
)
SELECT c.oid::text, n.nspname, c.relname
  FROM below JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid <> %s::oid AND NOT c.relispartition ORDER BY n.nspname, c.relname
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL), t.typcategory::text,
       a.attgenerated <> '' OR a.attidentity = 'a'
           OR c.relkind = 'v' AND NOT pg_column_is_updatable(c.oid, a.attnum, false),
       a.atthasdef OR a.attidentity <> '',
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid
                  AND i.indisunique AND a.attnum = ANY (i.indkey))
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid
 WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""
_FUNCTIONS = f"""
SELECT p.oid::text, n.nspname, p.proname, p.prokind = 'p',
       CASE p.prosrc WHEN '' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END,
       pg_get_function_identity_arguments(p.oid), p.pronargs - p.pronargdefaults,
       coalesce(p.proargnames, '{{}}'), coalesce(p.proargmodes::text[], '{{}}'),
       array(SELECT format_type(t, NULL)
               FROM unnest(coalesce(p.proallargtypes, p.proargtypes)) WITH ORDINALITY AS u (t, i)
              ORDER BY i),
       array(SELECT a.attname::text FROM pg_type r JOIN pg_attribute a ON a.attrelid = r.typrelid
              WHERE r.oid = p.prorettype AND a.attnum > 0 AND NOT a.attisdropped
              ORDER BY a.attnum),
       p.prorettype = 'trigger'::regtype, p.prosecdef, l.lanname NOT IN ('c', 'internal'),
       (SELECT substr(setting, length('search_path=') + 1) FROM unnest(p.proconfig) AS setting
         WHERE setting ^@ 'search_path=')
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.prokind IN ('f', 'p') AND {_OURS}
 ORDER BY n.nspname, p.proname, p.oid
"""
_LABELS = """
SELECT format_type(enumtypid, NULL), array_agg(enumlabel::text ORDER BY enumsortorder)
  FROM pg_enum GROUP BY enumtypid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, as the catalog knows it."""

    oid: str
    schema: str
    name: str
    parts_of: Texts = ()  # the tables that this one is a partition or a child of

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        return f"{quoted_name(self.schema)}.{quoted_name(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    type: str
    category: str  # pg_type.typcategory: N numbers, D dates and times, S text, E enums
    generated: bool  # by the table, always: it cannot be set
    has_default: bool
    is_unique: bool  # part of a unique index


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    type: str
    is_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or a procedure, as the catalog knows it."""

    oid: str
    schema: str
    name: str
    arguments: str  # as they identify it
    is_procedure: bool
    is_trigger: bool
    is_definer: bool  # it runs with its owner's rights
    is_written: bool  # in a language that can be read, and not compiled
    path: str | None  # its own search path
    body: str  # of BEGIN ATOMIC the whole definition
    parameters: tuple[Parameter, ...]
    returns: Texts  # the columns of what it returns; () of a single value

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}({self.arguments})"

    @property
    def sql(self) -> str:
        return f"{quoted_name(self.schema)}.{quoted_name(self.name)}"


def tables(connection: Connection[Row], names: Texts) -> list[Table]:
    """The tables that these names (or globs) mean; a part of one that is meant is not listed."""
    known = [
        Table(oid=str(oid), schema=str(schema), name=str(name), parts_of=_texts(parents))
        for oid, schema, name, parents in connection.execute(_TABLES)
    ]
    meant = [table for table in known if any_name(names, table.name)]
    whole = {table.oid for table in meant}
    return [table for table in meant if not whole & set(table.parts_of)]


def writable_views(connection: Connection[Row], below: Sequence[Table]) -> tuple[Table, ...]:
    """The views through which these tables can be written."""
    oids = [table.oid for table in below]
    return tuple(map(_table, connection.execute(_VIEWS, (oids,))))


def heirs(connection: Connection[Row], table: Table) -> tuple[Table, ...]:
    """The tables that inherit from one."""
    return tuple(map(_table, connection.execute(_HEIRS, (table.oid, table.oid))))


def _table(row: Row) -> Table:
    oid, schema, name = map(str, row)
    return Table(oid=oid, schema=schema, name=name)


def columns(connection: Connection[Row], table: Table) -> tuple[Column, ...]:
    """The columns of a table, in their order."""
    return tuple(
        Column(
            name=str(name),
            type=str(type_),
            category=str(category),
            generated=bool(generated),
            has_default=bool(default),
            is_unique=bool(unique),
        )
        for name, type_, category, generated, default, unique in connection.execute(
            _COLUMNS, (table.oid,)
        )
    )


def functions(connection: Connection[Row]) -> tuple[Function, ...]:
    return tuple(map(_function, connection.execute(_FUNCTIONS)))


def _function(row: Row) -> Function:
    oid, schema, name, procedure, body, arguments, required, *rest = row
    names, modes, types, returned, trigger, definer, written, path = rest
    every = _arguments(_texts(names), _texts(modes), _texts(types))
    taken = [(name, type_) for name, type_, mode in every if mode in "ibv"]
    out = tuple(name for name, _, mode in every if mode in "obt")
    return Function(
        oid=str(oid),
        schema=str(schema),
        name=str(name),
        arguments=str(arguments),
        is_procedure=bool(procedure),
        is_trigger=bool(trigger),
        is_definer=bool(definer),
        is_written=bool(written),
        path=None if path is None else str(path),
        body=str(body),
        parameters=tuple(
            Parameter(name=name, type=type_, is_required=position < int(str(required)))
            for position, (name, type_) in enumerate(taken)
        ),
        returns=out or _texts(returned),
    )


def _arguments(names: Texts, modes: Texts, types: Texts) -> Sequence[tuple[str, str, str]]:
    """Name, type and mode of each; without names and modes they are all plain ones."""
    return [
        (names[i] if names else "", type_, modes[i] if modes else "i")
        for i, type_ in enumerate(types)
    ]


def roles(connection: Connection[Row], names: Sequence[str]) -> Texts:
    """Those of these roles that there are."""
    query = "SELECT rolname::text FROM pg_roles WHERE rolname = ANY (%s) ORDER BY 1"
    return tuple(str(name) for (name,) in connection.execute(query, (list(names),)))


def enum_labels(connection: Connection[Row]) -> dict[str, Texts]:
    """The labels of every enum, in their order, by the type as the catalog spells it."""
    return {str(type_): _texts(labels) for type_, labels in connection.execute(_LABELS)}


def _texts(value: object) -> Texts:
    return tuple(map(str, value)) if isinstance(value, list) else ()
