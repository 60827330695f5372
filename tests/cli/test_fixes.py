"""A fix clears its own finding, and leaves every other byte as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.checking import check_sources
from outbox_guard.findings import Finding, Fix
from outbox_guard.fixes.edits import by_path, diff, edited, fixes_of
from outbox_guard.rules import Example
from outbox_guard.selftest import texts_of
from outbox_guard.sources import Source
from tests.support.command_line import findings, outbox_guard
from tests.support.examples import RULES, judgement, judgement_of
from tests.support.schemas import Texts, cases
from tests.support.workflows import PATH, RIGHT, marked
from tests.support.workflows import cases as workflow_cases

DUE = "SELECT outbox_id FROM payment_outbox_pending WHERE next_attempt_at {} {};\n"
DJANGO = """from django.db import models
from django.db.models.functions import Now

class Pending(models.Model):
    next_attempt_at = models.DateTimeField()

    class Meta:
        db_table = "payment_outbox_pending"

def f():
    return Pending.objects.filter({})
"""
# What stands in a file, and what a fix makes of it.
MENDED: dict[str, tuple[str, str, str]] = {
    "an equality": ("q.sql", DUE.format("=", "now()"), DUE.format("<=", "now()")),
    "without blanks": (
        "q.sql",
        "SELECT 1 FROM payment_outbox_pending WHERE lease_expires_at=NOW();",
        "SELECT 1 FROM payment_outbox_pending WHERE lease_expires_at<=NOW();",
    ),
    "the clock first": (
        "q.sql",
        "SELECT 1 FROM payment_outbox_pending p WHERE (current_timestamp) = p.lease_expires_at;",
        "SELECT 1 FROM payment_outbox_pending p WHERE (current_timestamp) >= p.lease_expires_at;",
    ),
    "two in a line": (
        "q.sql",
        "SELECT next_attempt_at=now() FROM payment_outbox_pending WHERE now() = next_attempt_at;",
        "SELECT next_attempt_at<=now() FROM payment_outbox_pending WHERE now() >= next_attempt_at;",
    ),
    "a quoted body": (
        "schema/1.sql",
        "CREATE FUNCTION due() RETURNS int LANGUAGE sql AS\n"
        "'SELECT 1 FROM payment_outbox_pending WHERE '''' < ''x'' AND next_attempt_at = now()';",
        "CREATE FUNCTION due() RETURNS int LANGUAGE sql AS\n"
        "'SELECT 1 FROM payment_outbox_pending WHERE '''' < ''x'' AND next_attempt_at <= now()';",
    ),
    "PL/pgSQL": (
        "schema/1.sql",
        "CREATE FUNCTION due() RETURNS void LANGUAGE plpgsql AS $$\n"
        "DECLARE r payment_outbox_pending;\n"
        "BEGIN\n"
        "    IF r.lease_expires_at = clock_timestamp() THEN r.next_attempt_at := now(); END IF;\n"
        "    UPDATE payment_outbox_pending SET next_attempt_at = now()\n"
        "     WHERE lease_expires_at = now();\n"
        "END $$;\n",
        "CREATE FUNCTION due() RETURNS void LANGUAGE plpgsql AS $$\n"
        "DECLARE r payment_outbox_pending;\n"
        "BEGIN\n"
        "    IF r.lease_expires_at <= clock_timestamp() THEN r.next_attempt_at := now(); END IF;\n"
        "    UPDATE payment_outbox_pending SET next_attempt_at = now()\n"
        "     WHERE lease_expires_at <= now();\n"
        "END $$;\n",
    ),
    "Python": (
        "app/q.py",
        "def f(cur, n):\n"
        '    cur.execute("SELECT 1 FROM payment_outbox_pending "\n'
        '                "WHERE next_attempt_at\\t = now() LIMIT %s", (n,))\n',
        "def f(cur, n):\n"
        '    cur.execute("SELECT 1 FROM payment_outbox_pending "\n'
        '                "WHERE next_attempt_at\\t <= now() LIMIT %s", (n,))\n',
    ),
    "an f-string": (
        "app/q.py",
        "def f(cur, n):\n"
        '    cur.execute(f"""SELECT {n} FROM payment_outbox_pending\n'
        '        WHERE next_attempt_at = now()""")\n',
        "def f(cur, n):\n"
        '    cur.execute(f"""SELECT {n} FROM payment_outbox_pending\n'
        '        WHERE next_attempt_at <= now()""")\n',
    ),
    "Django": (
        "app/q.py",
        DJANGO.format("next_attempt_at=Now()"),
        DJANGO.format("next_attempt_at__lte=Now()"),
    ),
    "a comment that allows nothing": (
        "q.sql",
        "SELECT 1; -- outbox-guard: allow[OBG104] it was a DELETE once\nSELECT 2;\n",
        "SELECT 1;\nSELECT 2;\n",
    ),
    "one with a line for itself": (
        "app/q.py",
        "if x:\r\n    # outbox-guard: allow[OBG104] it was a DELETE once\r\n    y()\r\n",
        "if x:\r\n    y()\r\n",
    ),
    "one between two words": (
        "q.sql",
        "SELECT/* outbox-guard: allow[OBG104] why */1 FROM payment_outbox_attempts;",
        "SELECT 1 FROM payment_outbox_attempts;",
    ),
    "an old key": (
        "start.sh",
        "#!/bin/sh\n# how long\nexport ZOMBIE_THRESHOLD_SECONDS=60  # a minute\n",
        "#!/bin/sh\n# how long\nexport LEASE_SECONDS=60  # a minute\n",
    ),
    "evidence after success only": (
        PATH,
        RIGHT.replace("name: Evidence\n        if: always()", "name: Evidence # late"),
        RIGHT.replace("name: Evidence", "name: Evidence # late"),
    ),
    "one of two codes": (
        "q.sql",
        "-- outbox-guard: allow[OBG103,OBG104] by hand\nDELETE FROM payment_outbox_attempts;\n",
        "-- outbox-guard: allow[OBG104] by hand\nDELETE FROM payment_outbox_attempts;\n",
    ),
}
# What is found, and what nobody can mend for certain.
LEFT = {
    "with an interval": ("q.sql", DUE.format("=", "now() + interval '5 minutes'")),
    "by the day": ("q.sql", DUE.format("=", "now()::date")),
    "with a variable": (
        "schema/1.sql",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$"
        " DECLARE v_now timestamptz := now();"
        " BEGIN PERFORM 1 FROM payment_outbox_pending WHERE next_attempt_at = v_now; END $$;",
    ),
    "as not distinct": ("q.sql", DUE.format("IS NOT DISTINCT FROM", "now()")),
    "written with an escape": (
        "app/q.py",
        'def f(cur):\n    cur.execute("SELECT 1 FROM payment_outbox_pending '
        'WHERE next_attempt_at \\x3d now()")\n',
    ),
    "allowed": (
        "q.sql",
        "-- outbox-guard: allow[OBG401] a test of the clock\n" + DUE.format("=", "now()"),
    ),
}


