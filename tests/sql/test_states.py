"""Every text that may reach an attempt's state is found, and what only looks like it is not."""

from __future__ import annotations

import pytest

from outbox_guard.facts import Undetermined, Write
from outbox_guard.frontends.sql.lexing.text import Bind, Binds
from tests.support.sql_reading import MARK, facts, handed_over, marked, starts, writes

TRIGGER = """CREATE TRIGGER t BEFORE INSERT ON payment_outbox_attempts
    FOR EACH ROW EXECUTE FUNCTION f();"""


def body(declare: str, statements: str, name: str = "f() RETURNS void") -> str:
    return (
        f"CREATE FUNCTION {name} LANGUAGE plpgsql AS $$\nDECLARE {declare}\nBEGIN\n"
        f"{statements}\nEND $$;"
    )


def insert(value: str) -> str:
    return f"/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (1, {value})"


LITERALS = {
    "plain": "'DISPATCHING'",
    "cast": "'DISPATCHING'::outbox_attempt_state",
    "cast to a type in a schema": "'DISPATCHING'::public.outbox_attempt_state",
    "cast twice": "('DISPATCHING'::text)::varchar(20)",
    "CAST": "CAST('DISPATCHING' AS outbox_attempt_state)",
    "typed": "outbox_attempt_state 'DISPATCHING'",
    "typed in a schema": "public.outbox_attempt_state 'DISPATCHING'",
    "with escapes": "E'DISP\\x41TCHING'",
    "with Unicode escapes": "U&'\\0044ISPATCHING'",
    "with an escape of its own": "U&'!0044ISPATCHING' UESCAPE '!'",
    "in dollars": "$$DISPATCHING$$",
    "in tagged dollars": "$x$DISPATCHING$x$",
    "national": "N'DISPATCHING'",
    "continued on the next line": "'DISPAT'\n'CHING'",
    "concatenated": "'DISPATCH' || 'ING'",
    "concatenated and cast": "('DIS' || 'PATCH' || 'ING')::outbox_attempt_state",
    "by concat": "concat('DISPATCH', 'ING')",
    "by concat_ws": "concat_ws('', 'DISPATCH', 'ING')",
    "by format": "format('%sING', 'DISPATCH')",
    "element of an array's literal": "('{FAILED,DISPATCHING}'::text[])[2]",
    "part of a list": "split_part('FAILED,DISPATCHING', ',', 2)",
    "by upper": "upper('dispatching')",
    "by replace": "replace('DISPATCHED', 'ED', 'ING')",
    "trimmed": "btrim(' DISPATCHING ')",
    "in a CASE": "CASE WHEN a THEN 'FAILED' WHEN b THEN 'DISPATCHING' END",
    "in an ELSE": "CASE a WHEN 1 THEN 'FAILED' ELSE 'DISPATCHING' END",
    "in COALESCE": "coalesce(x, 'DISPATCHING')",
    "in GREATEST": "greatest('A', 'DISPATCHING')",
    "in NULLIF": "nullif('DISPATCHING', x)",
    "in a sub-query": "(SELECT 'DISPATCHING')",
    "in a sub-query's VALUES": "(SELECT s FROM (VALUES ('DISPATCHING')) v(s))",
    "in an array": "(ARRAY['FAILED', 'DISPATCHING'])[i]",
    "by max": "(SELECT max(s) FROM (VALUES ('DISPATCHING')) v(s))",
    "collated": "'DISPATCHING' COLLATE \"C\"",
}

