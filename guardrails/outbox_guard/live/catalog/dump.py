"""The outbox of a database as SQL: what its catalog holds, in the words of CREATE and GRANT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from outbox_guard.config import Config
from outbox_guard.live.catalog.belongings import Belongings, belongings
from outbox_guard.live.servers.connecting import Row

if TYPE_CHECKING:
    from psycopg import Connection

# The tables and views, in their order.
_EACH = "FROM unnest(%(oids)s::oid[]) WITH ORDINALITY AS u (id, place)"
_ROLES = """
WITH RECURSIVE ours (oid) AS (
    SELECT oid FROM pg_roles WHERE rolsuper OR rolname = ANY (%(roles)s)
     UNION
    SELECT unnest(array[c.relowner, e.grantee])
      FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e
     WHERE c.oid = ANY (%(oids)s::oid[])
     UNION
    SELECT unnest(array[p.proowner, e.grantee])
      FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e
     WHERE p.oid = ANY (%(functions)s::oid[])
     UNION
    SELECT e.grantee FROM pg_attribute a, aclexplode(a.attacl) e
     WHERE a.attrelid = ANY (%(oids)s::oid[])
     UNION
    SELECT oid FROM pg_roles WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data')
), every (oid) AS (
    SELECT oid FROM ours
     UNION
    SELECT m.member FROM every e JOIN pg_auth_members m ON m.roleid = e.oid
)
"""
_SWITCH = "CASE {} WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END"
_HELD = """
SELECT 'TABLE ' AS kind, c.oid::regclass::text AS name, c.relowner AS owner, e.grantor, e.grantee,
       e.privilege_type AS privilege, e.is_grantable AS option
  FROM pg_class c, aclexplode(c.relacl) e WHERE c.oid = ANY (%(oids)s::oid[])
 UNION ALL
SELECT 'TABLE ', c.oid::regclass::text, c.relowner, e.grantor, e.grantee,
       format('%%s (%%I)', e.privilege_type, a.attname), e.is_grantable
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) e
 WHERE c.oid = ANY (%(oids)s::oid[]) AND NOT a.attisdropped
 UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END, p.oid::regprocedure::text,
       p.proowner, e.grantor, e.grantee, e.privilege_type, e.is_grantable
  FROM pg_proc p, aclexplode(p.proacl) e WHERE p.oid = ANY (%(functions)s::oid[])
"""
_STATEMENTS: tuple[str, ...] = (
    _ROLES
    + """
SELECT format('CREATE ROLE %%I%%s%%s%%s', rolname,
              CASE WHEN rolsuper THEN ' SUPERUSER' ELSE '' END,
              CASE WHEN rolinherit THEN '' ELSE ' NOINHERIT' END,
              CASE WHEN rolbypassrls THEN ' BYPASSRLS' ELSE '' END)
  FROM every JOIN pg_roles USING (oid) WHERE rolname !~ '^pg_' ORDER BY rolname
""",
    _ROLES
    + """
SELECT format('GRANT %%I TO %%I%%s', g.rolname, m.rolname,
              CASE to_jsonb(a) ->> 'inherit_option'
                   WHEN 'true' THEN ' WITH INHERIT TRUE'
                   WHEN 'false' THEN ' WITH INHERIT FALSE' ELSE '' END)
  FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
 WHERE a.roleid IN (SELECT oid FROM every) AND m.rolname !~ '^pg_'
 GROUP BY 1, g.rolname, m.rolname ORDER BY g.rolname, m.rolname, 1
""",
    """
