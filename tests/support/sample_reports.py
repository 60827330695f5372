"""Reports made by hand, with everything in them that an output can stumble over."""

from __future__ import annotations

import os

from hypothesis import strategies as st

from outbox_guard.facts import Place
from outbox_guard.findings import Coverage, Finding, Related, Report, RulePage, Suppression

DELETE_ON_CLAIM = RulePage(
    code="OBG101",
    name="delete-on-claim",
    severity="error",
    summary="A claim must lease rows, never delete them",
    why=(
        "A worker that deletes rows as it claims them loses the payment when it dies before it "
        "has recorded an outcome. Nobody finds the row again."
    ),
    fix="Call `claim_outbox_batch`, which leases due rows. Complete them one by one.",
)
ROLE_SWITCH = RulePage(
    code="OBG204",
    name="role-switch",
    severity="error",
    summary="Only the home of the database code switches roles",
    why="A role that is switched by hand stays switched on a pooled connection.",
    fix="Pass the role to the helpers of `libs/db`.",
)
UNROLED_QUERY = RulePage(
    code="OBG205",
    name="unroled-query",
    severity="warning",
    summary="A query names the role that it runs under",
    why="A query without a role runs under whatever the connection was left with.",
    fix="Call `query_as_role`.",
)
RULES = (DELETE_ON_CLAIM, ROLE_SWITCH, UNROLED_QUERY)


def finding_of(page: RulePage, place: Place, message: str, **more: object) -> Finding:
    return Finding(
        code=page.code,
        name=page.name,
        severity=page.severity,
        message=message,
        place=place,
        **more,  # type: ignore[arg-type]  # the fields of Finding, by name
    )


CLAIM = finding_of(
    DELETE_ON_CLAIM,
    Place("services/relay/claim.py", 12, 9, 12, 15),
    "DELETE of payment_outbox_pending takes the rows that the same claim locked",
    fingerprint="f1",
    lines=("        DELETE FROM payment_outbox_pending USING due",),
    related=(
        Related(Place("services/relay/claim.py", 9, 5, 9, 27), "the rows are locked here"),
        Related(Place("libs/sql, 100%.py", 3, 1, 3, 4), "and come from here"),
    ),
)
TABBED = finding_of(
    UNROLED_QUERY,
    Place("services/relay/claim.py", 30, 3, 30, 11),
    "db.query names no role",
    fingerprint="f2",
    lines=("\t\tdb.query(sql)  # a tab is as wide as it is shown",),
)
AGAIN = finding_of(
    UNROLED_QUERY,
    Place("services/relay/claim.py", 40, 3, 40, 11),
    "db.query names no role",
    fingerprint="f2",
    lines=("\t\tdb.query(sql)  # a tab is as wide as it is shown",),
)
WIDE = finding_of(
    ROLE_SWITCH,
    Place("services/支払い.py", 1204, 17, 1204, 25),
    "SET ROLE 管理者 outside libs/db",
    fingerprint="f3",
    lines=('実行("-- 支払いの送信\'; SET ROLE 管理者")',),
)
MULTILINE = finding_of(
    ROLE_SWITCH,
    Place("services/a\nb, 100%: [bold]c.py", 7, 11, 8, 7),
    "SET LOCAL\nROLE: 100% [red]wrong[/red], \x1b[2J\u202e",
    fingerprint="f4",
    lines=('cursor("""SET LOCAL', "ROLE  admin"),
)
ALLOWED = finding_of(
    ROLE_SWITCH,
    Place("scripts/repair.py", 3, 6, 3, 14),
    "SET ROLE admin outside libs/db",
    fingerprint="f5",
    lines=('run("SET ROLE admin")',),
    suppressed=Suppression("inline", "the repair runs as the owner"),
)
KNOWN = finding_of(
    UNROLED_QUERY,
    Place("services/old.py", 1, 1, 1, 9),
    "db.query names no role",
    fingerprint="f6",
    lines=("db.query(sql)",),
    suppressed=Suppression("baseline", "known since the baseline"),
)
WHOLE_FILE = Finding(
    code="ACME1",
    name="acme-header",
    severity="error",
    message="no header",
    place=Place("z.py", 1, 1, 1, 1),
)
COVERAGE = Coverage(files=1120, parsed=14, statements=33, undetermined=1)

EVERYTHING = Report(
    findings=(ALLOWED, MULTILINE, KNOWN, CLAIM, TABBED, AGAIN, WIDE, WHOLE_FILE),
    coverage=COVERAGE,
    rules=RULES,
    enforced=True,
    show_suppressed=True,
    root="/home/someone/project",
)
SUPPRESSED_HIDDEN = Report(
    findings=(ALLOWED, CLAIM, KNOWN), coverage=COVERAGE, rules=RULES, root="/home/someone/project"
)
WARNINGS = Report(
    findings=(TABBED, AGAIN),
    coverage=Coverage(files=2, parsed=1, statements=1),
    rules=RULES,
    strict=True,
)
CLEAN = Report(coverage=Coverage(files=120, parsed=3, statements=7), rules=RULES)
EMPTY = Report()

REPORTS = {
    "everything": EVERYTHING,
    "suppressed hidden": SUPPRESSED_HIDDEN,
    "warnings": WARNINGS,
    "clean": CLEAN,
    "empty": EMPTY,
}

# File names are what the system hands out: any text, and bytes that are not UTF-8.
paths = st.binary(min_size=1, max_size=20).map(os.fsdecode) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20
)
