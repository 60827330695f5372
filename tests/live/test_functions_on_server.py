"""A real PostgreSQL shows of a function what was found out without one.

Each wrong and harmless function of fixtures/schemas is created there, and called for a payment in
each state; every call is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from outbox_guard.checking import read
from outbox_guard.facts import Behaviour
from outbox_guard.folding import fold
from outbox_guard.names import Names
from outbox_guard.trees import Tree
from tests.support.postgres import Scratch
from tests.support.schemas import Case, Texts, cases

pytestmark = pytest.mark.slow

KEY = "00000000-0000-0000-0000-000000000001"
TOKEN = "00000000-0000-0000-0000-000000000002"
OTHER = "00000000-0000-0000-0000-000000000003"
PENDING = """INSERT INTO payment_outbox_pending (outbox_id, instruction_id, idempotency_key,
participant_id, sequence_id, rail, payload, attempt_count, next_attempt_at, claimed_by, lease_token,
lease_expires_at) VALUES (%s, 'i', 'k', 'p', 1, 'sepa', '{}', %s, now() + %s::interval, %s, %s,
now() + %s::interval)"""
TERMINAL = ("DISPATCHED", "FAILED")
LEASE = ("claimed_by", "lease_token", "lease_expires_at")
BROKEN_LEASE = "23514"  # half a lease, and a count too high, are what the CHECKs are there for

ROLES = {"OBG409": "complete", "OBG410": "repair", "OBG411": "claim"}
CASES = [case for case in cases() if case.name.partition("-")[0] in ROLES]


@dataclass(frozen=True)
class After:
    """What a call left behind."""

    sqlstate: str
    row: Mapping[str, Any] | None
    states: list[str]
    touched: bool


@dataclass(frozen=True)
class Bench:
    """A database with one version of the schema."""

    connection: psycopg.Connection[dict[str, Any]]
    beside: psycopg.Connection[dict[str, Any]]

    def after(
        self,
        call: str,
        *arguments: object,
        due: str = "-1 hour",
        expires: str | None = None,
        count: int = 0,
        empty: bool = False,
        locked: bool = False,
    ) -> After:
        lease = ("worker", TOKEN, expires) if expires else (None, None, None)
        if not empty:
            self.connection.execute(PENDING, (KEY, count, due, *lease))
        if locked:
            self.connection.commit()
            self.beside.execute("SELECT FROM payment_outbox_pending FOR SHARE")
        try:
            return self._called(call, arguments)
        finally:
            self.connection.rollback()
            self.beside.rollback()
            if locked:
                self.connection.execute("DELETE FROM payment_outbox_pending")
                self.connection.commit()

    def _called(self, call: str, arguments: tuple[object, ...]) -> After:
        before = self._row()
        self.connection.execute("SET LOCAL lock_timeout = '20ms'")
        try:
            self.connection.execute(f"SELECT {call}", arguments)
        except psycopg.Error as error:
            return After(error.sqlstate or "", None, [], touched=False)
        row = self._row()
        listed = self.connection.execute("SELECT state::text AS state FROM payment_outbox_attempts")
        states = [found["state"] for found in listed]
        return After("", row, states, touched=row != before or bool(states))

    def _row(self) -> dict[str, Any] | None:
        return self.connection.execute("SELECT * FROM payment_outbox_pending").fetchone()


def claiming(bench: Bench) -> Iterator[str]:
    call = "claim_outbox_batch('me', 10, 60)"
    free = bench.after(call)
    if free.sqlstate == BROKEN_LEASE:
        yield "lease-incomplete"
    elif not free.touched:
        yield "claims-nothing"
    if bench.after(call, due="30 s").touched:
        yield "takes-not-due"
    if bench.after(call, expires="1 hour").touched:
        yield "takes-leased"
    if bench.after(call, locked=True).sqlstate == "55P03":
        yield "waits-for-locks"


def completing(bench: Bench) -> Iterator[str]:
    call = "complete_outbox_attempt(%s, %s, 'worker', %s::outbox_attempt_state)"
    for state in (*TERMINAL, "RETRYABLE"):
        held = bench.after(call, KEY, TOKEN, state, expires="1 hour")
        yield from _completed(state, held)
        lost = {
            "token-unchecked": bench.after(call, KEY, OTHER, state, expires="1 hour"),
            "expiry-unchecked": bench.after(call, KEY, TOKEN, state, expires="-30 s"),
            "lease-unchecked": bench.after(call, KEY, TOKEN, state),
        }
        for fault, after in lost.items():
            if after.touched or after.sqlstate == BROKEN_LEASE:
                yield fault
            elif after.sqlstate != "P7002":
                yield "lease-loss-unraised"
        if not bench.after(call, KEY, TOKEN, state, empty=True).sqlstate:
            yield "lease-loss-unraised"
    for count in (19, 20):
        full = bench.after(call, KEY, TOKEN, "RETRYABLE", expires="1 hour", count=count)
        if full.sqlstate == BROKEN_LEASE and held.sqlstate != BROKEN_LEASE:
            yield "count-unbounded"


def _completed(state: str, held: After) -> Iterator[str]:
    if held.sqlstate == BROKEN_LEASE:
        yield "lease-kept"
    elif not held.states:
        yield "outcome-unrecorded"
    elif held.row is None and state not in TERMINAL:
        yield "row-dropped"
    elif held.row is not None and held.states[-1] in TERMINAL:
        yield "row-kept"
    elif held.row is not None and any(held.row[column] for column in LEASE):
        yield "lease-kept"


def repairing(bench: Bench) -> Iterator[str]:
    call = "repair_expired_leases(10, 'me')"
    for count in (0, 5):
        lost = bench.after(call, expires="-10 days", count=count)
        if lost.sqlstate == BROKEN_LEASE:
            yield "lease-kept"
        elif not lost.touched:
            yield "repairs-nothing"
        elif lost.row is None and not set(TERMINAL) & set(lost.states):
            yield "row-dropped"
        elif lost.row is not None and "ZOMBIE_REQUEUE" not in lost.states:
            yield "requeue-unrecorded"
    if bench.after(call, expires="30 s").touched:
        yield "takes-unexpired"
    if bench.after(call).touched:
        yield "takes-unleased"


SHOWN: Mapping[str, Callable[[Bench], Iterator[str]]] = {
    "claim": claiming,
    "complete": completing,
    "repair": repairing,
}


def shown(scratch: Scratch, role: str, texts: Texts) -> set[str]:
    """The faults that calls on a server show."""
    database = scratch.create("behaviour", *(texts[path] for path in sorted(texts)))
    connect = psycopg.connect
    with (
        connect(scratch.url(database), row_factory=psycopg.rows.dict_row) as connection,
        connect(scratch.url(database), row_factory=psycopg.rows.dict_row) as beside,
    ):
        return set(SHOWN[role](Bench(connection, beside)))


def found(role: str, texts: Texts) -> set[str]:
    """The faults that are found by reading."""
    names = Names()
    tree = Tree.of(texts, names)
    facts = fold([fact for path in sorted(texts) for fact in read(path, tree)], names)
    behaviours = [f for f in facts if isinstance(f, Behaviour) and f.role == role]
    assert [fact.followed for fact in behaviours] == [True]
    return set(behaviours[0].faults)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_server_shows_the_same_faults(case: Case, scratch: Scratch) -> None:
    role = ROLES[case.name.partition("-")[0]]
    assert shown(scratch, role, case.wrong) == found(role, case.wrong)
    assert shown(scratch, role, case.harmless) == found(role, case.harmless) == set()