def mended(path: str, text: str) -> str:
    edits = by_path(fixes_of(check_sources({path: text}, judgement(*RULES))))
    result = edited(Source(path, text), edits[path]) if path in edits else text
    assert result is not None
    return result


@pytest.mark.parametrize(("path", "before", "after"), MENDED.values(), ids=MENDED)
def test_what_is_certain_is_mended(path: str, before: str, after: str) -> None:
    assert mended(path, before) == after
    assert mended(path, after) == after


@pytest.mark.parametrize(("path", "before", "after"), MENDED.values(), ids=MENDED)
def test_what_is_mended_is_found_no_more(path: str, before: str, after: str) -> None:
    def fixable(text: str) -> list[str]:
        report = check_sources({path: text}, judgement(*RULES))
        return [f.code for f in report if f.fix is not None and f.fix.edits]

    assert fixable(before)
    assert not fixable(after)


@pytest.mark.parametrize(("path", "text"), LEFT.values(), ids=LEFT)
def test_what_is_not_certain_is_left(path: str, text: str) -> None:
    assert mended(path, text) == text


def projects() -> Iterator[tuple[str, Example]]:
    """The bad examples of the rules that carry edits, and the workflows that are wrong."""
    for rule in RULES:
        for number, example in enumerate(rule.bad if rule.edit else (), 1):
            yield f"{rule.code}-{number}", example
    for case in workflow_cases():
        texts = case.texts(case.wrong)
        if any(code == "OBG603" for mark in marked(texts) for code in mark.split()):
            others = {path: text for path, text in texts.items() if path != PATH}
            yield case.name, Example(path=PATH, code=texts[PATH], files=others)


PROJECTS = dict(projects())


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("example", PROJECTS.values(), ids=PROJECTS)
def test_each_fix_takes_away_its_own_findings_and_no_others(example: Example, newline: str) -> None:
    texts = {path: text.replace("\n", newline) for path, text in texts_of(example).items()}
    judged = judgement_of(example)
    report = check_sources(texts, judged)
    for fix in fixes_of(report):
        after = check_sources(applied(texts, [fix]), judged)
        assert told(after.open) == told(f for f in report.open if f.fix != fix)
    mended = applied(texts, fixes_of(report))
    assert not fixes_of(check_sources(mended, judged))
    assert all(newline == "\n" or "\n" not in t.replace("\r\n", "") for t in mended.values())


