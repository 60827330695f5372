"""Who may do what: by the tool's reckoning, by a server's, and statements to try both on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from outbox_guard.checking import read
from outbox_guard.facts import PUBLIC
from outbox_guard.live.servers.server import Server
from outbox_guard.names import Names
from outbox_guard.schema.rights import estate, held
from outbox_guard.trees import Tree

Right = tuple[str, str, str]  # a role, what it is on, a privilege
ROLES = ("symphony_readonly", "symphony_executor", "symphony_control", "group_a", "group_b", "boss")
TABLES = ("payment_outbox_pending", "payment_outbox_attempts", "participant_outbox_sequences")
FUNCTION = "claim_outbox_batch"
BEGINNING = (
    *(f"CREATE ROLE {role}" for role in ROLES),
    *(f"CREATE TABLE {table} (state text, note text)" for table in TABLES),
    f"CREATE FUNCTION {FUNCTION}(n int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
)

ON_TABLES = """
SELECT r.rolname, c.relname, p FROM pg_roles r, pg_class c, unnest(%(table)s::text[]) p
WHERE r.rolname NOT LIKE 'pg!_%%' ESCAPE '!' AND r.rolname <> 'postgres'
    AND c.relname = ANY (%(tables)s) AND has_table_privilege(r.oid, c.oid, p)
UNION
SELECT r.rolname, c.relname, format('%%s (%%s)', p, a.attname)
FROM pg_roles r, pg_class c, pg_attribute a, unnest(%(column)s::text[]) p
WHERE r.rolname NOT LIKE 'pg!_%%' ESCAPE '!' AND r.rolname <> 'postgres'
    AND c.relname = ANY (%(tables)s)
    AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND has_column_privilege(r.oid, c.oid, a.attname, p)
    AND NOT has_table_privilege(r.oid, c.oid, p)
UNION
SELECT 'PUBLIC', p.proname, 'EXECUTE'
FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE a.grantee = 0 AND p.pronamespace = 'public'::regnamespace
"""
OF_TABLES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
OF_COLUMNS = ["SELECT", "INSERT", "UPDATE", "REFERENCES"]


@dataclass(frozen=True)
class Outcome:
    accepted: tuple[str, ...]  # the statements that the server took
    rights: frozenset[Right]


def on_server(server: Server, statements: Sequence[str]) -> Outcome:
    """What the server says when all is done; nothing of it stays."""
    accepted: list[str] = []
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute("BEGIN")
        for statement in statements:
            connection.execute("SAVEPOINT before")
            try:
                connection.execute(statement.encode())
                connection.execute("RELEASE SAVEPOINT before")
                accepted.append(statement)
            except psycopg.Error:
                connection.execute("ROLLBACK TO SAVEPOINT before")
        connection.execute("RESET SESSION AUTHORIZATION")
        asked = {"table": OF_TABLES, "column": OF_COLUMNS, "tables": list(TABLES)}
        rows = connection.execute(ON_TABLES.encode(), asked).fetchall()
        connection.execute("ROLLBACK")
    return Outcome(tuple(accepted), frozenset((str(a), str(b), str(c)) for a, b, c in rows))


def reckoned(statements: Sequence[str], version: int) -> frozenset[Right]:
    """The same by the tool's reckoning, of the statements as a file of `schema/`."""
    names = Names(target_version=version)
    tree = Tree.of({"schema/1.sql": ";\n".join((*statements, ""))}, names)
    state = estate(read("schema/1.sql", tree), names)
    on_tables = {(each.role, each.item.name, each.privilege) for each in held(state, names)}
    own = {
        (role, table, privilege)
        for role, table, privilege in on_tables
        if privilege != "MAINTAIN" and role in state.roles.known
        if " (" not in privilege or (role, table, privilege.partition(" ")[0]) not in on_tables
    }
    open_ = {
        (PUBLIC, item.bare, "EXECUTE")
        for item in state.items
        if item.kind == "function" and any(e.grantee == PUBLIC for e in item.acl.entries)
    }
    return frozenset(own | open_)


