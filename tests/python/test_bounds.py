"""Where a bound cuts the following of Python code, that is said if outbox tables are in play."""

from __future__ import annotations

import pytest

from outbox_guard.checking import check_sources
from outbox_guard.frontends.python.context.machine import DEEPEST_CALL, MOST_READ, MOST_READ_GUARDED
from tests.support.examples import RULES, judgement

LINE = "What stands in a module and is asked for with what is of use.\n"
USES_A_TABLE = """
from libs.db import db
from services.{module} import WORK

PENDING = "payment_outbox_pending"


def waiting() -> object:
    return db.query_as_role("symphony_readonly", f"SELECT * FROM {{PENDING}} WHERE {{WORK}}")
"""
SPEAKS_OF_ROLES = """
import psycopg
from services.{module} import WORK

print("set the role", WORK)
"""
OF_A_TABLE = 'WORK = NOTE and "payment_outbox_pending.rail IS NOT NULL"\n'
OF_A_ROLE = 'import psycopg\n\nWORK = NOTE and "set a role"\n'


def undecided(first: str, module: str, *, size: int) -> set[str]:
    """Where something is said to be undecided, when a module has about `size` characters."""
    texts = {
        "services/first.py": first.format(module="long"),
        "services/long.py": f'NOTE = """{LINE * (size // len(LINE) + 1)}"""\n{module}',
    }
    report = check_sources(texts, judgement(*RULES))
    return {finding.place.path for finding in report.findings if finding.code == "OBG002"}


def test_imports_that_lead_too_far_are_told_where_an_outbox_table_is_in_play() -> None:
    assert undecided(USES_A_TABLE, OF_A_TABLE, size=MOST_READ_GUARDED) == {"services/first.py"}


@pytest.mark.parametrize(
    ("first", "module", "size"),
    [
        pytest.param(USES_A_TABLE, OF_A_TABLE, MOST_READ, id="within-the-bound"),
        pytest.param(SPEAKS_OF_ROLES, OF_A_ROLE, MOST_READ_GUARDED, id="no-table-in-play"),
    ],
)
def test_nothing_is_told_otherwise(first: str, module: str, size: int) -> None:
    assert not undecided(first, module, size=size)


STEPS = "\n".join(
    f"def step_{n}(cursor, table):\n    step_{n + 1}(cursor, table)\n" for n in range(DEEPEST_CALL)
)
DEEP = f"""{STEPS}
def step_{DEEPEST_CALL}(cursor, table):
    cursor.execute("DELETE FROM " + table)

def start(cursor):
    step_0(cursor, {{table}})
"""
LETTERS = ", ".join(f'"{letter}"' for letter in "abcdefgh")
MANY = f"""
def wipe(cursor, i, j):
    cursor.execute("DELETE FROM " + [{LETTERS}][i] + [{LETTERS}, {{table}}][j])
"""


@pytest.mark.parametrize("code", [pytest.param(DEEP, id="calls"), pytest.param(MANY, id="choices")])
def test_what_leads_too_deep_or_to_too_much_is_told_likewise(code: str) -> None:
    assert _undecided(code.format(table='"payment_outbox_pending"'))
    assert not _undecided(code.format(table='"webhooks"'))


def _undecided(code: str) -> bool:
    report = check_sources({"services/first.py": code}, judgement(*RULES))
    return any(finding.code == "OBG002" for finding in report.findings)


def test_a_value_with_the_same_parts_many_times_is_no_more_work_than_its_parts() -> None:
    twice = "pair = [pair, pair]\nother = [other, other]\n"
    text = f'pair = ["payment_outbox_pending"]\nother = list(pair)\n{twice * 60}'
    joined = f"{text}both = pair if input() else other\nprint(both, {{**{{'a': both}}}})\n"
    assert not check_sources({"services/pairs.py": joined}, judgement(*RULES)).findings
