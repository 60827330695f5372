"""The proofs call a project's functions by whatever names and shapes they have, or say why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.server import Server
from tests.support.provable import PROOFS, reference_schema, run_proofs, write

MODEL = (
    "claim-leases",
    "claim-race",
    "completion-race",
    "crash-in-repair",
    "enqueue-idempotency",
    "lease-loss",
    "repair",
    "retry-delay",
    "terminal-uniqueness",
)

ORDERS = """
CREATE SCHEMA mail;
CREATE TYPE mail.outcome AS ENUM ('SENT', 'DEAD', 'LATER', 'LOST', 'SENDING');
CREATE TYPE mail.lane AS ENUM ('slow', 'quick');
CREATE TABLE mail."Queue" (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id   uuid NOT NULL,
    dedup_key  text NOT NULL,
    lane       mail.lane NOT NULL,
    tries      smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 3),
    due        bigint NOT NULL DEFAULT extract(epoch FROM now())::bigint,
    holder     uuid,
    fence      bigint,
    held_until bigint,
    UNIQUE (order_id, dedup_key),
    CHECK (num_nulls(holder, fence, held_until) IN (0, 3))
);
CREATE SEQUENCE mail.fences;
CREATE TABLE mail.log (
    entry   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id      bigint NOT NULL,
    serial  integer NOT NULL,
    outcome mail.outcome NOT NULL,
    order_id uuid NOT NULL,
    dedup_key text NOT NULL,
    shouted text GENERATED ALWAYS AS (upper(dedup_key)) STORED,
    UNIQUE (id, serial)
);
CREATE UNIQUE INDEX ON mail.log (id) WHERE outcome IN ('SENT', 'DEAD');

CREATE FUNCTION mail.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'MA001'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON mail.log
    FOR EACH ROW EXECUTE FUNCTION mail.refuse();

CREATE FUNCTION mail.put(order_id uuid, dedup_key text, lane mail.lane, weight numeric)
RETURNS TABLE (id bigint, fresh boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(put.order_id::text || put.dedup_key));
    RETURN QUERY SELECT q.id, false FROM mail."Queue" q
        WHERE q.order_id = put.order_id AND q.dedup_key = put.dedup_key
        UNION SELECT l.id, false FROM mail.log l
        WHERE l.order_id = put.order_id AND l.dedup_key = put.dedup_key LIMIT 1;
    IF NOT FOUND THEN
        RETURN QUERY INSERT INTO mail."Queue" (order_id, dedup_key, lane)
            VALUES (put.order_id, put.dedup_key, put.lane) RETURNING "Queue".id, true;
    END IF;
END $$;

CREATE FUNCTION mail.take(max_rows integer, consumer uuid, lease interval)
RETURNS SETOF mail."Queue" LANGUAGE sql AS $$
    UPDATE mail."Queue" SET holder = consumer, fence = nextval('mail.fences'),
        held_until = extract(epoch FROM now() + lease)::bigint
    WHERE id IN (SELECT id FROM mail."Queue"
        WHERE due <= extract(epoch FROM now()) AND holder IS NULL
        ORDER BY due, id LIMIT max_rows FOR UPDATE SKIP LOCKED)
    RETURNING *
$$;

CREATE PROCEDURE mail.settle(id bigint, fence bigint, result mail.outcome, backoff_ms integer)
LANGUAGE plpgsql AS $$
DECLARE held mail."Queue";
BEGIN
    SELECT * INTO held FROM mail."Queue" q WHERE q.id = settle.id AND q.fence = settle.fence
        AND q.held_until > extract(epoch FROM now()) FOR UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'late' USING ERRCODE = 'MA002'; END IF;
    INSERT INTO mail.log (id, serial, outcome, order_id, dedup_key)
    SELECT held.id, count(*) + 1, result, held.order_id, held.dedup_key
      FROM mail.log l WHERE l.id = held.id;
    IF result IN ('SENT', 'DEAD') THEN
        DELETE FROM mail."Queue" q WHERE q.id = held.id;
    ELSE
        UPDATE mail."Queue" q SET holder = NULL, fence = NULL, held_until = NULL,
            tries = least(tries + 1, 3), due = extract(epoch FROM now())::bigint + backoff_ms / 1000
        WHERE q.id = held.id;
    END IF;
END $$;

