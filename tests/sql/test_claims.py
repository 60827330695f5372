"""A DELETE that takes the rows which the same work locked with SKIP LOCKED is a claim."""

from __future__ import annotations

import pytest

from outbox_guard.facts import Undetermined
from tests.support.sql_reading import MARK, facts, marked, starts, writes

LOCK = "SELECT outbox_id FROM payment_outbox_pending LIMIT 10 FOR UPDATE SKIP LOCKED"


def body(declare: str, statements: str, name: str = "f() RETURNS void") -> str:
    return (
        f"CREATE FUNCTION {name} LANGUAGE plpgsql AS $$\nDECLARE {declare}\nBEGIN\n"
        f"{statements}\nEND $$;"
    )


FOUND = {
    "in a sub-query": f"/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})",
    "by any of an array of a sub-query": (
        f"/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = ANY(ARRAY({LOCK}))"
    ),
    "by any of a sub-query": (
        f"/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = ANY({LOCK})"
    ),
    "by equality with one row": (
        f"/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = ({LOCK})"
    ),
    "by ctid": """/*!*/DELETE FROM payment_outbox_pending WHERE ctid IN (
        SELECT ctid FROM payment_outbox_pending FOR UPDATE SKIP LOCKED)""",
    "by a pair of columns": """/*!*/DELETE FROM payment_outbox_pending
        WHERE (outbox_id, attempt_count) IN (SELECT outbox_id, attempt_count
            FROM payment_outbox_pending FOR UPDATE SKIP LOCKED)""",
    "using a CTE": f"""WITH due AS ({LOCK}) /*!*/DELETE FROM payment_outbox_pending p
        USING due WHERE p.outbox_id = due.outbox_id""",
    "using a materialized CTE": f"""WITH due AS MATERIALIZED ({LOCK})
        /*!*/DELETE FROM payment_outbox_pending p USING due d WHERE p.outbox_id = d.outbox_id""",
    "through a chain of CTEs": f"""WITH a AS ({LOCK}), b AS (SELECT * FROM a),
        c(id) AS (SELECT outbox_id FROM b WHERE true)
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT id FROM c)""",
    "in a CTE that deletes": f"""WITH due AS ({LOCK}), gone AS (
        /*!*/DELETE FROM payment_outbox_pending p USING due WHERE p.outbox_id = due.outbox_id
        RETURNING p.*) SELECT * FROM gone""",
    "by EXISTS": f"""WITH due AS ({LOCK}) /*!*/DELETE FROM payment_outbox_pending p
        WHERE EXISTS (SELECT 1 FROM due WHERE due.outbox_id = p.outbox_id)""",
    "using a sub-query": f"""/*!*/DELETE FROM payment_outbox_pending p USING ({LOCK}) d
        WHERE p.outbox_id = d.outbox_id""",
    "using a lateral": f"""/*!*/DELETE FROM payment_outbox_pending p USING others o,
        LATERAL ({LOCK}) d WHERE p.outbox_id = d.outbox_id""",
    "using a join": f"""WITH due AS ({LOCK}) /*!*/DELETE FROM payment_outbox_pending p
        USING accounts a JOIN due ON due.outbox_id = a.outbox_id WHERE p.outbox_id = a.outbox_id""",
    "by a union": f"""/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        (SELECT id FROM others) UNION ALL ({LOCK}))""",
    "by an intersection": f"""/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        (SELECT id FROM others) INTERSECT ({LOCK}))""",
    "with no key update": """/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending FOR NO KEY UPDATE SKIP LOCKED)""",
    "with the lock of this table": """/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT p.outbox_id FROM payment_outbox_pending p JOIN accounts a USING (id)
        FOR UPDATE OF p SKIP LOCKED)""",
    "with a second lock beside": """/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT p.outbox_id FROM payment_outbox_pending p, accounts a
        FOR SHARE OF a NOWAIT FOR UPDATE OF p SKIP LOCKED)""",
    "with the limit behind the lock": """/*!*/DELETE FROM payment_outbox_pending
        WHERE outbox_id IN (SELECT outbox_id FROM payment_outbox_pending
        FOR UPDATE SKIP LOCKED LIMIT 5)""",
    "with a lock outside of a sub-query": """/*!*/DELETE FROM payment_outbox_pending
        WHERE outbox_id IN (SELECT q.outbox_id FROM (SELECT * FROM payment_outbox_pending) q
        FOR UPDATE SKIP LOCKED)""",
    "of rows that were leased in between": f"""WITH due AS ({LOCK}), leased AS (
        UPDATE payment_outbox_pending p SET claimed_by = 'w' FROM due
        WHERE p.outbox_id = due.outbox_id RETURNING p.outbox_id)
        /*!*/DELETE FROM payment_outbox_pending p USING leased l WHERE p.outbox_id = l.outbox_id""",
    "of rows that were copied to a history": f"""WITH due AS ({LOCK}), kept AS (
        INSERT INTO archive SELECT * FROM due RETURNING outbox_id)
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT outbox_id FROM kept)""",
    "by MERGE": f"""/*!*/MERGE INTO payment_outbox_pending p USING ({LOCK}) d
        ON p.outbox_id = d.outbox_id WHEN MATCHED THEN DELETE""",
    "by not being anything else": f"""WITH due AS ({LOCK}) /*!*/DELETE FROM payment_outbox_pending p
        WHERE NOT (p.outbox_id <> ALL (SELECT outbox_id FROM due))""",
    "in a schema": """/*!*/DELETE FROM public.payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM public.payment_outbox_pending FOR UPDATE SKIP LOCKED)""",
    "in capitals": """/*!*/DELETE FROM ONLY PAYMENT_OUTBOX_PENDING WHERE OUTBOX_ID IN (
        SELECT OUTBOX_ID FROM Payment_Outbox_Pending FOR UPDATE SKIP LOCKED)""",
    "in quotes": """/*!*/DELETE FROM "public"."payment_outbox_pending" WHERE outbox_id IN (
        SELECT outbox_id FROM U&"payment\\005foutbox_pending" FOR UPDATE SKIP LOCKED)""",
    "with blanks and comments": """/*!*/DELETE--x
        FROM/**/payment_outbox_pending WHERE outbox_id IN (SELECT outbox_id
        FROM payment_outbox_pending FOR -- for
        UPDATE /* SKIP */ SKIP
        LOCKED)""",
    "explained": f"EXPLAIN (ANALYZE) /*!*/DELETE FROM payment_outbox_pending"
    f" WHERE outbox_id IN ({LOCK})",
    "prepared": f"PREPARE q (int) AS /*!*/DELETE FROM payment_outbox_pending"
    f" WHERE outbox_id IN ({LOCK})",
    "copied out": f"COPY (WITH d AS ({LOCK}) /*!*/DELETE FROM payment_outbox_pending p USING d"
    " WHERE p.outbox_id = d.outbox_id RETURNING *) TO STDOUT",
    "kept in a table": f"CREATE TEMP TABLE claimed AS WITH d AS ({LOCK}), x AS ("
    "/*!*/DELETE FROM payment_outbox_pending p USING d WHERE p.outbox_id = d.outbox_id RETURNING *)"
    " SELECT * FROM x",
    "in a rule": f"CREATE RULE r AS ON INSERT TO wakeups DO INSTEAD /*!*/DELETE FROM"
    f" payment_outbox_pending WHERE outbox_id IN ({LOCK})",
    "through a view": f"""CREATE VIEW due AS {LOCK};
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT outbox_id FROM due)""",
    "through a view that comes later": f"""CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$
        /*!*/DELETE FROM payment_outbox_pending USING due WHERE due.outbox_id = outbox_id $$;
        CREATE VIEW due AS {LOCK};""",
    "through a view locked by its reader": """CREATE VIEW open AS
        SELECT * FROM payment_outbox_pending WHERE next_attempt_at <= now();
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
            SELECT outbox_id FROM open FOR UPDATE SKIP LOCKED)""",
    "through a temporary table": f"""CREATE TEMP TABLE claimed AS {LOCK};
        /*!*/DELETE FROM payment_outbox_pending p USING claimed c
        WHERE p.outbox_id = c.outbox_id""",
    "through SELECT INTO": """SELECT outbox_id INTO TEMP claimed FROM payment_outbox_pending
        FOR UPDATE SKIP LOCKED;
        /*!*/DELETE FROM payment_outbox_pending p USING claimed c
        WHERE p.outbox_id = c.outbox_id""",
    "through a table that is filled": f"""INSERT INTO claimed (id) {LOCK};
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT id FROM claimed)""",
    "through a cursor": f"""BEGIN; DECLARE c CURSOR FOR {LOCK};
        /*!*/DELETE FROM payment_outbox_pending WHERE CURRENT OF c; COMMIT""",
    "through psql's variable": """SELECT outbox_id FROM payment_outbox_pending LIMIT 1
        FOR UPDATE SKIP LOCKED \\gset
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = :'outbox_id';""",
    "through psql's variable with a prefix": """SELECT outbox_id AS id FROM payment_outbox_pending
        LIMIT 1 FOR UPDATE SKIP LOCKED \\gset due_
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = :due_id;""",
    "by the same condition": """BEGIN;
        SELECT * FROM payment_outbox_pending p WHERE p.next_attempt_at <= now()
        FOR UPDATE SKIP LOCKED;
        /*!*/DELETE FROM payment_outbox_pending WHERE next_attempt_at <= now();
        COMMIT;""",
    "through a function": f"""CREATE FUNCTION due() RETURNS SETOF uuid LANGUAGE sql AS $$ {LOCK} $$;
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT * FROM due())""",
    "through a function in PL/pgSQL": f"""CREATE FUNCTION due() RETURNS SETOF uuid
        LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY {LOCK}; END $$;
        /*!*/DELETE FROM payment_outbox_pending p USING due() d WHERE p.outbox_id = d""",
    "in SQL's own body": f"""CREATE FUNCTION f() RETURNS SETOF payment_outbox_pending LANGUAGE sql
        BEGIN ATOMIC /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})
        RETURNING *; END""",
    "in a quoted body": f"""CREATE FUNCTION f() RETURNS void LANGUAGE sql AS '
        /*!*/DELETE FROM payment_outbox_pending WHERE state = ''x'' OR outbox_id IN ({LOCK})'""",
    "in a procedure": f"""CREATE PROCEDURE p() LANGUAGE plpgsql AS $x$ BEGIN
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK}); COMMIT; END $x$""",
    "in a loop": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP /*!*/DELETE FROM payment_outbox_pending"
        " WHERE outbox_id = r.outbox_id; END LOOP;",
    ),
    "in a loop over a cursor": body(
        f"c CURSOR FOR {LOCK}; r record;",
        "FOR r IN c LOOP /*!*/DELETE FROM payment_outbox_pending WHERE CURRENT OF c; END LOOP;",
    ),
    "with an opened cursor": body(
        "c refcursor; v_id uuid;",
        f"OPEN c FOR {LOCK}; LOOP FETCH c INTO v_id; EXIT WHEN NOT FOUND;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = v_id; END LOOP;",
    ),
    "in a loop over scalars": body(
        "v_id uuid; v_n int;",
        "FOR v_id, v_n IN SELECT outbox_id, attempt_count FROM payment_outbox_pending"
        " FOR UPDATE SKIP LOCKED LOOP"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = v_id; END LOOP;",
    ),
    "with SELECT INTO a variable": body(
        "v_id uuid;",
        "SELECT outbox_id INTO v_id FROM payment_outbox_pending LIMIT 1 FOR UPDATE SKIP LOCKED;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = v_id;",
    ),
    "with SELECT INTO a record": body(
        "r payment_outbox_pending%ROWTYPE;",
        "SELECT * INTO STRICT r FROM payment_outbox_pending LIMIT 1 FOR UPDATE SKIP LOCKED;"
        " /*!*/DELETE FROM payment_outbox_pending p WHERE p.outbox_id = r.outbox_id;",
    ),
    "with an array of keys": body(
        "v_ids uuid[];",
        f"SELECT array_agg(d.outbox_id) INTO v_ids FROM ({LOCK}) d;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = ANY(v_ids);",
    ),
    "with an array that is assigned": body(
        "v_ids uuid[];",
        f"v_ids := ARRAY({LOCK}); IF v_ids IS NULL THEN RETURN; END IF;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = ANY(v_ids);",
    ),
    "with a FOREACH": body(
        "v_ids uuid[]; v_id uuid;",
        f"v_ids := ARRAY({LOCK}); FOREACH v_id IN ARRAY v_ids LOOP"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = v_id; END LOOP;",
    ),
    "with a variable passed on": body(
        "a uuid; b uuid;",
        f"a := ({LOCK}); b := a; /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = b;",
    ),
    "with the variable of the turn before": body(
        "v_id uuid;",
        "LOOP /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = v_id;"
        f" v_id := ({LOCK}); EXIT WHEN v_id IS NULL; END LOOP;",
    ),
    "returned as a query": body(
        "",
        f"RETURN QUERY /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})"
        " RETURNING *;",
        "f() RETURNS SETOF payment_outbox_pending",
    ),
    "in an expression's CTE": body(
        "n int;",
        f"WITH d AS ({LOCK}), x AS (/*!*/DELETE FROM payment_outbox_pending p USING d"
        " WHERE p.outbox_id = d.outbox_id RETURNING 1) SELECT count(*) INTO n FROM x;",
    ),
    "by the condition of a PERFORM": body(
        "",
        "PERFORM 1 FROM payment_outbox_pending WHERE claimed_by = p_worker FOR UPDATE SKIP LOCKED;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE claimed_by = p_worker;",
        "f(p_worker text) RETURNS void",
    ),
    "executed": body(
        "",
        f"EXECUTE '/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})';",
    ),
    "executed in pieces": body(
        "q text;",
        "q := '/*!*/DELETE FROM payment_outbox' || '_pending WHERE outbox_id IN (';"
        f" q := q || '{LOCK}' || ')'; EXECUTE q;",
    ),
    "executed by format": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP EXECUTE format("
        "'/*!*/DELETE FROM %I WHERE outbox_id = %L', 'payment_outbox_pending', r.outbox_id);"
        " END LOOP;",
    ),
    "executed with USING": body(
        "r record;",
        f"FOR r IN EXECUTE '{LOCK}' LOOP EXECUTE "
        "'/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = $1' USING r.outbox_id;"
        " END LOOP;",
    ),
    "in a DO block": f"""DO $$ DECLARE r record; BEGIN FOR r IN {LOCK} LOOP
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END LOOP; END $$""",
    "with an attempt in the forbidden state": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, 'DISPATCHING');"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END LOOP;",
    ),
    "with an attempt that ends nothing": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, 'RETRYABLE');"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END LOOP;",
    ),
    "with an outcome in the other branch": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP IF r.ok THEN INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, 'FAILED'); ELSE"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END IF; END LOOP;",
    ),
    "with an outcome outside a DB function": f"""WITH due AS ({LOCK}), done AS (
        INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT outbox_id, 'FAILED' FROM due)
        /*!*/DELETE FROM payment_outbox_pending p USING due WHERE p.outbox_id = due.outbox_id""",
    "through a function that deletes": """CREATE FUNCTION gone(p uuid) RETURNS void
        LANGUAGE sql AS $$ /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = p $$;"""
    + body("r record;", f"FOR r IN {LOCK} LOOP PERFORM gone(r.outbox_id); END LOOP;"),
    "through a procedure called by name": """CREATE PROCEDURE gone(a int, p uuid) LANGUAGE sql AS $$
        /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = p $$;"""
    + body("v uuid;", f"v := ({LOCK}); CALL gone(p => v, a => 1);"),
    "through an OUT parameter": f"""CREATE FUNCTION due(OUT id uuid) LANGUAGE plpgsql AS $$
        BEGIN SELECT outbox_id INTO id FROM ({LOCK}) q; END $$;"""
    + body("v uuid := due();", "/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = v;"),
    "through a table filled in a loop": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP INSERT INTO claimed VALUES (r.outbox_id); END LOOP;"
        " /*!*/DELETE FROM payment_outbox_pending p USING claimed c WHERE p.outbox_id = c.id;",
    ),
    "through an array that is appended to": body(
        "ids uuid[] := '{}'; r record;",
        f"FOR r IN {LOCK} LOOP ids := ids || r.outbox_id; END LOOP;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE outbox_id = ANY(ids);",
    ),
    "with a cursor that is fetched from": body(
        f"c CURSOR FOR {LOCK}; r record;",
        "OPEN c; LOOP FETCH NEXT FROM c INTO r; EXIT WHEN NOT FOUND;"
        " /*!*/DELETE FROM payment_outbox_pending WHERE CURRENT OF c; END LOOP; CLOSE c;",
    ),
    "of a view of the table": f"""CREATE VIEW queue AS SELECT * FROM payment_outbox_pending;
        /*!*/DELETE FROM queue WHERE outbox_id IN ({LOCK})""",
    "of a partition of the table": """CREATE TABLE p1 PARTITION OF payment_outbox_pending DEFAULT;
        /*!*/DELETE FROM p1 WHERE outbox_id IN (SELECT outbox_id FROM p1 FOR UPDATE SKIP LOCKED)""",
    "of a table that psql knows": "\\set t payment_outbox_pending\n"
    "/*!*/DELETE FROM :t WHERE outbox_id IN (SELECT outbox_id FROM :t FOR UPDATE SKIP LOCKED);",
    "one of two deletes": f"""WITH due AS ({LOCK}), a AS (DELETE FROM others),
        b AS (/*!*/DELETE FROM payment_outbox_pending p USING due
        WHERE p.outbox_id = due.outbox_id)
        DELETE FROM payment_outbox_pending WHERE outbox_id = 1""",
    "where the parser fails": f"/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})"
    " AND a < now() AT LOCAL",
    "in a template": """/*!*/DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending LIMIT {{ batch }} FOR UPDATE SKIP LOCKED)""",
}

