"""What a database holds of the outbox: each thing by kind and name, with its definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from outbox_guard.config import Config
from outbox_guard.live.catalog.belongings import Belongings, belongings
from outbox_guard.live.servers.connecting import Row

if TYPE_CHECKING:
    from psycopg import Connection

Kind = Literal[
    "table",
    "column",
    "constraint",
    "index",
    "trigger",
    "rule",
    "policy",
    "view",
    "function",
    "type",
    "grant",
    "membership",
]


class Item(NamedTuple):
    kind: Kind
    name: str


Snapshot = Mapping[Item, str]

# Each gives a name, and a definition with all names qualified (see `read_snapshot`).
_OF_TABLES: Mapping[Kind, str] = {
    "table": """
SELECT '', concat_ws(', ',
           CASE c.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid)
                          WHEN 'r' THEN 'table' ELSE 'relation of kind ' || c.relkind::text END,
           CASE WHEN c.relrowsecurity THEN 'row security' END,
           CASE WHEN c.relforcerowsecurity THEN 'forced' END,
           CASE WHEN c.relpersistence <> 'p' THEN 'unlogged' END)
  FROM pg_class c WHERE c.oid = %(oid)s::oid
""",
    "column": """
SELECT '.' || a.attname, concat_ws(' ',
           format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'NOT NULL' END,
           CASE WHEN a.attidentity <> '' THEN 'IDENTITY' END,
           CASE WHEN a.attgenerated <> '' THEN 'GENERATED'
                WHEN d.oid IS NOT NULL THEN 'DEFAULT' END,
           pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
 WHERE a.attrelid = %(oid)s::oid AND a.attnum > 0 AND NOT a.attisdropped
""",
    "constraint": """
SELECT ' ' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE conrelid = %(oid)s::oid AND contype <> 'n' AND conislocal
""",
    "index": """
SELECT ' ' || c.relname,
       pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = %(oid)s::oid
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
""",
    "trigger": """
SELECT ' ' || tgname, pg_get_triggerdef(oid) || CASE tgenabled
           WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' WHEN 'R' THEN ' (on replicas only)'
           ELSE ' (always)' END
  FROM pg_trigger WHERE tgrelid = %(oid)s::oid AND NOT tgisinternal
""",
    "rule": """
SELECT ' ' || rulename, pg_get_ruledef(oid) || CASE ev_enabled
           WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' WHEN 'R' THEN ' (on replicas only)'
           ELSE ' (always)' END
  FROM pg_rewrite WHERE ev_class = %(oid)s::oid AND rulename <> '_RETURN'
""",
    "policy": """
SELECT ' ' || policyname, concat_ws(' ', permissive, cmd, 'TO', array_to_string(roles, ', '),
           'USING (' || qual || ')', 'WITH CHECK (' || with_check || ')')
  FROM pg_policies
 WHERE format('%%I.%%I', schemaname, tablename)::regclass = %(oid)s::oid
""",
    "grant": """
SELECT ' to ' || coalesce(r.rolname, 'PUBLIC'),
       string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                  || coalesce(' (' || g.attname || ')', ''), ', '
                  ORDER BY g.privilege_type, g.attname)
  FROM (SELECT e.grantee, e.privilege_type, e.is_grantable, NULL::name AS attname, c.relowner
          FROM pg_class c, aclexplode(c.relacl) e WHERE c.oid = %(oid)s::oid
        UNION ALL
        SELECT e.grantee, e.privilege_type, e.is_grantable, a.attname, c.relowner
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) e
         WHERE c.oid = %(oid)s::oid AND NOT a.attisdropped) g
  LEFT JOIN pg_roles r ON r.oid = g.grantee
 WHERE g.grantee <> g.relowner
 GROUP BY r.rolname
""",
    "type": """
SELECT format_type(t.oid, NULL),
       CASE t.typtype WHEN 'e' THEN
           (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
              FROM pg_enum e WHERE e.enumtypid = t.oid)
       ELSE concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
                CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault,
                (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                   FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) END
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = %(oid)s::oid AND a.attnum > 0 AND NOT a.attisdropped
   AND t.typtype IN ('e', 'd')
""",
}
_OF_VIEWS: Mapping[Kind, str] = {
    "view": """
SELECT '', concat_ws(' ', CASE relkind WHEN 'm' THEN 'MATERIALIZED' END,
           array_to_string(reloptions, ', '), pg_get_viewdef(oid))
  FROM pg_class WHERE oid = %(oid)s::oid
""",
    **{kind: _OF_TABLES[kind] for kind in ("trigger", "rule", "grant")},
}
_BY_THEMSELVES: tuple[Kind, ...] = ("type",)  # whose names say all without their table's
_OF_FUNCTIONS: Mapping[Kind, str] = {
    "function": "SELECT '', pg_get_functiondef(%(oid)s::oid)",
    "grant": """
SELECT ' to ' || coalesce(r.rolname, 'PUBLIC'),
       string_agg(concat_ws(' ', e.privilege_type,
                            CASE WHEN e.is_grantable THEN 'WITH GRANT OPTION' END),
                  ', ' ORDER BY e.privilege_type, e.is_grantable)
  FROM pg_proc p CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e
  LEFT JOIN pg_roles r ON r.oid = e.grantee
 WHERE p.oid = %(oid)s::oid AND e.grantee <> p.proowner
 GROUP BY r.rolname
""",
}
_MEMBERSHIPS = """
SELECT m.rolname, string_agg(g.rolname, ', ' ORDER BY g.rolname)
  FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
 WHERE m.rolname = ANY (%s) GROUP BY m.rolname
"""


def read_snapshot(connection: Connection[Row], config: Config) -> Snapshot:
    """Read it, in a transaction; all names are qualified."""
    ours = belongings(connection, config)
    return dict(_items(connection, ours, sorted(config.privileges.forbidden)))


def _items(
    connection: Connection[Row], ours: Belongings, roles: Sequence[str]
) -> Iterator[tuple[Item, str]]:
    known = (
        *((str(table), table.oid, _OF_TABLES) for table in ours.tables),
        *((str(view), view.oid, _OF_VIEWS) for view in ours.views),
        *((str(function), function.oid, _OF_FUNCTIONS) for function in ours.functions),
    )
    for name, oid, queries in known:
        for kind, query in queries.items():
            for suffix, definition in connection.execute(query.encode(), {"oid": oid}):
                full = str(suffix) if kind in _BY_THEMSELVES else f"{name}{suffix}"
                yield Item(kind, full), _tidy(str(definition))
    for role, groups in connection.execute(_MEMBERSHIPS, (list(roles),)):
        yield Item("membership", str(role)), str(groups)


def _tidy(definition: str) -> str:
    """Without what editors and copies change unseen: line ends, blanks at the end of lines."""
    return "\n".join(line.rstrip() for line in definition.strip().splitlines())