CREATE FUNCTION mail.sweep(batch_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE held mail."Queue"; swept integer := 0;
BEGIN
    FOR held IN SELECT * FROM mail."Queue" WHERE held_until <= extract(epoch FROM now())
        ORDER BY id LIMIT batch_limit FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE mail."Queue" q SET holder = NULL, fence = NULL, held_until = NULL,
            tries = least(tries + 1, 3) WHERE q.id = held.id;
        INSERT INTO mail.log (id, serial, outcome, order_id, dedup_key)
        SELECT held.id, count(*) + 1, 'LOST', held.order_id, held.dedup_key
          FROM mail.log l WHERE l.id = held.id;
        swept := swept + 1;
    END LOOP;
    RETURN swept;
END $$;
"""
NAMES = """
[outbox]
pending = ["Queue"]
attempts = ["log"]
sequences = []
key-column = "id"
state-column = "outcome"
forbidden-states = ["SENDING"]
terminal-states = ["SENT", "DEAD"]
requeue-state = "LOST"
lease-columns = ["held_until", "holder", "fence"]
due-column = "due"
count-column = "tries"
[functions]
enqueue = "put"
claim = "take"
complete = "settle"
repair = "sweep"
append-only = "refuse"
[live]
retry-state = "LATER"
lease-lost = "MA002"
append-only = "MA001"
"""


@pytest.mark.parametrize(
    "name", [*MODEL, "append-only", "attempt-count", "lease-consistency", "temporary-tables"]
)
def test_an_outbox_of_another_make_is_understood(server: Server, tmp_path: Path, name: str) -> None:
    """Other names, types, parameters and results; a procedure; moments that are numbers."""
    root = write(tmp_path, {"schema/1.sql": ORDERS, "outbox-guard.toml": NAMES})
    [result] = run_proofs(root, server, PROOFS[name]).results
    assert result.failures == ()
    assert result.verdict == ("inapplicable" if name == "temporary-tables" else "proved")


OVERLOAD = """
CREATE FUNCTION repair_expired_leases(batch_size bigint) RETURNS void LANGUAGE sql AS 'SELECT 1';
"""


def changed(name: str, *changes: tuple[str, str]) -> dict[str, str]:
    """The example's schema with one file changed, and without the grants to its functions."""
    files = {path: text for path, text in reference_schema().items() if "010_" not in path}
    [path] = [path for path in files if name in path]
    for old, new in changes:
        assert old in files[path], old
        files[path] = files[path].replace(old, new)
    return files


COLUMNS = "    lease_token       uuid,\n    lease_expires_at  timestamptz\n"
UNCLEAR: Mapping[str, tuple[str, dict[str, str], str]] = {
    "a parameter of unknown meaning": (
        "repair",
        changed("repair", ("p_batch_size", "p_flavour")),
        "what p_flavour takes is not known",
    ),
    "no parameter for the token": (
        "retry",
        changed("complete", ("p_lease_token", "p_secret")),
        "what p_secret takes is not known",
    ),
    "no column with the token": (
        "retry",
        changed("claim", (COLUMNS, "    t uuid, e timestamptz\n")),
        "it returns no column lease_token",
    ),
    "two functions of the name": (
        "repair",
        changed("repair", ("-- Gives", f"{OVERLOAD}\n-- Gives")),
        "there are several that could be meant",
    ),
}


@pytest.mark.parametrize(("proof", "files", "says"), UNCLEAR.values(), ids=UNCLEAR)
def test_where_it_is_not_clear_the_remedy_is_told(
    server: Server, tmp_path: Path, proof: str, files: dict[str, str], says: str
) -> None:
    with pytest.raises(LiveError, match=re.escape(says)) as caught:
        run_proofs(write(tmp_path, files), server, PROOFS[proof])
    assert "[live.calls]\n" in str(caught.value)


def test_what_the_configuration_says_is_called(server: Server, tmp_path: Path) -> None:
    files = changed("repair", ("p_batch_size", "p_flavour"))
    files["outbox-guard.toml"] = (
        '[live.calls]\nrepair = "SELECT FROM repair_expired_leases(:limit, :worker)"\n'
        "expire = \"UPDATE $pending SET lease_expires_at = '2001-01-01' WHERE $leased\"\n"
    )
    [result] = run_proofs(write(tmp_path, files), server, PROOFS["repair"]).results
    assert result.failures == ()
    statements = {step.statement for step in result.steps}
    assert "SELECT FROM repair_expired_leases(10, 'repairer')" in statements
    assert any("'2001-01-01'" in statement for statement in statements)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ('claim = "SELECT f(:who)"', "there is no :who; there are: limit, seconds, worker"),
        ('expire = "UPDATE $pendign SET a = 1"', "there is no $pendign; did you mean 'pending'?"),
    ],
)
def test_a_configured_call_is_read_with_care(
    server: Server, tmp_path: Path, call: str, says: str
) -> None:
    root = write(tmp_path, {**reference_schema(), "outbox-guard.toml": f"[live.calls]\n{call}\n"})
    with pytest.raises(LiveError, match=re.escape(says)):
        run_proofs(root, server, PROOFS["repair"])


def test_of_several_outboxes_one_has_to_be_named(server: Server, tmp_path: Path) -> None:
    config = '[outbox]\npending = ["*_pending"]\n'
    files = reference_schema() | {"outbox-guard.toml": config}
    other = "CREATE TABLE other_pending (outbox_id uuid)"
    root = write(tmp_path, files | {"schema/v1/012.sql": other})
    [result] = run_proofs(root, server, PROOFS["retry"]).results
    assert result.verdict == "proved"  # the functions work on one of them only
    claim = "CREATE FUNCTION claim_outbox_batch() RETURNS int LANGUAGE sql AS $$ SELECT 1"
    write(root, {"schema/v1/013.sql": f"{claim} /* not other_pending */ $$"})
    [result] = run_proofs(root, server, PROOFS["retry"]).results
    assert result.verdict == "proved"
    write(root, {"schema/v1/013.sql": f"{claim} FROM other_pending $$"})
    with pytest.raises(LiveError, match=r"public\.other_pending, public\.payment_outbox_pending"):
        run_proofs(root, server, PROOFS["retry"])
