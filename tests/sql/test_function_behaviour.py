"""What a function does to a payment is found out, in whatever words and order its body is written.

That each verdict is what a real server shows is tested in test_function_behaviour_on_a_server.py;
more bodies, wrong in one way and harmless, are among the schemas of fixtures/schemas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox_guard.checking import check_sources, read
from outbox_guard.facts import Behaviour, Fact, Undetermined
from outbox_guard.folding import fold
from outbox_guard.names import Functions, Names, Outbox
from outbox_guard.trees import Tree
from tests.support.examples import RULES, judgement

CLAIM = """CREATE FUNCTION claim_outbox_batch(p_worker text, p_batch integer, p_now timestamptz)
RETURNS SETOF payment_outbox_pending LANGUAGE plpgsql AS $$
DECLARE r record; v_ids uuid[];
BEGIN {body} END $$;
"""
COMPLETE = """CREATE FUNCTION complete_outbox_attempt(p_id uuid, p_token uuid, p_state text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE r payment_outbox_pending; n integer;
BEGIN {body} END $$;
"""
REPAIR = """CREATE FUNCTION repair_expired_leases(p_batch integer, p_state text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN {body} END $$;
"""
LEASE = (
    "claimed_by = p_worker, lease_token = gen_random_uuid(),"
    " lease_expires_at = now() + interval '1 min'"
)
CLEAR = "claimed_by = NULL, lease_token = NULL, lease_expires_at = NULL"
FREE = "next_attempt_at <= now() AND claimed_by IS NULL"
LOCKED = "SELECT outbox_id FROM payment_outbox_pending WHERE {where} LIMIT p_batch {lock}"
LEASES = "UPDATE payment_outbox_pending AS p SET {sets} WHERE p.outbox_id IN (" + LOCKED + ");"
HELD = """SELECT * INTO r FROM payment_outbox_pending AS p
WHERE p.outbox_id = p_id AND p.lease_token = p_token AND p.lease_expires_at > now() FOR UPDATE;"""
OR_RAISE = "IF NOT FOUND THEN RAISE EXCEPTION 'lost' USING ERRCODE = 'P7002'; END IF;"
APPEND = "INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (p_id, p_state);"
ENDS = """IF p_state IN ('DISPATCHED', 'FAILED') THEN
DELETE FROM payment_outbox_pending WHERE outbox_id = p_id;
ELSE UPDATE payment_outbox_pending SET {sets} WHERE outbox_id = p_id; END IF;"""
FREES = """FOR r IN UPDATE payment_outbox_pending SET {sets} WHERE {where} RETURNING * LOOP {then}
END LOOP;"""
REQUEUE = "INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (r.outbox_id, {state});"
CHECKED = """CREATE TABLE payment_outbox_pending (
outbox_id uuid PRIMARY KEY, attempt_count integer NOT NULL DEFAULT 0, {check});
"""


def claim(sets: str = LEASE, where: str = FREE, lock: str = "FOR UPDATE SKIP LOCKED") -> str:
    return CLAIM.format(body=LEASES.format(sets=sets, where=where, lock=lock))


def complete(
    held: str = HELD + OR_RAISE, append: str = APPEND, ends: str = ENDS, sets: str = CLEAR
) -> str:
    return COMPLETE.format(body=held + append + ends.format(sets=sets))


def repair(
    sets: str = CLEAR, where: str = "lease_expires_at < now()", then: str = "", state: str = ""
) -> str:
    then = then or REQUEUE.format(state=state or "'ZOMBIE_REQUEUE'")
    return REPAIR.format(body=FREES.format(sets=sets, where=where, then=then))


def facts_of(files: Mapping[str, str], names: Names | None = None) -> Iterator[Fact]:
    names = names or Names()
    tree = Tree.of(files, names)
    yield from fold([fact for path in sorted(files) for fact in read(path, tree)], names)


def behaviours(files: Mapping[str, str], names: Names | None = None) -> list[Behaviour]:
    return [fact for fact in facts_of(files, names) if isinstance(fact, Behaviour)]


def behaviour(text: str, names: Names | None = None) -> Behaviour:
    [only] = behaviours({"schema/1.sql": text}, names)
    return only


FAULTS: Mapping[str, str] = {
    "claims-nothing": claim(where="next_attempt_at <= now() AND claimed_by <> claimed_by"),
    "lease-incomplete": claim(LEASE.replace("gen_random_uuid()", "NULL")),
    "takes-not-due": claim(where="claimed_by IS NULL"),
    "takes-leased": claim(where="next_attempt_at <= now()"),
    "waits-for-locks": claim(lock="FOR UPDATE"),
    "token-unchecked": complete(
        HELD.replace("lease_token = p_token", "claimed_by <> ''") + OR_RAISE
    ),
    "expiry-unchecked": complete(HELD.replace("> now()", "IS NOT NULL") + OR_RAISE),
    "lease-unchecked": complete(
        HELD.replace("AND p.lease_token = p_token AND p.lease_expires_at > now()", "")
        + "IF r.lease_token <> p_token OR r.lease_expires_at <= now() THEN"
        " RAISE EXCEPTION 'lost' USING ERRCODE = 'P7002'; END IF;" + OR_RAISE
    ),
    "lease-loss-unraised": complete(HELD + "IF NOT FOUND THEN RETURN; END IF;"),
    "outcome-unrecorded": complete(append=""),
    "row-kept": complete(ends="UPDATE payment_outbox_pending SET {sets} WHERE outbox_id = p_id;"),
    "row-dropped": complete(ends="DELETE FROM payment_outbox_pending WHERE outbox_id = p_id;"),
    "lease-kept": complete(sets=CLEAR.replace("claimed_by = NULL, ", "")),
    "repairs-nothing": repair(where="lease_expires_at = NULL"),
    "takes-unexpired": repair(where="claimed_by IS NOT NULL"),
    "takes-unleased": repair(where="lease_expires_at < now() OR claimed_by IS NULL"),
    "requeue-unrecorded": repair(then="RAISE NOTICE 'ZOMBIE_REQUEUE';"),
    "count-unbounded": CHECKED.format(check="CHECK (attempt_count < 21)")
    + complete(sets=f"{CLEAR}, attempt_count = attempt_count + 1"),
}


@pytest.mark.parametrize(("fault", "text"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_found_and_no_other(fault: str, text: str) -> None:
    assert behaviour(text).faults == (fault,), behaviour(text).said


AHEAD = (
    "lease_expires_at < now() + interval '1 minute'",
    "lease_expires_at - interval '5 minutes' <= clock_timestamp()",
)


@pytest.mark.parametrize("nearly", AHEAD)
def test_a_lease_that_has_nearly_run_out_is_held(nearly: str) -> None:
    where = f"next_attempt_at <= now() AND (claimed_by IS NULL OR {nearly})"
    assert behaviour(claim(where=where)).faults == ("takes-leased",)
    late = where.replace("+ interval", "- interval").replace("at - interval", "at + interval")
    assert behaviour(claim(where=late)).faults == ()


def test_what_is_due_does_not_stand_for_what_stands_beside_it() -> None:
    text = CLAIM.format(
        body="WITH due AS (" + LOCKED.format(where=FREE, lock="FOR UPDATE SKIP LOCKED") + ")"
        f"UPDATE payment_outbox_pending SET {LEASE} WHERE EXISTS (SELECT FROM due);"
    )
    assert behaviour(text).faults == ("takes-not-due", "takes-leased")


@pytest.mark.parametrize("text", [claim(), complete(), repair()])
def test_what_holds_to_the_model_has_no_fault(text: str) -> None:
    found = behaviour(text)
    assert (found.faults, found.said, found.followed) == ((), "", True)


RAISE = "RAISE EXCEPTION 'lost' USING ERRCODE = 'P7002';"
SOUND: Mapping[str, str] = {
    "a document as the parameter, and a labelled block": """
CREATE FUNCTION complete_outbox_attempt(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
<<main>>
DECLARE
  v_id uuid := (p ->> 'outbox_id')::uuid;
  v_state text := upper(p ->> 'state');
  v_row payment_outbox_pending%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(v_id::text));
  SELECT * INTO main.v_row FROM payment_outbox_pending WHERE outbox_id = main.v_id FOR UPDATE;
  IF v_row IS NULL OR v_row.lease_token IS NULL
     OR v_row.lease_token <> (p ->> 'lease_token')::uuid THEN RAISE SQLSTATE 'P7002';
  ELSIF v_row.lease_expires_at < now() THEN RAISE SQLSTATE 'P7002'; END IF;
  INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (v_id, v_state);
  IF v_state = ANY ('{DISPATCHED,FAILED}') THEN
    DELETE FROM payment_outbox_pending WHERE outbox_id = v_id;
  ELSE
    UPDATE payment_outbox_pending p SET claimed_by = NULL, lease_token = NULL,
      lease_expires_at = NULL WHERE p.outbox_id = v_id;
  END IF;
  RETURN jsonb_build_object('state', v_state);
END main $$;""",
    "arrays of payments, in one statement": """
CREATE FUNCTION complete_outbox_attempt(p_ids uuid[], p_tokens uuid[], p_states text[])
RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int; total int := cardinality(p_ids);
BEGIN
  WITH given AS (SELECT * FROM unnest(p_ids, p_tokens, p_states) AS g(id, token, state)),
  held AS (
    SELECT p.outbox_id, g.state FROM payment_outbox_pending p
      JOIN given g ON g.id = p.outbox_id AND g.token = p.lease_token
     WHERE p.lease_expires_at > now() FOR UPDATE OF p),
  gone AS (
    DELETE FROM payment_outbox_pending p USING held h
     WHERE p.outbox_id = h.outbox_id AND h.state IN ('DISPATCHED', 'FAILED')),
  back AS (
    UPDATE payment_outbox_pending p
       SET claimed_by = NULL, lease_token = NULL, lease_expires_at = NULL
      FROM held h WHERE p.outbox_id = h.outbox_id AND h.state NOT IN ('DISPATCHED', 'FAILED')),
  said AS (
    INSERT INTO payment_outbox_attempts (outbox_id, state)
    SELECT outbox_id, state FROM held RETURNING 1)
  SELECT count(*) INTO n FROM said;
  IF n <> total THEN RAISE EXCEPTION 'lost' USING ERRCODE = 'P7002'; END IF;
  RETURN n;
END $$;""",
    "a view, a helper and a WHILE": """
CREATE VIEW due AS SELECT * FROM payment_outbox_pending
  WHERE next_attempt_at <= now() AND claimed_by IS NULL;
CREATE FUNCTION next_due() RETURNS uuid LANGUAGE sql AS $$
  SELECT outbox_id FROM due ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
$$;
CREATE FUNCTION claim_outbox_batch(p_worker text, p_n int) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE v uuid; taken int := 0;
BEGIN
  WHILE taken < p_n LOOP
    v := next_due();
    EXIT WHEN v IS NULL;
    UPDATE payment_outbox_pending SET claimed_by = p_worker, lease_token = gen_random_uuid(),
      lease_expires_at = now() + '1 min' WHERE outbox_id = v;
    taken := taken + 1;
    RETURN NEXT v;
  END LOOP;
END $$;""",
    "the first of each participant, by a window": CLAIM.format(
        body="""
  RETURN QUERY WITH due AS (
    SELECT q.outbox_id, row_number() OVER (PARTITION BY q.participant_id ORDER BY q.n) AS rn
      FROM payment_outbox_pending q WHERE q.next_attempt_at <= now() AND q.claimed_by IS NULL
       AND NOT EXISTS (SELECT FROM payment_outbox_pending e
                        WHERE e.participant_id = q.participant_id AND e.n < q.n)
  ), locked AS (
    SELECT p.outbox_id FROM payment_outbox_pending p
      JOIN due ON due.outbox_id = p.outbox_id AND due.rn = 1
     WHERE p.claimed_by IS NULL LIMIT p_batch FOR UPDATE OF p SKIP LOCKED
  ) UPDATE payment_outbox_pending p SET claimed_by = p_worker, lease_token = gen_random_uuid(),
      lease_expires_at = now() + interval '30 seconds'
     FROM locked WHERE locked.outbox_id = p.outbox_id RETURNING p.*;"""
    ),
    "a procedure with a cursor that calls another": """
CREATE PROCEDURE repair_expired_leases(INOUT n int DEFAULT 0) LANGUAGE plpgsql AS $$
DECLARE r record; c CURSOR FOR SELECT * FROM payment_outbox_pending
  WHERE lease_expires_at IS NOT NULL AND lease_expires_at < clock_timestamp() FOR UPDATE;
BEGIN
  OPEN c;
  LOOP
    FETCH NEXT FROM c INTO r;
    EXIT WHEN NOT FOUND;
    CALL requeue(p_id => r.outbox_id);
    UPDATE payment_outbox_pending
       SET (claimed_by, lease_token, lease_expires_at) = ROW(NULL, NULL, NULL) WHERE CURRENT OF c;
    n := n + 1;
  END LOOP;
  CLOSE c;
  COMMIT;
END $$;
CREATE PROCEDURE requeue(p_id uuid) LANGUAGE sql AS $$
  INSERT INTO payment_outbox_attempts (outbox_id, state) VALUES (p_id, 'ZOMBIE_REQUEUE')
$$;""",
    "a MERGE that ends or retries": complete(
        ends="""
  MERGE INTO payment_outbox_pending AS p USING (SELECT p_id AS id, p_state AS state) AS o
     ON p.outbox_id = o.id
   WHEN MATCHED AND o.state IN ('DISPATCHED', 'FAILED') THEN DELETE
   WHEN MATCHED THEN UPDATE SET {sets};"""
    ),
    "a retry that goes out of the queue and in again": complete(
        ends="""
  DELETE FROM payment_outbox_pending WHERE outbox_id = p_id;
  IF p_state = 'RETRYABLE' THEN
    INSERT INTO payment_outbox_pending (outbox_id, attempt_count, next_attempt_at)
    VALUES (r.outbox_id, r.attempt_count + 1, now() + interval '1 minute');
  END IF;"""
    ),
    "a loop within a loop that is left by its label": CLAIM.format(
        body="""
  <<outer>> LOOP
    LOOP
      SELECT outbox_id INTO r FROM payment_outbox_pending
       WHERE next_attempt_at <= now() AND lease_token IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED;
      EXIT outer WHEN NOT FOUND;
      UPDATE payment_outbox_pending AS p SET claimed_by = p_worker, lease_token = p_token(),
        lease_expires_at = now() + interval '1 h' WHERE p.outbox_id = r.outbox_id;
      CONTINUE outer;
    END LOOP;
  END LOOP;"""
    ),
    "a function of another schema that makes a token": claim(
        LEASE.replace("gen_random_uuid()", "ids.token()")
    ),
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_what_does_the_right_thing_has_no_fault(text: str) -> None:
    found = behaviour(text)
    assert (found.faults, found.followed) == ((), True), found.said


DOUBTS: Mapping[str, tuple[str, str]] = {
    "due by a time of the caller": (
        claim(where="next_attempt_at <= p_now AND claimed_by IS NULL"),
        "takes rows that are not due depends on p_now",
    ),
    "free by a function that nobody defines": (
        claim(where="next_attempt_at <= now() AND is_free(lease_expires_at)"),
        "still leased depends on is_free",
    ),
    "expired by an operator that is not followed": (
        repair(where="tstzrange(now(), NULL) @> lease_expires_at"),
        "takes leases that have not expired depends on an operator(tstzrange(now(), NULL), a time)",
    ),
    "a text that is run and not known": (
        CLAIM.format(body="EXECUTE current_setting('outbox.claim') || ' payment_outbox_pending';"),
        "EXECUTE of a text that is put together at run time",
    ),
    "a claim that is made elsewhere": (
        CLAIM.format(body="RETURN QUERY SELECT * FROM leases.take(p_worker, p_batch);"),
        "what take() does is not known",
    ),
    "a check that is made elsewhere": (
        complete(
            "SELECT * INTO r FROM payment_outbox_pending WHERE outbox_id = p_id FOR UPDATE;"
            "PERFORM require_lease(r, p_token);"
        ),
        "does not check the lease token depends on what require_lease() does",
    ),
    "a condition that is worked out elsewhere": (
        complete(
            "SELECT * INTO r FROM payment_outbox_pending WHERE outbox_id = p_id FOR UPDATE;"
            f"IF NOT leases.held(p_id, p_token) THEN {RAISE} END IF;"
        ),
        "does not check the lease token depends on what leases.held() does",
    ),
    "a state that the caller gives": (repair(state="p_state"), "appends no ZOMBIE_REQUEUE"),
    "terminal by a table": (
        complete(
            ends="IF (SELECT s.terminal FROM outbox_states AS s WHERE s.state = p_state) THEN"
            " DELETE FROM payment_outbox_pending WHERE outbox_id = p_id;"
            " ELSE UPDATE payment_outbox_pending SET {sets} WHERE outbox_id = p_id; END IF;"
        ),
        "deletes the pending row whatever the outcome is depends on outbox_states.",
    ),
    "terminal by a function that nobody defines": (
        complete(
            ends="IF is_terminal(p_state) THEN"
            " DELETE FROM payment_outbox_pending WHERE outbox_id = p_id;"
            " ELSE UPDATE payment_outbox_pending SET {sets} WHERE outbox_id = p_id; END IF;"
        ),
        "deletes the pending row whatever the outcome is depends on is_terminal(p_state)",
    ),
    "an upsert of the queue": (
        complete(
            ends="INSERT INTO payment_outbox_pending (outbox_id) VALUES (p_id)"
            " ON CONFLICT (outbox_id) DO UPDATE SET lease_token = NULL;"
        ),
        "ON CONFLICT DO UPDATE",
    ),
    "more ways than anybody can try": (
        CLAIM.format(
            body="".join(f"IF p_worker = '{n}' OR p_{n} THEN n := {n}; END IF;" for n in range(12))
            + "DELETE FROM payment_outbox_pending;"
        ),
        "too many ways through this function",
    ),
    "a loop that does not end": (
        CLAIM.format(body="LOOP PERFORM 1 FROM payment_outbox_pending; END LOOP;"),
        "a loop that has not ended",
    ),
    "a cursor that somebody else opened": (
        CLAIM.format(body="FETCH p_cursor INTO r; DELETE FROM payment_outbox_pending;"),
        "the query of the cursor p_cursor is not known",
    ),
    "a body in another language": (
        CLAIM.format(body="")
        .replace("LANGUAGE plpgsql", "LANGUAGE plpython3u")
        .replace("BEGIN", "plpy.execute('UPDATE payment_outbox_pending')"),
        "a body in plpython3u is not followed",
    ),
    "no PL/pgSQL": (
        CLAIM.format(body="IF payment_outbox_pending THEN"),
        "block without its END",
    ),
    "a count that a setting bounds": (
        CHECKED.format(check="CHECK (attempt_count < 21)")
        + complete(
            sets=f"{CLEAR}, attempt_count = least(attempt_count + 1, current_setting('x')::int)"
        ),
        "whether attempt_count stays in its CHECK",
    ),
}


@pytest.mark.parametrize(("text", "reason"), DOUBTS.values(), ids=DOUBTS)
def test_what_cannot_be_decided_is_said_and_is_no_verdict(text: str, reason: str) -> None:
    facts = list(facts_of({"schema/1.sql": text}))
    assert [fact.faults for fact in facts if isinstance(fact, Behaviour)] in ([], [()])
    reasons = [fact.reason for fact in facts if isinstance(fact, Undetermined)]
    assert any(reason in each for each in reasons), reasons


WHERE_TURNS = "IF n = {turns} THEN DELETE FROM payment_outbox_pending; END IF;"


@pytest.mark.parametrize(
    ("loop", "turns"),
    [
        ("1..3", 3),
        ("1..5 BY 2", 3),
        ("3..1", 0),
        ("REVERSE 3..1", 3),
        ("REVERSE 5..1 BY 2", 3),
        ("REVERSE 1..3", 0),
    ],
)
def test_a_loop_over_a_range_takes_as_many_turns_as_on_a_server(loop: str, turns: int) -> None:
    counted = f"n := 0; FOR i IN {loop} LOOP n := n + 1; END LOOP; -- not in reverse\n"
    claims = CLAIM.replace("r record;", "r record; n integer;")
    for number in (turns, turns + 1):
        text = claims.format(body=counted + WHERE_TURNS.format(turns=number))
        assert ("claims-nothing" in behaviour(text).faults) is (number != turns)


@pytest.mark.parametrize(
    ("condition", "faults"),
    [
        ("b.y IS NULL", ()),
        ("b.y IS NOT NULL", ("claims-nothing",)),
        ("'yes'::boolean AND 'on'::boolean", ()),
        ("'off'::boolean", ("claims-nothing",)),
        ("interval '1 m 11 min' = interval '12 min'", ()),
    ],
)
def test_a_condition_is_what_it_is_on_a_server(condition: str, faults: tuple[str, ...]) -> None:
    rows = (
        "SELECT p.outbox_id FROM (VALUES (1)) AS a(x) CROSS JOIN (VALUES (2)) AS b(y)"
        f" RIGHT JOIN payment_outbox_pending AS p ON false WHERE {condition} AND p.claimed_by IS"
        " NULL AND p.next_attempt_at <= now() FOR UPDATE OF p SKIP LOCKED"
    )
    text = CLAIM.format(
        body=f"UPDATE payment_outbox_pending AS q SET {LEASE} WHERE q.outbox_id IN ({rows});"
    )
    assert behaviour(text).faults == faults


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT every() INTO n FROM payment_outbox_pending;",
        "SELECT count(DISTINCT) INTO n FROM payment_outbox_pending;",
        "n := p_batch = ALL ();",
        "FOR i IN 1.. LOOP n := i; END LOOP;",
        "SELECT 1 INTO n FROM payment_outbox_pending LIMIT 1e400;",
        "n := 1e308 * 1e308; n := n * 10;",
        f"n := {'9' * 400} / 3;",
        f"n := {'9' * 5000};",
    ],
)
def test_what_no_server_would_take_is_no_bug_of_ours(statement: str) -> None:
    text = claim().replace("BEGIN ", f"BEGIN {statement}").replace("r record;", "r int; n int;")
    assert not any(found.faults for found in behaviours({"schema/1.sql": text}))


# -- any wording -------------------------------------------------------------------------------

DUE = (
    "q.next_attempt_at <= now()",
    "now() > q.next_attempt_at",
    "NOT q.next_attempt_at > clock_timestamp()",
    "q.next_attempt_at BETWEEN '-infinity' AND current_timestamp",
    "(q.next_attempt_at <= statement_timestamp()) IS TRUE",
    "coalesce(q.next_attempt_at, 'infinity'::timestamptz) <= transaction_timestamp()",
    "q.next_attempt_at - now() <= interval '0'",
    "extract(epoch FROM q.next_attempt_at) <= extract(epoch FROM now())",
    "CASE WHEN q.next_attempt_at > now() THEN false ELSE true END",
    "q.next_attempt_at <= (SELECT now())",
    "NOT (q.next_attempt_at <= now()) IS NOT TRUE",
)
NOT_DUE = (
    "q.next_attempt_at IS NOT NULL",
    "q.next_attempt_at >= now()",
    "NOT q.next_attempt_at <= now()",
    "q.next_attempt_at <= now() + interval '1 hour'",
    "q.created_at <= now()",
    "(q.next_attempt_at <= now()) IS NOT NULL",
    "q.next_attempt_at <= ALL (SELECT p.next_attempt_at FROM payment_outbox_pending AS p)",
)
NOBODYS = (
    "q.claimed_by IS NULL",
    "q.lease_token ISNULL",
    "NOT (q.lease_expires_at IS NOT NULL)",
    "(q.claimed_by, q.lease_token, q.lease_expires_at) IS NOT DISTINCT FROM (NULL, NULL, NULL)",
    "num_nonnulls(q.claimed_by, q.lease_token) = 0",
    "coalesce(q.lease_expires_at, '-infinity') <= now()",
    "(q.lease_expires_at > now()) IS NOT TRUE",
    "NOT EXISTS (SELECT FROM payment_outbox_pending AS o"
    " WHERE o.outbox_id = q.outbox_id AND o.claimed_by IS NOT NULL)",
    "q.outbox_id NOT IN (SELECT outbox_id FROM payment_outbox_pending WHERE claimed_by <> '')",
)
SOMEBODYS = (
    "true",
    "q.claimed_by IS DISTINCT FROM p_worker",
    "(q.claimed_by IS NULL OR q.lease_expires_at > now())",
    "NOT q.claimed_by = NULL IS NOT NULL",
    "num_nulls(q.claimed_by, q.lease_token) IN (0, 2)",
    "coalesce(q.lease_expires_at, now()) >= now()",
)
DRESSES = (
    "UPDATE payment_outbox_pending AS p SET {sets} WHERE p.outbox_id IN ({locked});",
    "WITH due AS MATERIALIZED ({locked}) UPDATE payment_outbox_pending AS p SET {sets} FROM due"
    " WHERE due.outbox_id = p.outbox_id;",
    "FOR r IN {locked} LOOP UPDATE payment_outbox_pending AS p SET {sets}"
    " WHERE p.outbox_id = r.outbox_id; END LOOP;",
    "v_ids := ARRAY({locked}); UPDATE payment_outbox_pending AS p SET {sets}"
    " WHERE p.outbox_id = ANY (v_ids);",
    "CREATE TEMP TABLE batch AS {locked}; UPDATE payment_outbox_pending AS p SET {sets}"
    " FROM batch AS b JOIN batch AS c USING (outbox_id) WHERE c.outbox_id = p.outbox_id;",
)


def dressed(dress: str, *conditions: str) -> str:
    locked = (
        f"SELECT q.outbox_id FROM payment_outbox_pending AS q WHERE {' AND '.join(conditions)}"
        " ORDER BY q.next_attempt_at LIMIT p_batch FOR UPDATE SKIP LOCKED"
    )
    return CLAIM.format(body=dress.format(sets=LEASE, locked=locked))


in_any_dress = st.sampled_from(DRESSES)
switched = st.booleans()


@settings(max_examples=40)
@given(in_any_dress, st.sampled_from(DUE), st.sampled_from(NOBODYS), switched)
def test_a_claim_of_free_and_due_rows_is_one_in_any_wording(
    dress: str, due: str, free: str, switch: bool
) -> None:
    conditions = (free, due) if switch else (due, free)
    found = behaviour(dressed(dress, *conditions))
    assert (found.faults, found.followed) == ((), True), found.said


@settings(max_examples=40)
@given(in_any_dress, st.sampled_from(NOT_DUE), st.sampled_from(NOBODYS))
def test_a_claim_of_rows_that_are_not_due_is_found_in_any_wording(
    dress: str, due: str, free: str
) -> None:
    assert "takes-not-due" in behaviour(dressed(dress, due, free)).faults


@settings(max_examples=40)
@given(in_any_dress, st.sampled_from(DUE), st.sampled_from(SOMEBODYS))
def test_a_claim_of_leased_rows_is_found_in_any_wording(dress: str, due: str, held: str) -> None:
    assert "takes-leased" in behaviour(dressed(dress, due, held)).faults


# -- where the definition stands ---------------------------------------------------------------

WRONG = FAULTS["takes-leased"]
HELPER = """CREATE FUNCTION lease_holds(p payment_outbox_pending, token uuid) RETURNS boolean
LANGUAGE sql AS $$ SELECT p.lease_token = token AND p.lease_expires_at > now() $$;
"""
USES_HELPER = complete(
    "SELECT * INTO r FROM payment_outbox_pending WHERE outbox_id = p_id;"
    "IF lease_holds(r, p_token) IS NOT TRUE THEN"
    " RAISE EXCEPTION 'lost' USING ERRCODE = 'P7002'; END IF;"
)
PROJECTS: Mapping[str, tuple[dict[str, str], list[bool]]] = {
    "what a later file replaces is history": (
        {"schema/1.sql": WRONG, "schema/2.sql": claim().replace("CREATE", "CREATE OR REPLACE")},
        [True],
    ),
    "the last definition counts": (
        {"schema/1.sql": claim(), "schema/2.sql": WRONG.replace("CREATE", "CREATE OR REPLACE")},
        [False],
    ),
    "what is dropped is not there": (
        {
            "schema/1.sql": WRONG,
            "schema/2.sql": "DROP FUNCTION claim_outbox_batch(text, int, timestamptz);",
        },
        [],
    ),
    "elsewhere than in the schema nothing is judged": ({"tests/1.sql": WRONG}, []),
    "a helper of another file": (
        {"schema/1.sql": HELPER, "schema/2.sql": USES_HELPER},
        [True],
    ),
    "a helper of another file that is wrong": (
        {"schema/1.sql": HELPER.replace("> now()", "< now()"), "schema/2.sql": USES_HELPER},
        [False],
    ),
    "a function of another name": (
        {"schema/1.sql": WRONG.replace("claim_outbox_batch", "take_outbox_batch")},
        [],
    ),
    "what is renamed away is a copy": (
        {
            "schema/1.sql": WRONG,
            "schema/2.sql": "ALTER FUNCTION claim_outbox_batch RENAME TO claim_v1;\n" + claim(),
        },
        [True],
    ),
    "what is renamed into it": (
        {
            "schema/1.sql": WRONG.replace("claim_outbox_batch", "claim_next")
            + "\nDROP FUNCTION IF EXISTS claim_outbox_batch(text, int, timestamptz);"
            + '\nALTER FUNCTION claim_next(text, int, timestamptz) RENAME TO "claim_outbox_batch";'
        },
        [False],
    ),
    "what is renamed into it, and right": (
        {
            "schema/1.sql": claim().replace("claim_outbox_batch", "claim_next")
            + "\nALTER ROUTINE claim_next RENAME TO claim_outbox_batch;"
        },
        [True],
    ),
    "what is renamed into it, and away again": (
        {
            "schema/1.sql": WRONG.replace("claim_outbox_batch", "claim_next")
            + "\nALTER FUNCTION claim_next RENAME TO claim_outbox_batch;"
            + "\nALTER FUNCTION claim_outbox_batch RENAME TO claim_old;"
        },
        [],
    ),
    "in a branch of a DO block": (
        {"schema/1.sql": f"DO $do$ BEGIN IF now() > now() THEN {WRONG} END IF; END $do$;"},
        [False],
    ),
    "as a text that a DO block runs": (
        {"schema/1.sql": f"DO $do$ BEGIN EXECUTE $q$ {WRONG} $q$; END $do$;"},
        [False],
    ),
    "a migration in another language": (
        {"schema/versions/1.py": f'from alembic import op\n\nop.execute("""{WRONG}""")\n'},
        [False],
    ),
}


@pytest.mark.parametrize(("files", "right"), PROJECTS.values(), ids=PROJECTS)
def test_the_definition_is_judged_that_stands_in_the_end(
    files: dict[str, str], right: list[bool]
) -> None:
    assert [not found.faults for found in behaviours(files)] == right


def test_the_names_are_the_project_s_own() -> None:
    outbox = Outbox(
        pending=("queue_*",),
        lease_columns=("owner", "fence", "held_until"),
        due_column="due_at",
        key_column="id",
    )
    names = replace(Names(), outbox=outbox, functions=Functions(claim="outbox.take"))
    renamed = WRONG
    for old, new in (
        ("payment_outbox_pending", "queue_sepa"),
        ("claim_outbox_batch", "outbox.take"),
        ("claimed_by", "owner"),
        ("lease_token", "fence"),
        ("lease_expires_at", "held_until"),
        ("next_attempt_at", "due_at"),
        ("outbox_id", "id"),
    ):
        renamed = renamed.replace(old, new)
    assert behaviour(renamed, names).faults == ("takes-leased",)


def test_a_lost_lease_is_the_error_that_the_project_says() -> None:
    names = replace(Names(), lease_lost="MA002")
    assert behaviour(complete(), names).faults == ("lease-loss-unraised",)
    assert behaviour(complete().replace("P7002", "MA002"), names).faults == ()


WORDS = tuple(dict.fromkeys(word for text in SOUND.values() for word in text.split()))


@settings(max_examples=60)
@given(st.sampled_from(sorted(SOUND)), st.data())
def test_no_body_is_beyond_being_read(name: str, data: st.DataObject) -> None:
    """Whatever a careless hand makes of a body, it ends in a verdict or in what is not known."""
    words = SOUND[name].split()
    for _ in range(data.draw(st.integers(1, 3))):
        words[data.draw(st.integers(6, len(words) - 1))] = data.draw(st.sampled_from(WORDS))
    assert len(behaviours({"schema/1.sql": " ".join(words)})) <= 1


def test_a_finding_points_at_the_statement_that_does_it() -> None:
    [finding] = check_sources({"schema/1.sql": WRONG}, judgement(*RULES)).findings[:1]
    said = [(other.place.line, other.place.column, other.message) for other in finding.related]
    column = WRONG.splitlines()[3].index("UPDATE") + 1
    assert said == [(4, column, "takes rows that are still leased")]