FOUND = {
    **{f"literal {name}": insert(value) for name, value in LITERALS.items()},
    "in the second row": insert("'FAILED'), (2, 'DISPATCHING'"),
    "from SELECT": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT outbox_id, 'DISPATCHING' FROM payment_outbox_pending""",
    "from a column of a CTE": """WITH n AS (SELECT outbox_id, 'DISPATCHING' AS s FROM p)
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT outbox_id, s FROM n""",
    "from a renamed column of a CTE": """WITH n(id, s) AS (SELECT outbox_id, 'DISPATCHING' FROM p)
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT n.id, n.s FROM n""",
    "from a CTE with a star": """WITH n AS (SELECT outbox_id, 'DISPATCHING' FROM p)
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT * FROM n""",
    "by position from the right of a star": """/*!*/INSERT INTO payment_outbox_attempts
        (outbox_id, payee, state) SELECT p.*, 'DISPATCHING' FROM payment_outbox_pending p""",
    "from TABLE": """WITH n(a, b) AS (VALUES (1, 'DISPATCHING'))
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) TABLE n""",
    "from a recursive CTE": """WITH RECURSIVE n(i, s) AS (SELECT 1, 'DISPATCHING'
        UNION ALL SELECT i + 1, s FROM n WHERE i < 3)
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT i, s FROM n""",
    "from one branch of a union": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT 1, 'FAILED' UNION ALL SELECT 2, 'DISPATCHING'""",
    "from a join": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT p.outbox_id, v.s FROM payment_outbox_pending p
        CROSS JOIN (VALUES ('DISPATCHING')) AS v(s)""",
    "from unnest": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT 1, s FROM unnest(ARRAY['DISPATCHING']) AS s""",
    "from unnest of two": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT u.id, u.s FROM unnest(ARRAY[1], ARRAY['DISPATCHING']) AS u(id, s)""",
    "from RETURNING": """WITH n AS (INSERT INTO notes (id, word) VALUES (1, 'DISPATCHING')
        RETURNING id, word)
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT id, word FROM n""",
    "VALUES in parentheses": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        (VALUES (1, 'DISPATCHING'))""",
    "overriding": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        OVERRIDING SYSTEM VALUE VALUES (1, 'DISPATCHING')""",
    "from a row of a temporary table": """CREATE TEMP TABLE n AS SELECT 'DISPATCHING' AS s;
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT 1, s FROM n""",
    "from a view": """CREATE VIEW n AS SELECT 'DISPATCHING' AS s;
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT 1, n.s FROM n""",
    "from a function": """CREATE FUNCTION s() RETURNS text LANGUAGE sql AS $$SELECT 'DISPATCHING'$$;
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (1, s())""",
    "from a function in PL/pgSQL": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        VALUES (1, app.s()); CREATE FUNCTION app.s() RETURNS text LANGUAGE plpgsql AS $$
        DECLARE v text := 'DISPATCH'; BEGIN v := v || 'ING'; RETURN v; END $$""",
    "in quotes and a schema": """/*!*/INSERT INTO "public"."payment_outbox_attempts"
        ("outbox_id", "state") VALUES (1, 'DISPATCHING')""",
    "in capitals": """/*!*/insert into PAYMENT_OUTBOX_ATTEMPTS (OUTBOX_ID, STATE)
        values (1, 'DISPATCHING')""",
    "with an alias": """/*!*/INSERT INTO payment_outbox_attempts AS a (outbox_id, state)
        VALUES (1, 'DISPATCHING') RETURNING a.*""",
    "on conflict": """/*!*/INSERT INTO payment_outbox_attempts AS a (outbox_id, state)
        VALUES (1, 'FAILED') ON CONFLICT (outbox_id) DO UPDATE SET state = 'DISPATCHING'""",
    "on conflict, of a row": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        VALUES (1, 'FAILED') ON CONFLICT (outbox_id)
        DO UPDATE SET (note, state) = ROW ('x', 'DISPATCHING') WHERE excluded.a > 1""",
    "on conflict, of another excluded column": """/*!*/INSERT INTO payment_outbox_attempts
        (outbox_id, note) VALUES (1, 'DISPATCHING') ON CONFLICT (outbox_id)
        DO UPDATE SET state = EXCLUDED.note""",
    "UPDATE": "/*!*/UPDATE payment_outbox_attempts SET state = 'DISPATCHING' WHERE outbox_id = 1",
    "UPDATE of several": """/*!*/UPDATE ONLY payment_outbox_attempts AS a
        SET note = 'x', (b, state) = (1, 'DISPATCHING')""",
    "UPDATE of a row": "/*!*/UPDATE payment_outbox_attempts SET (b, state) = ROW(1, 'DISPATCHING')",
    "UPDATE by a sub-query": """/*!*/UPDATE payment_outbox_attempts
        SET (b, state) = (SELECT 1, v.s FROM (VALUES ('DISPATCHING')) v(s))""",
    "UPDATE from a list": """/*!*/UPDATE payment_outbox_attempts a SET state = v.s
        FROM (VALUES (1, 'DISPATCHING'), (2, 'FAILED')) AS v(id, s) WHERE a.outbox_id = v.id""",
    "MERGE that inserts": """/*!*/MERGE INTO payment_outbox_attempts a USING due d
        ON a.outbox_id = d.outbox_id
        WHEN NOT MATCHED THEN INSERT (outbox_id, state) VALUES (d.outbox_id, 'DISPATCHING')""",
    "MERGE that updates": """/*!*/MERGE INTO payment_outbox_attempts a USING due d ON a.id = d.id
        WHEN MATCHED AND d.x THEN DO NOTHING
        WHEN MATCHED THEN UPDATE SET state = 'DISPATCHING'""",
    "MERGE from its source": """/*!*/MERGE INTO payment_outbox_attempts a
        USING (SELECT 1 AS id, 'DISPATCHING' AS s) d ON a.id = d.id
        WHEN NOT MATCHED THEN INSERT (outbox_id, state) VALUES (d.id, d.s)""",
    "COPY of data": "/*!*/COPY payment_outbox_attempts (outbox_id, state) FROM stdin;\n"
    "1\tFAILED\n2\tDISPATCHING\n\\.\n",
    "COPY of data in CSV": "/*!*/COPY payment_outbox_attempts (outbox_id, state) FROM stdin"
    " WITH (FORMAT csv);\n1,FAILED\n2,DISPATCHING\n\\.\n",
    "column default": """CREATE TABLE payment_outbox_attempts (outbox_id uuid,
        state text NOT NULL /*!*/DEFAULT 'DISPATCHING'::text CHECK (state <> ''))""",
    "default of an added column": """ALTER TABLE payment_outbox_attempts
        ADD COLUMN IF NOT EXISTS state text /*!*/DEFAULT 'DISPATCHING' NOT NULL""",
    "default that is set": """ALTER TABLE ONLY public.payment_outbox_attempts
        ALTER COLUMN note SET DEFAULT 'x', ALTER state SET /*!*/DEFAULT 'DISPATCHING'""",
    "parameter's default": """CREATE FUNCTION f(p_id uuid, p_state text DEFAULT 'DISPATCHING')
        RETURNS void LANGUAGE sql AS $$ /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        VALUES (p_id, p_state) $$""",
    "numbered parameter's default": """CREATE FUNCTION f(uuid, text = 'DISPATCHING')
        RETURNS void LANGUAGE sql AS $$ /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        VALUES ($1, $2) $$""",
    "parameter of its function": """CREATE FUNCTION f(state text DEFAULT 'DISPATCHING')
        RETURNS void LANGUAGE sql BEGIN ATOMIC
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (1, f.state); END""",
    "variable": body("v text := 'DISPATCHING';", insert("v") + ";"),
    "constant": body("c CONSTANT text NOT NULL DEFAULT 'DISPATCHING';", insert("c::st") + ";"),
    "assigned variable": body("v text;", "v := 'DISPATCHING'; " + insert("v") + ";"),
    "variable of one branch": body(
        "v text := 'FAILED';", f"IF p THEN v := 'DISPATCHING'; END IF; {insert('v')};"
    ),
    "variable of an earlier turn": body(
        "v text := 'FAILED';", f"LOOP {insert('v')}; v := 'DISPATCHING'; END LOOP;"
    ),
    "variable from a query": body("v text;", f"SELECT 'DISPATCHING' INTO v; {insert('v')};"),
    "variable from several": body(
        "a int; v text;", f"SELECT 1, 'DISPATCHING' INTO a, v; {insert('v')};"
    ),
    "field of a record": body(
        "r record;", f"SELECT 1 AS a, 'DISPATCHING' AS s INTO r; {insert('r.s')};"
    ),
    "field of a row that is assigned": body(
        "r payment_outbox_attempts%ROWTYPE;",
        "r.state := 'DISPATCHING'; /*!*/INSERT INTO payment_outbox_attempts SELECT r.*;",
    ),
    "loop variable": body(
        "r record;", f"FOR r IN SELECT 'DISPATCHING' AS s LOOP {insert('r.s')}; END LOOP;"
    ),
    "element of an array": body(
        "s text;",
        f"FOREACH s IN ARRAY ARRAY['FAILED', 'DISPATCHING'] LOOP {insert('s')}; END LOOP;",
    ),
    "in an exception's branch": body(
        "v text := 'FAILED';",
        f"BEGIN v := 'DISPATCHING'; PERFORM 1/0; EXCEPTION WHEN OTHERS THEN {insert('v')}; END;",
    ),
    "executed": body(
        "",
        "EXECUTE '/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (1, ''DISPATCHING'')';",
    ),
    "executed with USING": body(
        "v text := 'DISPATCHING';",
        "EXECUTE '/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES ($1, $2)'"
        " USING 1, v;",
    ),
    "executed by format": body(
        "",
        "EXECUTE format('/*!*/INSERT INTO %I (outbox_id, state) VALUES (%s, %L)',"
        " 'payment_outbox_attempts', 1, 'DISPATCHING');",
    ),
    "trigger": TRIGGER
    + body("", "/*!*/NEW.state := 'DISPATCHING'; RETURN NEW;", "f() RETURNS trigger"),
    "trigger with an equals sign": body(
        "", "/*!*/NEW.state = 'DISPATCHING'; RETURN NEW;", "f() RETURNS trigger"
    )
    + TRIGGER,
    "trigger by SELECT INTO": TRIGGER
    + body("", "SELECT 'DISPATCHING' INTO /*!*/NEW.state; RETURN NEW;", "f() RETURNS trigger"),
    "argument of a function": """CREATE FUNCTION f(p_id int, s text) RETURNS void
        LANGUAGE sql AS $$ /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state)
        VALUES (p_id, s) $$;
        SELECT f(1, 'DISPATCHING')""",
    "argument of a procedure, by name": """CALL f(s => 'DISPATCHING'); CREATE PROCEDURE f(s text)
        LANGUAGE plpgsql AS $$ BEGIN
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (1, s); END $$""",
    "argument that is passed on": """CREATE FUNCTION same(s text) RETURNS text
        LANGUAGE sql RETURN s;
        /*!*/INSERT INTO payment_outbox_attempts (state) VALUES (same('DISPATCHING'))""",
    "row that is assigned": body(
        "r payment_outbox_attempts;",
        "r := ROW(1, 'DISPATCHING'); /*!*/INSERT INTO payment_outbox_attempts VALUES (r.*);",
    ),
    "row that is cast": """/*!*/INSERT INTO payment_outbox_attempts
        SELECT (ROW(1, 'DISPATCHING')::payment_outbox_attempts).*""",
    "staging table": """CREATE TEMP TABLE n (id int, s text);
        INSERT INTO n VALUES (1, 'DISPATCHING');
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT id, s FROM n""",
    "staging table that is updated": """CREATE TABLE n (id int, s text);
        UPDATE n SET s = 'DISPATCHING';
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT id, s FROM n""",
    "staging table with a default": """CREATE TABLE n (id int, s text DEFAULT 'DISPATCHING');
        /*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT id, s FROM n""",
    "staging table that is copied into": "CREATE TABLE n (id int, s text);\n"
    "COPY n (id, s) FROM stdin;\n1\tDISPATCHING\n\\.\n"
    "/*!*/INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT id, s FROM n;",
    "psql's variable": "\\set s DISPATCHING\n" + insert(":'s'") + ";",
    "psql's variable from a query": "SELECT 'DISPATCHING' AS s \\gset\n" + insert(":'s'") + ";",
    "view of attempts": """CREATE VIEW v AS SELECT outbox_id, state FROM payment_outbox_attempts;
        /*!*/INSERT INTO v (outbox_id, state) VALUES (1, 'DISPATCHING')""",
    "prepared": "PREPARE q (int) AS " + insert("'DISPATCHING'"),
    "in a rule of two actions": "CREATE RULE r AS ON DELETE TO x DO ALSO (DELETE FROM y; "
    + insert("'DISPATCHING'")
    + ")",
    "where the parser fails": insert("'DISPATCHING', now() AT LOCAL"),
    "in a hidden column": """/*!*/INSERT INTO payment_outbox_attempts (outbox_id, {col})
        VALUES (1, 'DISPATCHING')""",
}