SELECT CASE t.typtype WHEN 'e' THEN format('CREATE TYPE %%s AS ENUM (%%s)', t.oid::regtype,
           (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
              FROM pg_enum e WHERE e.enumtypid = t.oid))
       ELSE concat_ws(' ', format('CREATE DOMAIN %%s AS', t.oid::regtype),
           format_type(t.typbasetype, t.typtypmod), 'DEFAULT ' || t.typdefault,
           CASE WHEN t.typnotnull THEN 'NOT NULL' END,
           (SELECT string_agg(format('CONSTRAINT %%I %%s', k.conname, pg_get_constraintdef(k.oid)),
                              ' ' ORDER BY k.conname)
              FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) END
       || format(E';\\nCOMMENT ON TYPE %%s IS %%L', t.oid::regtype, obj_description(t.oid))
  FROM pg_type t
 WHERE t.typtype IN ('e', 'd')
   AND t.oid IN (SELECT atttypid FROM pg_attribute
                  WHERE attrelid = ANY (%(oids)s::oid[]) AND NOT attisdropped)
 ORDER BY t.oid::regtype::text
""",
    f"""
SELECT format(E'CREATE%%s TABLE %%s (\\n%%s\\n)%%s%%s',
              CASE c.relpersistence WHEN 'u' THEN ' UNLOGGED' ELSE '' END, c.oid::regclass,
              (SELECT string_agg(concat_ws(' ', format('    %%I', a.attname),
                          format_type(a.atttypid, a.atttypmod),
                          CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                          CASE WHEN a.attgenerated <> ''
                               THEN format('GENERATED ALWAYS AS (%%s) %%s',
                                           pg_get_expr(d.adbin, d.adrelid),
                                           CASE a.attgenerated WHEN 's' THEN 'STORED'
                                                ELSE 'VIRTUAL' END)
                               WHEN a.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
                               WHEN a.attidentity = 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
                               ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END),
                          E',\\n' ORDER BY a.attnum)
                 FROM pg_attribute a
                 LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
              (SELECT ' INHERITS (' || string_agg(i.inhparent::regclass::text, ', '
                                                  ORDER BY i.inhseqno) || ')'
                 FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition),
              ' PARTITION BY ' || pg_get_partkeydef(c.oid))
       || format(E';\\nALTER TABLE %%s OWNER TO %%I', c.oid::regclass, pg_get_userbyid(c.relowner))
       || CASE WHEN c.relrowsecurity
               THEN format(E';\\nALTER TABLE %%s ENABLE ROW LEVEL SECURITY', c.oid::regclass)
               ELSE '' END
       || CASE WHEN c.relforcerowsecurity
               THEN format(E';\\nALTER TABLE %%s FORCE ROW LEVEL SECURITY', c.oid::regclass)
               ELSE '' END
  {_EACH} JOIN pg_class c ON c.oid = u.id WHERE c.relkind NOT IN ('v', 'm') ORDER BY u.place
""",
    """
SELECT rtrim(pg_get_functiondef(p.oid), E'\\n')
       || format(E';\\nALTER %%s %%s OWNER TO %%I',
                 CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                 p.oid::regprocedure, pg_get_userbyid(p.proowner))
  FROM unnest(%(functions)s::oid[]) WITH ORDINALITY AS u (id, place)
  JOIN pg_proc p ON p.oid = u.id ORDER BY u.place
""",
    f"""
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', k.conrelid::regclass, k.conname,
              pg_get_constraintdef(k.oid))
  {_EACH} JOIN pg_constraint k ON k.conrelid = u.id
 WHERE k.contype NOT IN ('n', 't') AND k.conislocal ORDER BY u.place, k.contype = 'f', k.conname
""",
    f"""
SELECT CASE WHEN i.indisvalid THEN '' ELSE '-- not valid: ' END
       || replace(pg_get_indexdef(i.indexrelid), E'\\n', ' ')
  {_EACH} JOIN pg_index i ON i.indrelid = u.id JOIN pg_class c ON c.oid = i.indexrelid
 WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
 ORDER BY u.place, c.relname
""",
    f"""
SELECT format(E'CREATE %%s %%s%%s AS\\n%%s',
              CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, c.oid::regclass,
              ' WITH (' || array_to_string(c.reloptions, ', ') || ')',
              rtrim(pg_get_viewdef(c.oid), ';'))
       || format(E';\\nALTER TABLE %%s OWNER TO %%I', c.oid::regclass, pg_get_userbyid(c.relowner))
  {_EACH} JOIN pg_class c ON c.oid = u.id WHERE c.relkind IN ('v', 'm') ORDER BY u.place
""",
    f"""
SELECT pg_get_triggerdef(t.oid)
       || CASE t.tgenabled WHEN 'O' THEN '' ELSE
              format(E';\\nALTER TABLE %%s %%s TRIGGER %%I', t.tgrelid::regclass,
                     {_SWITCH.format("t.tgenabled")}, t.tgname) END
  {_EACH} JOIN pg_trigger t ON t.tgrelid = u.id WHERE NOT t.tgisinternal ORDER BY u.place, t.tgname
""",
    f"""
SELECT rtrim(pg_get_ruledef(r.oid), ';')
       || CASE r.ev_enabled WHEN 'O' THEN '' ELSE
              format(E';\\nALTER TABLE %%s %%s RULE %%I', r.ev_class::regclass,
                     {_SWITCH.format("r.ev_enabled")}, r.rulename) END
  {_EACH} JOIN pg_rewrite r ON r.ev_class = u.id
 WHERE r.rulename <> '_RETURN' ORDER BY u.place, r.rulename
""",
    f"""
SELECT concat_ws(' ', format('CREATE POLICY %%I ON %%s AS', p.polname, p.polrelid::regclass),
              CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT'
                            WHEN 'w' THEN 'FOR UPDATE' WHEN 'd' THEN 'FOR DELETE' END,
              'TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC'
                                              ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
                          FROM unnest(p.polroles) AS r),
              'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
              'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
  {_EACH} JOIN pg_policy p ON p.polrelid = u.id ORDER BY u.place, p.polname
""",
    # What CREATE gives by itself, and the catalog has no more.
    """
SELECT format('REVOKE ALL ON %%s %%s FROM %%s',
              CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure,
              CASE d.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(d.grantee)) END)
  FROM unnest(%(functions)s::oid[]) WITH ORDINALITY AS u (id, place)
  JOIN pg_proc p ON p.oid = u.id, aclexplode(acldefault('f', p.proowner)) d
 WHERE NOT EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e
                    WHERE (e.grantee, e.privilege_type) = (d.grantee, d.privilege_type))
 ORDER BY u.place, d.grantee
