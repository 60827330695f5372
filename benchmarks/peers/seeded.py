"""Something for everybody to find: what each peer of the benchmark is there for."""

import os

import asyncpg
from libs.db.test_only import wipe
from sqlalchemy import create_engine

engine = create_engine("postgresql:///")
CHECK = "CHECK (attempt_count = 3)"
GRANT = "GRANT INSERT ON payment_outbox_attempts TO clerk"
OLD = "ZOMBIE_THRESHOLD_SECONDS"


async def relay(db, pool, connection):
    await pool.acquire()
    db.query("SELECT 1")
    db.set_role("admin")
    wipe(asyncpg)
    connection.execute("SET ROLE admin")
    connection.execute("UPDATE payment_outbox_attempts SET state = 'FAILED'")
    connection.execute("INSERT INTO payment_outbox_attempts VALUES (1, 'DISPATCHING')")
    connection.execute("SELECT 1 FROM payment_outbox_pending WHERE next_attempt_at = NOW()")
    connection.execute("DELETE FROM payment_outbox_pending WHERE id IN (SELECT id FOR UPDATE SKIP LOCKED)")
