"""A trigger function refuses an event where every path through its body raises, and only there."""

from __future__ import annotations

import pytest

from outbox_guard.frontends.sql.routines.refusals import EVENTS, Refusals, raises_always, refusals

R = "RAISE EXCEPTION 'no';"
ALL, NONE = " ".join(EVENTS), ""

BODIES = {
    R: ALL,
    "RAISE 'no' USING ERRCODE = 'P0001';": ALL,
    "RAISE SQLSTATE 'P0001';": ALL,
    "RAISE raise_exception;": ALL,
    f"PERFORM log(OLD); RAISE NOTICE 'x'; {R} RETURN OLD;": ALL,
    "RAISE NOTICE 'no'; RETURN OLD;": NONE,
    "RETURN NULL;": NONE,
    f"RETURN OLD; {R}": NONE,
    f"IF a THEN {R} END IF; RETURN OLD;": NONE,
    # A trigger function that ends without RETURN is an error of its own.
    f"IF a THEN {R} END IF;": ALL,
    f"IF a THEN {R} ELSIF b THEN {R} ELSE {R} END IF; RETURN OLD;": ALL,
    f"IF a THEN {R} ELSIF b THEN ELSE {R} END IF; RETURN OLD;": NONE,
    f"IF a THEN ELSE {R} END IF; RETURN OLD;": NONE,
    f"IF a THEN IF b THEN {R} ELSE {R} END IF; ELSE {R} END IF; RETURN OLD;": ALL,
    f"IF TG_OP = 'DELETE' THEN {R} END IF; RETURN NEW;": "delete",
    f"IF 'DELETE' = tg_op OR (TG_OP = 'UPDATE') THEN {R} END IF; RETURN NEW;": "update delete",
    f"IF TG_OP IN ('UPDATE', 'DELETE') THEN {R} END IF; RETURN NEW;": "update delete",
    f"IF TG_OP <> 'INSERT' THEN {R} END IF; RETURN NEW;": "update delete truncate",
    f"IF TG_OP = 'UPDATE' AND a THEN {R} END IF; RETURN NEW;": NONE,
    f"IF TG_OP = 'INSERT' THEN RETURN NEW; ELSIF a THEN {R} ELSE {R} END IF; RETURN OLD;": (
        "update delete truncate"
    ),
    f"CASE WHEN a THEN {R} ELSE {R} END CASE; RETURN OLD;": ALL,
    f"CASE a WHEN 1 THEN {R} WHEN 2 THEN RETURN OLD; END CASE;": NONE,
    f"CASE WHEN a THEN {R} WHEN b THEN {R} END CASE; RETURN OLD;": ALL,
    f"CASE TG_OP WHEN 'DELETE' THEN {R} ELSE RETURN NEW; END CASE;": "delete",
    f"CASE WHEN TG_OP = 'UPDATE' THEN {R} ELSE RETURN OLD; END CASE;": "update",
    f"CASE WHEN a THEN NULL; ELSE {R} END CASE; RETURN OLD;": NONE,
    f"FOR i IN 1..n LOOP {R} END LOOP; RETURN OLD;": NONE,
    f"WHILE a LOOP {R} END LOOP; {R}": ALL,
    f"LOOP {R} END LOOP;": ALL,
    f"LOOP EXIT; {R} END LOOP; RETURN OLD;": NONE,
    f"<<l>> BEGIN EXIT l; {R} END; RETURN OLD;": NONE,
    f"<<l>> BEGIN LOOP EXIT l WHEN a; END LOOP; {R} END; RETURN OLD;": NONE,
    f"BEGIN {R} END; RETURN OLD;": ALL,
    f"BEGIN {R} EXCEPTION WHEN others THEN RETURN OLD; END;": NONE,
    f"BEGIN {R} EXCEPTION WHEN others THEN NULL; END; RETURN OLD;": NONE,
    f"BEGIN {R} EXCEPTION WHEN others THEN END; RETURN OLD;": NONE,
    f"BEGIN {R} EXCEPTION WHEN unique_violation THEN RAISE; WHEN others THEN {R} END;": ALL,
    f"BEGIN PERFORM f(); EXCEPTION WHEN others THEN {R} END; RETURN OLD;": NONE,
}


@pytest.mark.parametrize(("body", "refused"), BODIES.items(), ids=BODIES)
def test_every_path_has_to_raise(body: str, refused: str) -> None:
    assert refusals(f"BEGIN {body} END").refuses == tuple(refused.split())


def test_what_stands_before_the_block_is_no_path() -> None:
    body = f"#variable_conflict use_column\n<<deny>> DECLARE a int := 1; BEGIN {R} END deny"
    assert refusals(body).refuses == EVENTS


def test_a_body_that_is_no_plpgsql_is_said_to_be_none() -> None:
    assert refusals("BEGIN END LOOP; END") == Refusals(followed=False)


HELPED = {
    "PERFORM refuse('no'); RETURN OLD;": ALL,
    "PERFORM util.Refuse('no'); RETURN OLD;": ALL,
    "IF TG_OP = 'UPDATE' THEN PERFORM refuse('no'); END IF; RETURN OLD;": "update",
    "IF a THEN PERFORM refuse('no'); END IF; RETURN OLD;": NONE,
    "BEGIN PERFORM refuse('no'); EXCEPTION WHEN others THEN RETURN OLD; END;": NONE,
    "PERFORM 1 FROM refuse('no'); RETURN OLD;": NONE,
    "RETURN OLD;": NONE,
}


@pytest.mark.parametrize(("body", "refused"), HELPED.items(), ids=HELPED)
def test_what_it_performs_may_raise_for_it(body: str, refused: str) -> None:
    found = refusals(f"BEGIN {body} END")
    assert found.refuses == ()
    assert found.with_help == tuple(refused.split())
    assert found.helpers in (("refuse",), ())


def test_a_helper_raises_whatever_happens() -> None:
    assert raises_always(f"BEGIN {R} END")
    assert raises_always(f"BEGIN IF a THEN {R} ELSE RAISE EXCEPTION 'b'; END IF; END")
    assert not raises_always(f"BEGIN IF a THEN {R} END IF; END")
    assert not raises_always(f"BEGIN RETURN; {R} END")
    assert not raises_always("BEGIN RAISE NOTICE 'no'; END")