TWINS = {
    "by key": "DELETE FROM payment_outbox_pending WHERE outbox_id = 'x'",
    "a claim of another queue": """DELETE FROM email_queue WHERE id IN (
        SELECT id FROM email_queue FOR UPDATE SKIP LOCKED)""",
    "a delete by the lock of another queue": """DELETE FROM payment_outbox_pending
        WHERE outbox_id IN (SELECT id FROM email_queue FOR UPDATE SKIP LOCKED)""",
    "another queue by the lock of pending": f"DELETE FROM archive WHERE id IN ({LOCK})",
    "a lock that waits": """DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending FOR UPDATE)""",
    "a lock that does not wait": """DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending FOR UPDATE NOWAIT)""",
    "a shared lock": """DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending FOR SHARE SKIP LOCKED)""",
    "a shared lock of keys": """DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending FOR KEY SHARE SKIP LOCKED)""",
    "the lock of the other table": """DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT p.outbox_id FROM payment_outbox_pending p JOIN accounts a USING (id)
        FOR UPDATE OF a SKIP LOCKED)""",
    "no lock": """DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending)""",
    "what was not locked": f"DELETE FROM payment_outbox_pending WHERE outbox_id NOT IN ({LOCK})",
    "what does not exist among the locked": f"""WITH due AS ({LOCK})
        DELETE FROM payment_outbox_pending p
        WHERE NOT EXISTS (SELECT 1 FROM due WHERE due.outbox_id = p.outbox_id)""",
    "all but the locked": f"""WITH due AS ({LOCK}) DELETE FROM payment_outbox_pending
        WHERE outbox_id <> ALL (SELECT outbox_id FROM due)""",
    "what is left without the locked": f"""DELETE FROM payment_outbox_pending WHERE outbox_id IN (
        (SELECT id FROM others) EXCEPT ({LOCK}))""",
    "what has no match among the locked": f"""WITH due AS ({LOCK}), idle AS (
        SELECT o.id FROM others o LEFT JOIN due ON due.outbox_id = o.id WHERE due.outbox_id IS NULL)
        DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT id FROM idle)""",
    "a lock elsewhere in the statement": f"""WITH due AS ({LOCK}),
        gone AS (DELETE FROM payment_outbox_pending WHERE outbox_id = 'x') SELECT * FROM due""",
    "a lease": f"""WITH due AS ({LOCK}) UPDATE payment_outbox_pending p SET claimed_by = 'w'
        FROM due WHERE p.outbox_id = due.outbox_id RETURNING p.*""",
    "a CTE named like the table": """WITH payment_outbox_pending AS (SELECT 1 AS outbox_id)
        DELETE FROM others WHERE id IN (
            SELECT outbox_id FROM payment_outbox_pending FOR UPDATE SKIP LOCKED)""",
    "a CTE that hides the table": """WITH payment_outbox_pending AS (SELECT id AS outbox_id FROM o)
        DELETE FROM public.payment_outbox_pending WHERE outbox_id IN (
            SELECT outbox_id FROM payment_outbox_pending FOR UPDATE SKIP LOCKED)""",
    "a lock that does not reach into a CTE": """WITH q AS (SELECT * FROM payment_outbox_pending)
        DELETE FROM payment_outbox_pending WHERE outbox_id IN (
            SELECT outbox_id FROM q FOR UPDATE SKIP LOCKED)""",
    "a similar name": """DELETE FROM payment_outbox_pending_archive WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending_archive FOR UPDATE SKIP LOCKED)""",
    "another name in quotes": """DELETE FROM "Payment_Outbox_Pending" WHERE outbox_id IN (
        SELECT outbox_id FROM payment_outbox_pending FOR UPDATE SKIP LOCKED)""",
    "in a comment": f"-- DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})\nSELECT 1",
    "in a nested comment": f"/* /* DELETE */ FROM payment_outbox_pending IN ({LOCK}) */ SELECT 1",
    "in a string": f"SELECT 'DELETE FROM payment_outbox_pending WHERE outbox_id IN ({LOCK})'",
    "in a comment on the table": f"COMMENT ON TABLE payment_outbox_pending IS 'not by {LOCK}'",
    "a merge that only inserts": f"""MERGE INTO payment_outbox_pending p USING ({LOCK}) d
        ON p.outbox_id = d.outbox_id
        WHEN NOT MATCHED THEN INSERT (outbox_id) VALUES (d.outbox_id)""",
    "a merge that updates": f"""MERGE INTO payment_outbox_pending p USING ({LOCK}) d
        ON p.outbox_id = d.outbox_id WHEN MATCHED THEN UPDATE SET claimed_by = 'w'""",
    "another statement": f"{LOCK}; DELETE FROM payment_outbox_pending WHERE outbox_id = 'x'",
    "the same condition in another transaction": """BEGIN;
        SELECT * FROM payment_outbox_pending WHERE next_attempt_at <= now() FOR UPDATE SKIP LOCKED;
        COMMIT; DELETE FROM payment_outbox_pending WHERE next_attempt_at <= now();""",
    "the same condition without a lock": """SELECT * FROM payment_outbox_pending WHERE a = b;
        DELETE FROM payment_outbox_pending WHERE a = b;""",
    "another view": """CREATE VIEW due AS SELECT * FROM payment_outbox_pending;
        DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT outbox_id FROM due)""",
    "another function": """CREATE FUNCTION due() RETURNS SETOF uuid LANGUAGE sql AS $$
        SELECT outbox_id FROM payment_outbox_pending $$;
        DELETE FROM payment_outbox_pending WHERE outbox_id IN (SELECT * FROM due())""",
    "another variable": body(
        "a uuid; b uuid;",
        f"a := ({LOCK}); DELETE FROM payment_outbox_pending WHERE outbox_id = b;",
    ),
    "a variable that was given anew": body(
        "v_id uuid;",
        f"v_id := ({LOCK}); v_id := p_id;"
        " DELETE FROM payment_outbox_pending WHERE outbox_id = v_id;",
        "f(p_id uuid) RETURNS void",
    ),
    "the variable of the other branch": body(
        "v_id uuid;",
        f"IF p THEN v_id := ({LOCK}); ELSE v_id := p_id;"
        " DELETE FROM payment_outbox_pending WHERE outbox_id = v_id; END IF;",
        "f(p bool, p_id uuid) RETURNS void",
    ),
    "a loop that repairs": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP UPDATE payment_outbox_pending SET claimed_by = NULL"
        " WHERE outbox_id = r.outbox_id; INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, 'ZOMBIE_REQUEUE'); END LOOP;",
    ),
    "a completion": body(
        "r record;",
        "SELECT * INTO r FROM payment_outbox_pending WHERE outbox_id = p_id FOR UPDATE;"
        " INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (p_id, p_state);"
        " DELETE FROM payment_outbox_pending WHERE outbox_id = p_id;",
        "f(p_id uuid, p_state text) RETURNS void",
    ),
    "an outcome recorded before": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, 'FAILED');"
        " DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END LOOP;",
    ),
    "an outcome recorded before, its state a parameter": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, p_state);"
        " DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END LOOP;",
        "f(p_state text) RETURNS void",
    ),
    "an outcome recorded in both branches": body(
        "r record;",
        f"FOR r IN {LOCK} LOOP IF r.ok THEN INSERT INTO payment_outbox_attempts (outbox_id, state)"
        " VALUES (r.outbox_id, 'FAILED'); ELSE INSERT INTO payment_outbox_attempts"
        " (outbox_id, state) VALUES (r.outbox_id, 'DISPATCHED'); END IF;"
        " DELETE FROM payment_outbox_pending WHERE outbox_id = r.outbox_id; END LOOP;",
    ),
    "an outcome recorded in the same statement": f"""CREATE FUNCTION f()
        RETURNS void LANGUAGE sql AS $$ WITH due AS ({LOCK}), done AS (
        INSERT INTO payment_outbox_attempts (outbox_id, state)
        SELECT outbox_id, 'FAILED' FROM due)
        DELETE FROM payment_outbox_pending p USING due WHERE p.outbox_id = due.outbox_id $$""",
    "an outcome recorded by the statement before": """CREATE FUNCTION f() RETURNS void LANGUAGE sql
        BEGIN ATOMIC
        INSERT INTO payment_outbox_attempts (outbox_id, state) SELECT outbox_id, 'DISPATCHED'
            FROM payment_outbox_pending WHERE done FOR UPDATE SKIP LOCKED;
        DELETE FROM payment_outbox_pending WHERE done; END""",
    "through a function, by another argument": """CREATE FUNCTION gone(a uuid, p uuid)
        RETURNS void LANGUAGE sql AS $$
        DELETE FROM payment_outbox_pending WHERE outbox_id = p $$;"""
    + body("r record;", f"FOR r IN {LOCK} LOOP PERFORM gone(r.outbox_id, NULL); END LOOP;"),
    "through a function that completes": """CREATE FUNCTION complete(p uuid, s text)
        RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (p, s);
        IF s <> 'RETRYABLE' THEN DELETE FROM payment_outbox_pending WHERE outbox_id = p; END IF;
        END $$;"""
    + body(
        "r record;",
        f"FOR r IN {LOCK} LOOP PERFORM complete(r.outbox_id, 'FAILED'); END LOOP;",
    ),
    "a partition of another table": """CREATE TABLE p1 PARTITION OF email_queue DEFAULT;
        DELETE FROM p1 WHERE outbox_id IN (SELECT outbox_id FROM p1 FOR UPDATE SKIP LOCKED)""",
    "a message": body("", f"RAISE EXCEPTION 'no DELETE FROM payment_outbox_pending by {LOCK}';"),
    "a trigger that forbids": body(
        "",
        "IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'payment_outbox_pending: no SKIP LOCKED'; END IF;"
        " RETURN NULL;",
        "f() RETURNS trigger",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_claim_is_found(name: str) -> None:
    sql = FOUND[name]
    claims = [write for write in writes(sql) if write.claims_locked_rows]
    assert starts(claims) == marked(sql)
    assert all(w.table == "payment_outbox_pending" and w.mutates for w in claims)


@pytest.mark.parametrize("name", TWINS)
def test_its_twin_is_no_claim(name: str) -> None:
    assert MARK not in TWINS[name]
    assert not [write for write in writes(TWINS[name]) if write.claims_locked_rows]
    assert not [fact for fact in facts(TWINS[name]) if isinstance(fact, Undetermined)]
