"""What comes between a function of the outbox and its tables is told, and nothing else."""

from __future__ import annotations

import pytest

from outbox_guard.checking import check_sources
from tests.support.examples import RULES, judgement
from tests.support.schemas import base

UNDECIDED, OPEN = ["OBG002"], ["OBG408"]
P, A = "payment_outbox_pending", "payment_outbox_attempts"


def trigger(body: str, events: str, *, table: str = P, name: str = "a_keep") -> str:
    return f"""
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
CREATE TRIGGER {name} {events} ON {table} FOR EACH ROW EXECUTE FUNCTION keep();
"""


SCHEMAS = {
    "a deletion that is swallowed": (trigger("RETURN NULL;", "BEFORE DELETE"), UNDECIDED),
    "NEW of a deletion, which is NULL": (trigger("RETURN NEW;", "BEFORE DELETE"), UNDECIDED),
    "OLD of an update, which changes nothing": (
        trigger("RETURN OLD;", "BEFORE UPDATE"),
        UNDECIDED,
    ),
    "a lease that is set": (
        trigger("NEW.lease_token := NULL; RETURN NEW;", "BEFORE UPDATE"),
        UNDECIDED,
    ),
    "a whole row that is set": (trigger("NEW := OLD; RETURN NEW;", "BEFORE UPDATE"), UNDECIDED),
    "a state that is set": (
        trigger("NEW.state := 'FAILED'; RETURN NEW;", "BEFORE INSERT", table=A),
        UNDECIDED,
    ),
    "an attempt that is swallowed": (
        trigger(
            "IF NEW.rail = 'x' THEN RETURN NULL; END IF; RETURN NEW;", "BEFORE INSERT", table=A
        ),
        UNDECIDED,
    ),
    "a refusal that is never heard": (
        trigger("RETURN NULL;", "BEFORE UPDATE OR DELETE", table=A),
        OPEN,
    ),
    "a rule in place of a refusal": (
        f"CREATE RULE hush AS ON UPDATE TO {A} WHERE OLD.state = 'FAILED' DO INSTEAD NOTHING;",
        OPEN,
    ),
    "a rule on the queue": (f"CREATE RULE hush AS ON DELETE TO {P} DO INSTEAD NOTHING;", UNDECIDED),
    "a rule besides an insert": (
        f"CREATE OR REPLACE RULE also AS ON INSERT TO public.{A} DO ALSO NOTIFY attempts;",
        UNDECIDED,
    ),
    "attempts that go with their payment": (
        f"ALTER TABLE {A} ADD FOREIGN KEY (outbox_id) REFERENCES {P} ON DELETE SET NULL;",
        UNDECIDED,
    ),
    "row security that is for the owner, too": (
        f"ALTER TABLE {P} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        UNDECIDED,
    ),
    "row security that the owner is above": (
        f"ALTER TABLE {P} ENABLE ROW LEVEL SECURITY; ALTER TABLE {A} FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {A} NO FORCE ROW LEVEL SECURITY;",
        [],
    ),
    "a column of no importance": (
        trigger("NEW.rail := lower(NEW.rail); RETURN NEW;", "BEFORE INSERT OR UPDATE"),
        [],
    ),
    "what each event returns": (
        trigger(
            "IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;",
            "BEFORE INSERT OR UPDATE OR DELETE",
        ),
        [],
    ),
    "what is done afterwards": (trigger("RETURN NULL;", "AFTER UPDATE OR DELETE"), []),
    "a trigger that is off": (
        trigger("RETURN NULL;", "BEFORE DELETE") + f"ALTER TABLE {P} DISABLE TRIGGER a_keep;",
        [],
    ),
    "a trigger after the refusal": (
        trigger("RETURN NULL;", "BEFORE UPDATE OR DELETE", table=A, name="z_keep"),
        [],
    ),
    "a rule that is gone": (
        f"CREATE RULE hush AS ON DELETE TO {A} DO INSTEAD NOTHING; DROP RULE hush ON {A};",
        [],
    ),
    "a rule besides a refusal": (
        f"CREATE RULE also AS ON DELETE TO {A} DO ALSO NOTIFY attempts;",
        [],
    ),
    "a rule of another table": ("CREATE RULE r AS ON DELETE TO other DO INSTEAD NOTHING;", []),
    "a foreign key that only checks": (
        f"ALTER TABLE {P} ADD FOREIGN KEY (participant_id) REFERENCES participant_outbox_sequences"
        " ON UPDATE CASCADE;"
        f"ALTER TABLE {A} ADD FOREIGN KEY (outbox_id) REFERENCES {P} ON DELETE RESTRICT;",
        [],
    ),
    "a function under another name": (
        "ALTER FUNCTION deny_outbox_attempts_mutation() RENAME TO deny;"
        "CREATE FUNCTION deny_outbox_attempts_mutation() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN OLD; END';",
        [],
    ),
}


@pytest.mark.parametrize(("schema", "codes"), SCHEMAS.values(), ids=SCHEMAS)
def test_what_may_become_of_a_row_is_told(schema: str, codes: list[str]) -> None:
    told = check_sources({**base(), "schema/v1/011_later.sql": schema}, judgement(*RULES))
    assert [finding.code for finding in told if finding.code != "OBG502"] == codes