TWINS = {
    "another state": insert("'FAILED'"),
    "another column": """INSERT INTO payment_outbox_attempts (note, state)
        VALUES ('DISPATCHING', 'FAILED')""",
    "another table": "INSERT INTO orders (id, state) VALUES (1, 'DISPATCHING')",
    "a similar table": "INSERT INTO payment_outbox_attempts_old (state) VALUES ('DISPATCHING')",
    "the other case": insert("'dispatching'"),
    "the state of pending": """INSERT INTO payment_outbox_pending (outbox_id, note)
        VALUES (1, 'DISPATCHING')""",
    "a column of a table": """INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT outbox_id, state FROM payment_outbox_attempts WHERE state = 'DISPATCHING'""",
    "a condition": """INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT outbox_id, 'FAILED' FROM payment_outbox_attempts WHERE state = 'DISPATCHING'""",
    "a condition of a CASE": insert("CASE s WHEN 'DISPATCHING' THEN 'FAILED' ELSE 'A' END"),
    "a condition of NULLIF": insert("nullif('FAILED', 'DISPATCHING')"),
    "a filter": insert("(SELECT max(s) FILTER (WHERE s = 'DISPATCHING') FROM t)"),
    "an order": insert("(SELECT s FROM t ORDER BY s = 'DISPATCHING' LIMIT 1)"),
    "the other column of a CTE": """WITH n AS (SELECT 'DISPATCHING' AS a, 'FAILED' AS b)
        INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT a, b FROM n""",
    "the right side of EXCEPT": """INSERT INTO payment_outbox_attempts (state)
        SELECT 'FAILED' EXCEPT SELECT 'DISPATCHING'""",
    "from the right of a star": """INSERT INTO payment_outbox_attempts (outbox_id, state, note)
        SELECT p.*, 'DISPATCHING' FROM payment_outbox_pending p""",
    "UPDATE where": """UPDATE payment_outbox_attempts SET state = 'FAILED'
        WHERE state = 'DISPATCHING'""",
    "UPDATE of another column": "UPDATE payment_outbox_attempts SET note = 'DISPATCHING'",
    "UPDATE of the other of two": """UPDATE payment_outbox_attempts
        SET (note, state) = ('DISPATCHING', 'FAILED')""",
    "UPDATE from another column": """UPDATE payment_outbox_attempts a SET state = v.s
        FROM (VALUES ('DISPATCHING', 'FAILED')) AS v(id, s) WHERE a.outbox_id = v.id""",
    "on conflict where": """INSERT INTO payment_outbox_attempts AS a (outbox_id, state)
        VALUES (1, 'FAILED') ON CONFLICT (outbox_id) DO UPDATE SET note = 'x'
        WHERE a.state = 'DISPATCHING'""",
    "MERGE when": """MERGE INTO payment_outbox_attempts a USING due d ON a.id = d.id
        WHEN MATCHED AND a.state = 'DISPATCHING' THEN UPDATE SET state = 'FAILED'""",
    "a check": "CREATE TABLE payment_outbox_attempts (state text CHECK (state <> 'DISPATCHING'))",
    "the enum": "CREATE TYPE outbox_attempt_state AS ENUM ('DISPATCHING', 'FAILED')",
    "an index": """CREATE INDEX i ON payment_outbox_attempts (outbox_id)
        WHERE state = 'DISPATCHING'""",
    "a read": "SELECT * FROM payment_outbox_attempts WHERE state = 'DISPATCHING'",
    "a delete": "DELETE FROM payment_outbox_attempts WHERE state = 'DISPATCHING'",
    "a comment": "-- INSERT INTO payment_outbox_attempts (state) VALUES ('DISPATCHING')\nSELECT 1",
    "a comment on the column": "COMMENT ON COLUMN payment_outbox_attempts.state IS 'DISPATCHING'",
    "the default of another column": """ALTER TABLE payment_outbox_attempts
        ALTER COLUMN note SET DEFAULT 'DISPATCHING'""",
    "the default of another table": "CREATE TABLE orders (state text DEFAULT 'DISPATCHING')",
    "a default that is dropped": "ALTER TABLE payment_outbox_attempts ALTER state DROP DEFAULT",
    "an unknown parameter": insert("p_state"),
    "data of another column": "COPY payment_outbox_attempts (note, state) FROM stdin;\n"
    "DISPATCHING\tFAILED\n\\.\n",
    "data going out": "COPY payment_outbox_attempts (outbox_id, state) TO stdout",
    "a variable that was given anew": body(
        "v text := 'DISPATCHING';", f"v := 'FAILED'; {insert('v')};"
    ),
    "the variable of the other branch": body(
        "v text;", f"IF p THEN v := 'DISPATCHING'; ELSE v := 'FAILED'; {insert('v')}; END IF;"
    ),
    "a variable given anew in each turn": body(
        "v text;", f"LOOP v := 'FAILED'; {insert('v')}; v := 'DISPATCHING'; END LOOP;"
    ),
    "a variable that is compared": body(
        "v text := 'FAILED';", f"IF v = 'DISPATCHING' THEN RETURN; END IF; {insert('v')};"
    ),
    "another variable": body("v text := 'DISPATCHING'; w text := 'FAILED';", f"{insert('w')};"),
    "another field": body(
        "r record;", f"SELECT 'DISPATCHING' AS a, 'FAILED' AS s INTO r; {insert('r.s')};"
    ),
    "another argument": """CREATE FUNCTION f(note text, s text) RETURNS void LANGUAGE sql AS $$
        INSERT INTO payment_outbox_attempts (note, state) VALUES (note, s) $$;
        SELECT f('DISPATCHING', 'FAILED')""",
    "an argument that is compared": """CREATE FUNCTION f(s text) RETURNS text LANGUAGE sql
        RETURN CASE s WHEN 'DISPATCHING' THEN 'FAILED' ELSE 'RETRYABLE' END;
        INSERT INTO payment_outbox_attempts (state) VALUES (f('DISPATCHING'))""",
    "another column of a staging table": """CREATE TABLE n (id text, s text);
        INSERT INTO n VALUES ('DISPATCHING', 'FAILED');
        INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT id, s FROM n""",
    "a message": body("", "RAISE NOTICE 'INSERT DISPATCHING INTO payment_outbox_attempts';"),
    "a guard of a parameter": body(
        "",
        "IF p_state NOT IN ('DISPATCHED', 'FAILED') THEN RAISE EXCEPTION 'not DISPATCHING'; END IF;"
        + insert("p_state")
        + ";",
        "f(p_state text) RETURNS void",
    ),
    "executed as a value of another column": body(
        "",
        "EXECUTE 'INSERT INTO payment_outbox_attempts (note, state) VALUES ($1, $2)'"
        " USING 'DISPATCHING', 'FAILED';",
    ),
    "a trigger of another table": """CREATE TRIGGER t BEFORE INSERT ON orders
        FOR EACH ROW EXECUTE FUNCTION f();"""
    + body("", "NEW.state := 'DISPATCHING'; RETURN NEW;", "f() RETURNS trigger"),
    "a trigger that sets another column": TRIGGER
    + body("", "NEW.note := 'DISPATCHING'; RETURN NEW;", "f() RETURNS trigger"),
    "a trigger that refuses": TRIGGER
    + body(
        "",
        "IF NEW.state = 'DISPATCHING' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW;",
        "f() RETURNS trigger",
    ),
}