""",
    f"""
SELECT format('REVOKE %%s ON TABLE %%s FROM %%I', d.privilege_type, c.oid::regclass,
              pg_get_userbyid(c.relowner))
  {_EACH} JOIN pg_class c ON c.oid = u.id, aclexplode(acldefault('r', c.relowner)) d
 WHERE NOT EXISTS (SELECT FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e
                    WHERE (e.grantee, e.privilege_type) = (d.grantee, d.privilege_type))
 ORDER BY u.place, d.privilege_type
""",
    f"""
SELECT format(E'%%sGRANT %%s ON %%s%%s TO %%s%%s%%s',
              CASE WHEN g.grantor <> g.owner
                   THEN format(E'SET ROLE %%I;\\n', pg_get_userbyid(g.grantor)) END,
              string_agg(g.privilege, ', ' ORDER BY g.privilege), g.kind, g.name,
              CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
              CASE WHEN g.option THEN ' WITH GRANT OPTION' END,
              CASE WHEN g.grantor <> g.owner THEN E';\\nRESET ROLE' END)
  FROM ({_HELD}) g WHERE g.grantee <> g.owner
 GROUP BY g.kind, g.name, g.grantor, g.owner, g.grantee, g.option
 ORDER BY g.kind DESC, g.name, g.grantor <> g.owner, pg_get_userbyid(g.grantor),
          pg_get_userbyid(g.grantee), g.option
""",
)


def read_dump(connection: Connection[Row], config: Config) -> str:
    """Read it, in a transaction; all names are qualified.

    The same catalog gives the same text, in whatever order its things were made.
    """
    ours = belongings(connection, config)
    return "".join(f"{statement};\n\n" for statement in _statements(connection, ours, config))


def _statements(connection: Connection[Row], ours: Belongings, config: Config) -> Iterator[str]:
    asked: Mapping[str, list[str]] = {
        "oids": [table.oid for table in (*ours.tables, *ours.views)],
        "functions": [function.oid for function in ours.functions],
        "roles": sorted(config.privileges.forbidden),
    }
    for query in _STATEMENTS:
        for (statement,) in connection.execute(query.encode(), asked):
            yield str(statement)