def told(found: Iterable[Finding]) -> Counter[tuple[str, str]]:
    """Where an edit takes a line away or adds one, all below it stands elsewhere."""
    return Counter((finding.place.path, finding.code) for finding in found)


def applied(texts: Mapping[str, str], fixes: Sequence[Fix]) -> dict[str, str]:
    changed = dict(texts)
    for path, edits in by_path(fixes).items():
        result = edited(Source(path, texts[path]), edits)
        assert result is not None
        changed[path] = result
    return changed


BYTES = {
    "CRLF": DUE.format("=", "now()").replace("\n", "\r\n").encode(),
    "a byte order mark": b"\xef\xbb\xbf" + DUE.format("=", "now()").encode(),
    "no line break at the end": DUE.format("=", "now()").strip().encode(),
    "other letters": ("-- Überfällig ✓ 🏦\n" + DUE.format("=", "now()")).encode(),
    "a form feed and lone returns": ("SELECT 1;\f\r\v" + DUE.format("=", "now()")).encode(),
}


@pytest.mark.parametrize("data", BYTES.values(), ids=BYTES)
def test_every_other_byte_stays(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_bytes(data)
    file.chmod(0o750)
    done = outbox_guard("check", "--fix", "--select", "OBG401", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert file.read_bytes() == data.replace(b" = ", b" <= ")
    assert file.stat().st_mode & 0o777 == 0o750


def test_a_declared_encoding_stays(tmp_path: Path) -> None:
    source = f'# coding: latin-1\n# é\ndef f(cur):\n    cur.execute("""{DUE}""")\n'
    data = source.format("=", "now()").encode("latin-1")
    (tmp_path / "q.py").write_bytes(data)
    outbox_guard("check", "--fix", cwd=tmp_path)
    assert (tmp_path / "q.py").read_bytes() == data.replace(b" = ", b" <= ")


def test_the_diff_is_what_fix_does(tmp_path: Path) -> None:
    before = DUE.format("=", "now()")
    (tmp_path / "q.sql").write_text(before)
    shown = outbox_guard("check", "--diff", cwd=tmp_path)
    assert shown.returncode == 1
    assert shown.stdout == diff("q.sql", before, DUE.format("<=", "now()"))
    assert (tmp_path / "q.sql").read_text() == before
    fixed = outbox_guard("check", "--fix", "--format", "json", cwd=tmp_path)
    assert "OBG401" not in {finding["code"] for finding in findings(fixed)}
    assert "mended 1 in q.sql" in fixed.stderr


def test_a_finding_carries_its_fix(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text(DUE.format("=", "now()"))
    done = outbox_guard("check", "--format", "json", "--select", "OBG401", cwd=tmp_path)
    (finding,) = findings(done)
    (edit,) = finding["fix"]["edits"]
    assert (edit["words"], edit["replacement"]) == ("=", "<=")
    assert (edit["line"], edit["column"]) == (finding["line"], finding["column"])


@pytest.mark.parametrize(
    "arguments",
    [["--fix", "--diff"], ["--diff", "--format", "json"], ["--fix", "--stdin-filename", "q.sql"]],
)
def test_what_contradicts_itself_is_refused(arguments: list[str], tmp_path: Path) -> None:
    assert outbox_guard("check", *arguments, cwd=tmp_path).returncode == 2


@given(
    st.lists(st.text(alphabet="ab\r", max_size=4), max_size=8),
    st.lists(st.text(alphabet="ab\r", max_size=4), max_size=8),
)
def test_a_diff_says_all_that_changes(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    lines = diff("f", old, new).split("\n")
    added = [line[1:] for line in lines[2:] if line.startswith("+")]
    assert (old == new) == (lines == [""])
    assert set(added) <= set(after)


# What the functions of the queue do is another matter, and takes longer to read.
FUNCTIONS = ("006", "007", "008", "009")
LACKING = {
    case.name: {p: t for p, t in case.wrong.items() if not Path(p).name.startswith(FUNCTIONS)}
    for case in cases()
    if case.name.startswith(("OBG403", "OBG407", "OBG408"))
}


@pytest.mark.parametrize("texts", LACKING.values(), ids=LACKING)
def test_what_is_to_be_pasted_gives_what_is_lacking(texts: Texts) -> None:
    def pasted(schema: Texts) -> list[str]:
        report = check_sources(schema, judgement(*RULES))
        return [f.fix.statement for f in report if f.fix is not None and f.fix.statement]

    statements = pasted(texts)
    assert statements
    assert not pasted({**texts, "schema/v1/999_paste.sql": "\n".join(statements)})
