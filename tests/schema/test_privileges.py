"""What adds up to a forbidden privilege, and what is said where it cannot be followed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from outbox_guard.checking import check_sources
from outbox_guard.findings import Report
from outbox_guard.schema.rights.roles import LONGEST
from tests.support.examples import RULES, judgement
from tests.support.paths import FIXTURES

FOLDER = FIXTURES / "privileges"
MARK = re.compile(r"-- <-- (OBG\d+)")


def cases() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.toml")):
        for case in tomllib.loads(file.read_text("utf-8"))["case"]:
            yield pytest.param(case["sql"], id=f"{file.stem}: {case['name']}")


def check(sql: str, path: str = "schema/1.sql") -> Report:
    return check_sources({path: sql}, judgement(*RULES))


@pytest.mark.parametrize("sql", list(cases()))
def test_exactly_what_is_marked_is_found(sql: str) -> None:
    lines = enumerate(sql.splitlines(), 1)
    marked = [f"{number} {code}" for number, line in lines for code in MARK.findall(line)]
    assert [f"{finding.place.line} {finding.code}" for finding in check(sql)] == marked


def test_the_message_names_all_that_a_statement_gives_and_how() -> None:
    [finding] = check(
        "GRANT UPDATE, DELETE ON payment_outbox_attempts, payment_outbox_pending TO writer;\n"
        "GRANT writer\n  TO symphony_readonly, symphony_auditor, symphony_executor;"
    )
    assert finding.place.line == 2
    assert finding.message == (
        "symphony_auditor, symphony_readonly hold UPDATE, DELETE on payment_outbox_pending,"
        " payment_outbox_attempts; symphony_executor holds UPDATE, DELETE on"
        " payment_outbox_attempts, which is forbidden: GRANT UPDATE, DELETE ON"
        " payment_outbox_attempts, payment_outbox_pending TO writer; GRANT writer TO"
        " symphony_readonly, symphony_auditor, symphony_executor"
    )


def test_roles_that_are_members_of_each_other_without_end_are_told_of() -> None:
    grants = [f"GRANT r{n} TO r{n + 1};" for n in range(2 * LONGEST)]
    grants.append(f"GRANT UPDATE ON payment_outbox_attempts TO r0; GRANT r{LONGEST - 1} TO m;")
    near = [*grants, "GRANT m TO symphony_auditor;"]
    far = [*grants, f"GRANT r{2 * LONGEST} TO symphony_auditor;"]
    assert {finding.code for finding in check("\n".join(far))} == {"OBG002"}
    assert {finding.code for finding in check("\n".join(near))} == {"OBG002"}
    short = [*grants[: LONGEST // 2], grants[-1], f"GRANT r{LONGEST // 2} TO symphony_auditor;"]
    assert {finding.code for finding in check("\n".join(short))} == {"OBG501"}


def test_only_schema_is_judged() -> None:
    grant = "GRANT ALL ON payment_outbox_attempts TO symphony_executor;"
    assert not list(check(grant, "scripts/grant.sql"))
    assert [finding.code for finding in check(grant)] == ["OBG501"]


def test_a_migration_in_python_takes_part() -> None:
    code = (
        "from alembic import op\n\n\ndef upgrade() -> None:\n"
        '    op.execute("GRANT DELETE ON payment_outbox_pending TO symphony_readonly")\n'
    )
    [finding] = check(code, "schema/versions/1_grants.py")
    assert (finding.code, finding.place.line) == ("OBG501", 5)


PASTED = (
    "GRANT INSERT ON payment_outbox_pending TO symphony_readonly, symphony_auditor;",
    "GRANT UPDATE (state), DELETE ON app.payment_outbox_attempts TO symphony_executor;",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO symphony_auditor;"
    "CREATE TABLE participant_outbox_sequences (n int);",
    "CREATE PROCEDURE touch(n int) LANGUAGE sql AS 'SELECT 1 FROM payment_outbox_pending';",
)


@pytest.mark.parametrize("sql", PASTED)
def test_what_is_to_be_pasted_clears_what_was_found(sql: str) -> None:
    fixes = [finding.fix for finding in check(sql)]
    pasted = "\n".join(fix.statement for fix in fixes if fix is not None)
    assert pasted
    assert not list(check(f"{sql}\n{pasted}"))


NOT_CERTAIN = (
    "GRANT INSERT ON payment_outbox_pending TO w; GRANT w TO symphony_readonly;",
    "ALTER TABLE payment_outbox_attempts OWNER TO symphony_executor;",
    "CREATE ROLE symphony_control SUPERUSER;",
)


@pytest.mark.parametrize("sql", NOT_CERTAIN)
def test_nothing_is_to_be_pasted_where_people_have_to_choose(sql: str) -> None:
    [finding] = check(sql)
    assert finding.fix is None