@dataclass(frozen=True)
class Chance:
    """Statements at random, always the same ones for a seed."""

    dice: random.Random
    version: int

    def statements(self, number: int) -> Iterator[str]:
        makers = [
            *[self.granted] * 6,
            *[self.revoked] * 4,
            *[self.member] * 3,
            *[self.session] * 2,
            *[self.default] * 2,
            *[self.changed] * 3,
            self.on_function,
            self.account,
        ]
        yield from (self.dice.choice(makers)() for _ in range(number))

    def role(self) -> str:
        return self.dice.choice(ROLES)

    def grantee(self) -> str:
        return self.dice.choice((*ROLES, "PUBLIC"))

    def privileges(self) -> str:
        if self.dice.random() < 0.2:
            columns = self.dice.choice(("state", "note", "state, note"))
            return f"{self.dice.choice((*OF_COLUMNS, 'ALL'))} ({columns})"
        return self.dice.choice((*OF_TABLES, "ALL PRIVILEGES", "INSERT, DELETE", "SELECT, UPDATE"))

    def tables(self) -> str:
        some = ", ".join(self.dice.sample(TABLES, self.dice.choice((1, 1, 2))))
        return self.dice.choice((some, f"TABLE {some}", "ALL TABLES IN SCHEMA public"))

    def granted(self) -> str:
        option = self.dice.choice(("", "", " WITH GRANT OPTION"))
        return f"GRANT {self.privileges()} ON {self.tables()} TO {self.grantee()}{option}"

    def revoked(self) -> str:
        option = self.dice.choice(("", "", "GRANT OPTION FOR "))
        how = self.dice.choice(("", " CASCADE", " RESTRICT"))
        return f"REVOKE {option}{self.privileges()} ON {self.tables()} FROM {self.grantee()}{how}"

    def member(self) -> str:
        by_grant = self.version >= 16
        options = ["", "", " WITH ADMIN OPTION"] + [" WITH INHERIT FALSE"] * by_grant
        limits = ["", "ADMIN OPTION FOR "] + ["INHERIT OPTION FOR "] * by_grant
        return self.dice.choice(
            (
                f"GRANT {self.role()} TO {self.role()}{self.dice.choice(options)}",
                f"GRANT {self.role()} TO {self.role()}{self.dice.choice(options)}",
                f"REVOKE {self.dice.choice(limits)}{self.role()} FROM {self.role()}",
            )
        )

    def session(self) -> str:
        role = self.role()
        return self.dice.choice(
            ("RESET ROLE", "RESET ROLE", "RESET SESSION AUTHORIZATION", f"SET ROLE {role}")
        )

    def default(self) -> str:
        maker = self.dice.choice(("", "", " FOR ROLE postgres", " FOR ROLE symphony_control"))
        start = f"ALTER DEFAULT PRIVILEGES{maker}{self.dice.choice(('', ' IN SCHEMA public'))}"
        return self.dice.choice(
            (
                f"{start} GRANT {self.dice.choice(OF_TABLES)} ON TABLES TO {self.grantee()}",
                f"{start} REVOKE ALL ON TABLES FROM {self.grantee()}",
                f"{start} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
            )
        )

    def changed(self) -> str:
        table = self.dice.choice(TABLES)
        return self.dice.choice(
            (
                f"DROP TABLE {table}",
                f"CREATE TABLE IF NOT EXISTS {table} (state text, note text)",
                f"ALTER TABLE {table} DROP COLUMN note",
                f"ALTER TABLE {table} OWNER TO {self.role()}",
                f"ALTER TABLE {table} OWNER TO CURRENT_USER",
                f"REASSIGN OWNED BY {self.role()} TO {self.role()}",
            )
        )

    def on_function(self) -> str:
        return self.dice.choice(
            (
                f"REVOKE ALL ON FUNCTION {FUNCTION}(integer) FROM PUBLIC",
                f"REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA public FROM {self.grantee()}",
                f"GRANT EXECUTE ON FUNCTION {FUNCTION} TO {self.grantee()}",
                f"DROP FUNCTION {FUNCTION}(int)",
                f"CREATE OR REPLACE FUNCTION {FUNCTION}(n int) RETURNS int"
                " LANGUAGE sql AS 'SELECT 2'",
            )
        )

    def account(self) -> str:
        return self.dice.choice(
            (
                f"ALTER ROLE {self.role()} NOINHERIT",
                f"ALTER ROLE {self.role()} INHERIT",
                f"ALTER ROLE {self.role()} SUPERUSER",
                f"ALTER ROLE {self.role()} NOSUPERUSER",
                f"DROP ROLE {self.role()}",
                f"ALTER ROLE {self.role()} RENAME TO another",
                f"GRANT pg_write_all_data TO {self.role()}",
                f"GRANT pg_read_all_data TO {self.role()}",
            )
        )
