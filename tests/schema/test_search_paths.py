"""By whose search path a function of the outbox works, also where only the server knows."""

from __future__ import annotations

import pytest

from outbox_guard.checking import check_sources
from tests.support.examples import RULES, judgement

CREATED = """
CREATE FUNCTION due() RETURNS bigint LANGUAGE sql {}
AS 'SELECT count(*) FROM payment_outbox_pending';
REVOKE ALL ON FUNCTION due() FROM PUBLIC;
"""
OPEN = CREATED.format("SECURITY DEFINER")
PINNED = CREATED.format("SECURITY DEFINER SET search_path = public, pg_temp")
CALLERS = CREATED.format("")


def of_all(action: str) -> str:
    return f"""
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE prosecdef LOOP
        EXECUTE format('ALTER FUNCTION %s {action}', f);
    END LOOP;
END $$;
"""


PIN = "SET search_path = public, pg_temp"
UNDECIDED, FOUND = ["OBG002"], ["OBG412"]
SCHEMAS = {
    "pinned by a loop over the catalog": (OPEN + of_all(PIN), UNDECIDED),
    "opened by one": (PINNED + of_all("RESET ALL"), UNDECIDED),
    "made to run with its owner's rights by one": (
        CALLERS + of_all("SECURITY DEFINER"),
        UNDECIDED,
    ),
    "pinned before all the same": (PINNED + of_all(PIN), []),
    "pinned afterwards for certain": (OPEN + of_all(PIN) + f"ALTER FUNCTION due() {PIN};", []),
    "created after the loop": (of_all(PIN) + OPEN, FOUND),
    "created anew after the loop": (
        OPEN + of_all(PIN) + OPEN.replace("CREATE", "CREATE OR REPLACE"),
        FOUND,
    ),
    "another setting in the loop": (OPEN + of_all("SET lock_timeout = 0"), FOUND),
    "named one by one in a loop": (
        OPEN
        + """
DO $$
DECLARE
    f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['due()', 'due()'] LOOP
        EXECUTE 'ALTER FUNCTION ' || f || ' SET search_path = public, pg_temp';
    END LOOP;
END $$;
""",
        [],
    ),
    "no function of the outbox": (
        OPEN.replace("payment_outbox_pending", "invoices") + of_all(PIN),
        [],
    ),
    "temporary tables not last": (
        CREATED.format("SECURITY DEFINER SET search_path = pg_catalog, pg_temp, public"),
        FOUND,
    ),
    "no word on temporary tables": (
        CREATED.format("SECURITY DEFINER SET search_path = pg_catalog, public"),
        [],
    ),
    "nothing but names with their schemas": (
        CREATED.format("SECURITY DEFINER SET search_path = ''"),
        [],
    ),
}


@pytest.mark.parametrize(("schema", "codes"), SCHEMAS.values(), ids=SCHEMAS)
def test_a_verdict_is_given_only_where_it_can_be_known(schema: str, codes: list[str]) -> None:
    report = check_sources({"schema/001.sql": schema}, judgement(*RULES))
    assert [finding.code for finding in report] == codes
