"""A rule's example made whole: what it leaves out comes from the example project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from outbox_guard.rules import Example
from tests.support.provable import reference_schema

# What the rule is about is taken away first, so that only an example about it can bring it.
ABOUT: Mapping[str, str] = {
    "OBG402": "ALTER TABLE payment_outbox_pending DROP CONSTRAINT ck_pending_attempt_count;",
    "OBG403": "ALTER TABLE payment_outbox_pending DROP CONSTRAINT ck_pending_lease;",
    "OBG407": "DROP INDEX ux_attempts_terminal;",
    "OBG408": "DROP TRIGGER trg_attempts_append_only ON payment_outbox_attempts;",
    "OBG409": "DROP FUNCTION complete_outbox_attempt;",
    "OBG410": "DROP FUNCTION repair_expired_leases;",
    "OBG411": "DROP FUNCTION claim_outbox_batch;",
    "OBG412": "",
    "OBG501": "",
    "OBG502": "",
}
# Without this word an example is not about it, and leaves the example project's in place.
_SUBJECTS = {
    "OBG402": "payment_outbox_pending",
    "OBG403": "payment_outbox_pending",
    "OBG407": "payment_outbox_attempts",
    "OBG408": "payment_outbox_attempts",
    "OBG409": "complete_outbox_attempt",
    "OBG410": "repair_expired_leases",
    "OBG411": "claim_outbox_batch",
    "OBG412": "",
    "OBG501": "",
    "OBG502": "",
}
# Examples have few columns: all others fill themselves in, and states are also taken as text.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "payment_outbox_pending": {
        "outbox_id": "uuid DEFAULT gen_random_uuid()",
        "instruction_id": "text DEFAULT ''",
        "idempotency_key": "text DEFAULT ''",
        "participant_id": "text DEFAULT ''",
        "sequence_id": "bigint DEFAULT nextval('lenient')",
        "rail": "text DEFAULT ''",
        "payload": "jsonb DEFAULT '{}'",
        "attempt_count": "integer DEFAULT 0",
        "next_attempt_at": "timestamptz DEFAULT now()",
        "claimed_by": "text",
        "lease_token": "uuid",
        "lease_expires_at": "timestamptz",
        "created_at": "timestamptz DEFAULT now()",
    },
    "payment_outbox_attempts": {
        "attempt_id": "uuid DEFAULT gen_random_uuid()",
        "outbox_id": "uuid",
        "attempt_no": "integer DEFAULT nextval('lenient')",
        "state": "outbox_attempt_state",
        "instruction_id": "text DEFAULT ''",
        "idempotency_key": "text DEFAULT ''",
        "participant_id": "text DEFAULT ''",
        "sequence_id": "bigint DEFAULT 0",
        "rail": "text DEFAULT ''",
        "payload": "jsonb DEFAULT '{}'",
        "worker_id": "text DEFAULT ''",
        "rail_reference": "text",
        "error_code": "text",
        "error_message": "text",
        "created_at": "timestamptz DEFAULT now()",
    },
}
CASTS = """
CREATE SEQUENCE lenient INCREMENT -1;
ALTER TABLE payment_outbox_attempts DROP CONSTRAINT ck_attempts_number;
ALTER TABLE payment_outbox_attempts DROP CONSTRAINT uq_attempts_number;
CREATE CAST (text AS outbox_attempt_state) WITH INOUT AS ASSIGNMENT;
CREATE CAST (outbox_attempt_state AS text) WITH INOUT AS ASSIGNMENT;
"""
CONFIG = "\n[live]\nbefore = ['around/first.sql']\nafter = ['around/last.sql']\n"
_MADE = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?P<kind>FUNCTION|PROCEDURE|TABLE)\s+(?:public\.)?(?P<name>\w+)",
    re.IGNORECASE,
)


def made_whole(code: str, example: Example) -> dict[str, str]:
    """The files of a project with all that a server and the proofs need."""
    files = {example.path: example.code, **example.files}
    reference = "\n".join(reference_schema().values())
    is_about = _SUBJECTS[code] in "\n".join(files.values())
    about = ABOUT[code] if is_about else ""
    first = "\n".join([reference, CASTS, about, *_made_way(files, reference)])
    last = "\n".join(_filled_in())
    around = {"around/first.sql": first, "around/last.sql": last}
    return {**files, **around, "outbox-guard.toml": example.config + CONFIG}


def _made_way(files: Mapping[str, str], reference: str) -> Iterator[str]:
    """What the example makes anew goes."""
    for match in _MADE.finditer("\n".join(files.values())):
        name = match["name"].lower()
        if match["kind"].upper() == "TABLE":
            yield f"DROP TABLE IF EXISTS {name} CASCADE;" if name in reference else ""
        else:
            yield f"""
DO $do$ DECLARE made regprocedure; BEGIN
    FOR made IN SELECT oid FROM pg_proc WHERE proname = '{name}' LOOP
        EXECUTE format('DROP ROUTINE %s CASCADE', made);
    END LOOP;
END $do$;"""


def _filled_in() -> Iterator[str]:
    """Every column that is missing, and a default for each that has none and must be there."""
    for table, columns in COLUMNS.items():
        for name, definition in columns.items():
            yield f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {definition};"
            _, _, default = definition.partition(" DEFAULT ")
            if default:
                yield f"""
DO $do$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '{table}'::regclass
                      AND attname = '{name}' AND atthasdef) THEN
        ALTER TABLE {table} ALTER {name} SET DEFAULT {default};
    END IF;
END $do$;"""
