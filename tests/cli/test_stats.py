"""`stats`: findings by rule, directory and age; what is exempt, and until when."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import pytest

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Report, Suppression
from outbox_guard.stats import render_text, tally
from outbox_guard.stats.counting import Age
from tests.support.command_line import outbox_guard

TODAY = date(2027, 1, 31)
PENDING = "TRUNCATE payment_outbox_pending;\n"


def finding(path: str, line: int, suppressed: Suppression | None = None) -> Finding:
    return Finding(
        code="OBG103",
        name="direct-outbox-dml",
        severity="error",
        message="",
        place=Place(path, line, 1, line, 2),
        suppressed=suppressed,
    )


def dated(days: Mapping[int, date]) -> Mapping[Age, int]:
    """How many findings have each age, of findings on lines that were written on these days."""

    def written(path: str, lines: Collection[int]) -> Mapping[int, date]:
        del path
        return {line: days[line] for line in lines if line in days}

    report = Report(findings=tuple(finding("a/b.sql", line) for line in (1, 2, 3)))
    (row,) = tally(report, written, TODAY, depth=2).rows
    return {age: count for age, count in row.ages.items() if count}


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2027, 1, 31), "week"),
        (date(2027, 1, 25), "week"),
        (date(2027, 1, 24), "month"),
        (date(2026, 12, 31), "year"),
        (date(2026, 1, 31), "year"),
        (date(2026, 1, 30), "older"),
        (date(2027, 2, 3), "week"),
    ],
    ids=str,
)
def test_the_age_of_a_finding_is_that_of_its_line(day: date, age: str) -> None:
    assert dated({2: day}) == {age: 1, "unknown": 2}


@pytest.mark.parametrize(
    ("depth", "directories"), [(1, ["a", "."]), (2, ["a/b", "."]), (9, ["a/b/c", "a/b/d", "."])]
)
def test_directories_are_cut_at_a_depth(depth: int, directories: list[str]) -> None:
    paths = ("a/b/c/x.py", "a/b/c/y.py", "a/b/d/x.py", "a/b/d/y.py", "top.py")
    report = Report(findings=tuple(finding(path, 1) for path in paths))
    counted = tally(report, lambda _path, _lines: {}, TODAY, depth=depth)
    assert [row.directory for row in counted.rows] == directories


def test_what_is_exempt_is_listed_in_the_order_in_which_it_ends() -> None:
    why = (
        Suppression("baseline", "known"),
        Suppression("inline", "a drill", "payments", "2027-06-30"),
        Suppression("inline", "a repair", "", "2027-02-01"),
    )
    report = Report(findings=tuple(finding("a.sql", n, each) for n, each in enumerate(why, 1)))
    counted = tally(report, lambda _path, _lines: {}, TODAY, depth=2)
    assert [exempt.line for exempt in counted.exempt] == [3, 2, 1]
    assert (counted.rows[0].open, counted.rows[0].suppressed) == (0, 3)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_keeps_to_its_width_and_harmless(width: int) -> None:
    long = finding("a/\x1b[31m" + "long/" * 30 + "x.py", 1234)
    waived = finding("a.sql", 1, Suppression("inline", "one repair, by two", "bank", "2027-02-01"))
    report = Report(findings=(long, waived))
    counted = tally(report, lambda _path, _lines: {}, TODAY, depth=40)
    text = render_text(counted, width=width, color=False)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = {word for each in counted.exempt for word in each.reason.split()}
    assert words <= set(text.split())
    assert "\x1b" not in text


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True)


def test_git_knows_the_ages_and_the_exit_status_is_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1801353600")  # 2027-01-31
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2027-01-15T12:00:00Z")
    (tmp_path / "é a.sql").write_text(PENDING, "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "a mistake")
    (tmp_path / "é a.sql").write_text(f"{PENDING}-- not committed\n{PENDING}", "utf-8")
    done = outbox_guard("stats", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    (row,) = json.loads(done.stdout)["rows"]
    assert {age: count for age, count in row["ages"].items() if count} == {"month": 1, "unknown": 1}


def test_nothing_to_count_is_said(tmp_path: Path) -> None:
    done = outbox_guard("stats", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "No findings, and nothing that is exempt.\n")
