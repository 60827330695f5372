"""What a statement uses has to be there when its turn comes: OBG404, form by form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outbox_guard.checking import read
from outbox_guard.names import Names
from outbox_guard.schema.standing import standing_schema
from outbox_guard.trees import Tree


def missed(sql: str, *, version: int = 15, beside: str = "") -> list[str]:
    names = replace(Names(), target_version=version)
    tree = Tree.of({"schema/1.sql": sql, "ops/init.sql": beside}, names)
    facts = [fact for path in sorted(tree.paths) for fact in read(path, tree)]
    return [f"{use.kind} {use.name}" for use in standing_schema(facts, names).missed]


T, E, F = (
    "CREATE TABLE t (a int);",
    "CREATE TYPE e AS ENUM ('x');",
    ("CREATE FUNCTION f(x int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';"),
)
TRIGGER = "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION h();"
H = "CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"

# With the uses first, a server refuses each of these; with what they use first, it takes them.
FORMS = {
    f"table t before {use}": (use, T, ["table t"])
    for use in (
        "CREATE TABLE u (LIKE t);",
        "CREATE TABLE u () INHERITS (t);",
        "CREATE TABLE u AS SELECT * FROM t;",
        "SELECT a INTO UNLOGGED TABLE u FROM t;",
        "WITH w AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM w;",
        "CREATE VIEW v AS SELECT 1 FROM generate_series(1, 2) AS g(n) JOIN t ON t.a = g.n;",
        "CREATE VIEW v AS SELECT s.n FROM (VALUES (1), (2)) AS s(n), public.t;",
        "CREATE VIEW v AS WITH w AS (SELECT 1 AS a) SELECT w.a FROM w LEFT JOIN LATERAL"
        " (SELECT a FROM t LIMIT 1) AS x ON true;",
        "CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM ONLY t;",
        "CREATE INDEX i ON t (a);",
        "CREATE UNIQUE INDEX IF NOT EXISTS i ON ONLY public.t USING btree (a);",
        "ALTER TABLE t ADD b int;",
        "ALTER TABLE ONLY public.t ALTER a SET NOT NULL;",
        "GRANT SELECT, UPDATE (a) ON TABLE t TO PUBLIC;",
        "REVOKE ALL ON t FROM PUBLIC;",
        "COMMENT ON TABLE t IS 'x';",
        "COMMENT ON COLUMN t.a IS 'x';",
        "CREATE FUNCTION q() RETURNS SETOF int LANGUAGE sql AS $$ SELECT a FROM t $$;",
        "CREATE FUNCTION q() RETURNS void LANGUAGE sql AS $$ INSERT INTO t (a) VALUES (1) $$;",
        "CREATE FUNCTION q() RETURNS void LANGUAGE sql AS $$ DELETE FROM t USING pg_class c $$;",
        "CREATE FUNCTION q() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END;",
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING;",
        "CREATE POLICY p ON t USING (true);",
        "INSERT INTO t (a) VALUES (1);",
        "UPDATE public.t SET a = 2;",
        "DELETE FROM ONLY t;",
        "CREATE TABLE u (a regclass DEFAULT 'public.t'::regclass);",
    )
}
S = "CREATE SEQUENCE s;"
FORMS |= {
    f"sequence s before {use}": (use, S, ["table s"])
    for use in (
        "CREATE TABLE u (a bigint DEFAULT nextval('s'));",
        "CREATE TABLE u (a bigint DEFAULT nextval('public.s'::regclass));",
        "CREATE VIEW v AS SELECT currval('\"s\"') AS n;",
    )
}
FORMS |= {
    f"type e before {use}": (use, E, ["type e"])
    for use in (
        "CREATE TABLE u (a e);",
        "CREATE TABLE u (a int, b e[] NOT NULL);",
        "CREATE TABLE u (a text DEFAULT 'x'::public.e);",
        "CREATE TABLE u (a text CHECK (a <> CAST('x' AS e)::text));",
        "CREATE TABLE u (a int); ALTER TABLE u ADD COLUMN b e;",
        "CREATE TABLE u (a text); ALTER TABLE u ALTER a TYPE e USING a::e;",
        "CREATE DOMAIN d AS e;",
        "CREATE TYPE c AS (a int, b e);",
        "CREATE FUNCTION q(a int, b e DEFAULT NULL) RETURNS int LANGUAGE plpgsql AS 'BEGIN END';",
        "CREATE FUNCTION q() RETURNS SETOF e LANGUAGE plpgsql AS 'BEGIN END';",
        "CREATE FUNCTION q(OUT a e) LANGUAGE plpgsql AS 'BEGIN END';",
        "CREATE FUNCTION q() RETURNS TABLE (a e) LANGUAGE plpgsql AS 'BEGIN END';",
        "CREATE FUNCTION q() RETURNS text LANGUAGE sql AS $$ SELECT 'x'::e::text $$;",
        "ALTER TYPE e ADD VALUE 'y';",
        "COMMENT ON TYPE e IS 'x';",
    )
}
FORMS |= {
    f"function f before {use}": (use, F, ["function f"])
    for use in (
        "CREATE TABLE u (a int DEFAULT f(1));",
        "CREATE TABLE u (a int CHECK (f(a) > 0));",
        "CREATE TABLE u (a int, b int GENERATED ALWAYS AS (f(a)) STORED);",
        "CREATE TABLE u (a int); CREATE INDEX i ON u (f(a));",
        "CREATE TABLE u (a int); CREATE INDEX i ON u (a) WHERE public.f(a) = 1;",
        "CREATE VIEW v AS SELECT f(1) AS n;",
        "CREATE VIEW v AS SELECT n FROM f(1) AS n;",
        "CREATE FUNCTION q() RETURNS int LANGUAGE sql AS $$ SELECT f(2) $$;",
        "GRANT EXECUTE ON FUNCTION f(int) TO PUBLIC;",
        "ALTER FUNCTION f(int) STABLE;",
        "COMMENT ON FUNCTION f(int) IS 'x';",
    )
}
P = "CREATE TABLE payment_outbox_pending (a int);"
FORMS |= {
    f"a guarded table before {use}": (use, P, ["table payment_outbox_pending"])
    for use in (
        "TRUNCATE TABLE ONLY payment_outbox_pending;",
        "INSERT INTO public.payment_outbox_pending (a) VALUES (1);",
        "UPDATE payment_outbox_pending SET a = 2;",
        "DELETE FROM payment_outbox_pending;",
        "SELECT (SELECT count(*) FROM payment_outbox_pending);",
        "DO $$ BEGIN PERFORM 1 FROM payment_outbox_pending; END $$;",
    )
}
FORMS |= {
    "a trigger before its function": (T + TRIGGER, H, ["function h"]),
    "a trigger before its table": (TRIGGER, H + T, ["table t", "function h"]),
}


@pytest.mark.parametrize(("use", "made", "names"), FORMS.values(), ids=FORMS)
def test_what_comes_too_late_is_missed(use: str, made: str, names: list[str]) -> None:
    own = T if use.startswith(T) else ""
    assert missed(use + made) == names
    assert missed(own + made.replace(own or "-", "") + use.removeprefix(own)) == []


LATE_ENOUGH = {
    "a body of PL/pgSQL": "CREATE FUNCTION q() RETURNS int LANGUAGE plpgsql AS"
    f" 'BEGIN RETURN (SELECT f(a) FROM t); END'; {T} {F}",
    "bodies that are not checked": "SET check_function_bodies = false;"
    f"CREATE FUNCTION q() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t'; {T}",
    "bodies that pg_dump does not check": "SELECT set_config('check_function_bodies', 'off',"
    f" false); CREATE FUNCTION q() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t'; {T}",
    "IF EXISTS": f"DROP TABLE IF EXISTS t; ALTER TABLE IF EXISTS t ADD b int; {T}",
    "a branch": f"DO $$ BEGIN IF false THEN ALTER TABLE t ADD b int; END IF; END $$; {T}",
    "a name that WITH makes": f"CREATE VIEW v AS WITH t (a) AS (SELECT 1) SELECT a FROM t; {T}",
    "a name that is a column": "CREATE TABLE u (t interval, e int);"
    f" CREATE VIEW v AS SELECT extract(epoch FROM t) AS s, e IS DISTINCT FROM e FROM u; {T} {E}",
    "a text that is looked up late": f"CREATE VIEW v AS SELECT to_regclass('t'); {T}",
    "an alias": f"CREATE VIEW v AS SELECT t.n FROM generate_series(1, 2) AS t(n); {T}",
    "a table of that name in another schema": f"CREATE SCHEMA s; CREATE TABLE s.t (a int);"
    f" CREATE VIEW v AS SELECT a FROM s.t; {T}",
    "itself": "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t (a));"
    " CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS"
    " $$ SELECT CASE WHEN x > 0 THEN f(x - 1) END $$;",
    "what has another name by then": f"{T}"
    " ALTER TABLE t RENAME TO u; CREATE VIEW v AS SELECT a FROM u;",
    "a text": f"CREATE TABLE u (a text DEFAULT 'f(1) FROM t'); {T} {F}",
    "a table that is made in a block": "DO $$ BEGIN CREATE TABLE u (a int); END $$; TRUNCATE u;",
    "a table that SELECT makes": "CREATE TABLE u (a int); SELECT a INTO TEMP t FROM u;"
    f" UPDATE t SET a = 2; DROP TABLE t; {T}",
    "a table that SELECT makes behind WITH": "CREATE TABLE u (a int);"
    f" WITH w AS (SELECT a FROM u) SELECT a INTO t FROM w; DELETE FROM t; DROP TABLE t; {T}",
    "a type of the rows of a table": f"{T}"
    " CREATE FUNCTION q(r t) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DDL that a function runs": "CREATE FUNCTION q() RETURNS void LANGUAGE plpgsql AS"
    f" 'BEGIN CREATE INDEX i ON t (a); END'; {T}",
}


@pytest.mark.parametrize("sql", LATE_ENOUGH.values(), ids=LATE_ENOUGH)
def test_what_is_not_needed_yet_is_not_missed(sql: str) -> None:
    assert missed(sql) == []


BUILT_IN = [
    ("CREATE TABLE t (a uuid DEFAULT uuidv7());", 17, ["function uuidv7"]),
    ("CREATE TABLE t (a uuid DEFAULT uuidv7());", 18, []),
    ("CREATE TABLE t (a uuid DEFAULT pg_catalog.uuidv7());", 17, ["function uuidv7"]),
    ("CREATE TABLE t (a uuid DEFAULT tools.uuidv7());", 17, []),
    ("CREATE TABLE t (a uuid DEFAULT gen_random_uuid());", 13, []),
    ("CREATE TABLE t (a uuid DEFAULT gen_random_uuid());", 12, ["function gen_random_uuid"]),
    ('CREATE EXTENSION "pgcrypto"; CREATE TABLE t (a uuid DEFAULT gen_random_uuid());', 12, []),
    ("CREATE TABLE t (a uuid DEFAULT uuid_generate_v4());", 18, ["function uuid_generate_v4"]),
    ("CREATE TABLE t (a citext, b text);", 18, ["type citext"]),
    ("CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE t (a public.citext);", 18, []),
    ("CREATE TABLE t (a extensions.citext);", 18, []),
    ("CREATE SCHEMA x; CREATE TABLE t (a x.citext);", 18, ["type citext"]),
    ("CREATE TABLE t (a tstzmultirange);", 13, ["type tstzmultirange"]),
    ("CREATE TABLE digest (a int); INSERT INTO digest (a) VALUES (1);", 17, []),
    ("CREATE FUNCTION date_bin() RETURNS int LANGUAGE sql AS '1'; SELECT date_bin();", 13, []),
]


@pytest.mark.parametrize(("sql", "version", "names"), BUILT_IN)
def test_what_is_built_in_depends_on_the_version(sql: str, version: int, names: list[str]) -> None:
    assert missed(sql, version=version) == names


def test_an_extension_may_be_created_outside_of_the_schema() -> None:
    sql = "CREATE TABLE t (a uuid DEFAULT uuid_generate_v4());"
    assert missed(sql, beside='CREATE EXTENSION "uuid-ossp";') == []