def gives(write: Write, state: str) -> bool:
    return state in write.states or any(state in texts for texts in write.by_position)


@pytest.mark.parametrize("name", FOUND)
def test_a_forbidden_state_is_found(name: str) -> None:
    sql = FOUND[name]
    found = [w for w in writes(sql) if gives(w, "DISPATCHING")]
    assert starts(found) == marked(sql)
    assert {write.table for write in found} == {"payment_outbox_attempts"}


@pytest.mark.parametrize("name", TWINS)
def test_its_twin_gives_no_such_state(name: str) -> None:
    attempts = [w for w in writes(TWINS[name]) if w.table == "payment_outbox_attempts"]
    assert not [write for write in attempts if gives(write, "DISPATCHING")]
    assert not [fact for fact in facts(TWINS[name]) if isinstance(fact, Undetermined)]


POSITIONS = {
    "INSERT INTO payment_outbox_attempts VALUES (1, 'a'), (2, 'b')": ((), ("a", "b")),
    "INSERT INTO payment_outbox_attempts (VALUES ('x', 'y'))": (("x",), ("y",)),
    "INSERT INTO payment_outbox_attempts SELECT 'x', p.note FROM p": (("x",), ()),
    "COPY payment_outbox_attempts FROM stdin;\n1\ta\n2\tb\n\\.\n": (("1", "2"), ("a", "b")),
    "MERGE INTO payment_outbox_attempts a USING d ON true WHEN NOT MATCHED THEN INSERT"
    " VALUES (d.id, 'a')": ((), ("a",)),
}


