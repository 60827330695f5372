"""`outbox_guard.check`, for those who embed it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from outbox_guard import Config, Report, UsageError, check
from outbox_guard.names import Outbox

QUERY = 'def f(cur):\n    cur.execute("DELETE FROM payment_outbox_pending")\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "a.py").write_text(QUERY, "utf-8")
    (tmp_path / "services" / "b.py").write_text(QUERY, "utf-8")
    return tmp_path


def found(report: Report) -> list[tuple[str, str, int, int]]:
    return [(f.code, f.place.path, f.place.line, f.place.column) for f in report]


def test_a_report_holds_the_findings_of_the_whole_project(project: Path) -> None:
    report = check(project)
    assert found(report) == [
        ("OBG103", "services/a.py", 2, 18),
        ("OBG103", "services/b.py", 2, 18),
    ]
    assert report.failed
    assert report.coverage.files == 3  # with outbox-guard.toml


@pytest.mark.parametrize(
    ("day", "codes"), [("2027-01-30", []), ("2027-01-31", ["OBG004", "OBG103"])]
)
def test_what_is_allowed_until_a_day_is_found_again_from_that_day(
    project: Path, monkeypatch: pytest.MonkeyPatch, day: str, codes: list[str]
) -> None:
    allowed = "# outbox-guard: allow[OBG103] a drill @payments until 2027-01-31"
    (project / "services" / "a.py").write_text(QUERY.replace("    cur", f"    {allowed}\n    cur"))
    seconds = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds))
    report = check(project, ["services/a.py"])
    assert sorted(f.code for f in report if not f.suppressed) == codes


def test_a_day_that_cannot_be_read_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "tomorrow")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH=tomorrow"):
        check(project)


def test_paths_choose_what_is_reported(project: Path) -> None:
    assert [path for _, path, *_ in found(check(project, ["services/b.py"]))] == ["services/b.py"]


def test_a_configuration_may_be_handed_over(project: Path) -> None:
    other = Config(outbox=Outbox(pending=("jobs",), attempts=("job_log",)))
    assert not check(project, config=other).failed


def test_what_is_wrong_is_an_error(project: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        check(project, ["nowhere.py"])