@pytest.mark.parametrize("sql", POSITIONS)
def test_an_insert_without_columns_tells_its_values_by_position(sql: str) -> None:
    (write,) = writes(sql)
    assert write.by_position == POSITIONS[sql]
    assert write.states == ()


def test_behind_a_star_of_unknown_width_a_value_may_be_any_column() -> None:
    (write,) = writes("INSERT INTO payment_outbox_attempts SELECT 'a', p.*, 'b' FROM p")
    assert (write.by_position, write.states) == ((("a",),), ("b",))


DISPATCHING = Bind(("DISPATCHING",), known=True)
BINDS = {
    "VALUES (%s, %s)": Binds(positional=(Bind(), DISPATCHING)),
    "VALUES ($1, $2)": Binds(positional=(Bind(), DISPATCHING)),
    "VALUES ($2, $1)": Binds(positional=(DISPATCHING, Bind())),
    "VALUES (?, ?)": Binds(positional=(Bind(), DISPATCHING)),
    "VALUES (%(id)s, %(s)s)": Binds(named={"s": DISPATCHING}),
    "VALUES (:id, :s)": Binds(named={"s": DISPATCHING}),
    "VALUES ($1,$2::outbox_attempt_state)": Binds(positional=(Bind(), DISPATCHING)),
    "SELECT %s, x.s FROM (SELECT %s AS s) x": Binds(positional=(Bind(), DISPATCHING)),
}


@pytest.mark.parametrize("values", BINDS)
def test_a_bind_value_is_a_value(values: str) -> None:
    sql = f"INSERT INTO payment_outbox_attempts (outbox_id, state) {values}"
    (write,) = handed_over(sql, BINDS[values])
    assert isinstance(write, Write)
    assert write.states == ("DISPATCHING",)


def test_a_bind_of_locked_rows_is_a_claim() -> None:
    sql = "DELETE FROM payment_outbox_pending WHERE outbox_id = ANY(%s) AND n = %s"
    for binds in ((Bind(locked=True), Bind()), (Bind(), Bind(locked=True)), (Bind(), Bind())):
        (write,) = handed_over(sql, Binds(positional=binds))
        assert isinstance(write, Write)
        assert write.claims_locked_rows == any(bind.locked for bind in binds)


def test_a_mark_stands_only_where_something_is_found() -> None:
    assert all(MARK in sql for sql in FOUND.values())
