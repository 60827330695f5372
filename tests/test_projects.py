"""Which project a call is about: its paths say, or --root and --config do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from command_line import findings, outbox_guard

PENDING = "TRUNCATE payment_outbox_pending;\n"
JOBS = "TRUNCATE jobs;\n"
OF_JOBS = '[outbox]\npending = ["jobs"]\n'


@pytest.fixture
def laid_out(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    def lay_out(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path

    return lay_out


MONOREPO = {
    "outbox-guard.toml": "",
    "clean.sql": PENDING,
    "jobs/outbox-guard.toml": OF_JOBS,
    "jobs/clean.sql": JOBS,
    "elsewhere/jobs.toml": OF_JOBS,
}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["."], ["clean.sql"], id="the-folder-that-it-is-called-in"),
        pytest.param(["jobs"], ["clean.sql"], id="the-nearest-configuration-around-a-path"),
        pytest.param(["jobs/clean.sql"], ["clean.sql"], id="around-a-file"),
        pytest.param(["--root", "jobs"], ["clean.sql"], id="a-root-without-paths"),
        pytest.param(["--root", "jobs", "jobs/clean.sql"], ["clean.sql"], id="a-root-with-paths"),
        pytest.param(
            ["--config", "elsewhere/jobs.toml", "."],
            ["jobs/clean.sql"],
            id="a-configuration-from-elsewhere-is-of-the-project-around",
        ),
        pytest.param(
            ["--root", ".", "jobs/clean.sql"], [], id="a-root-above-judges-by-its-own-configuration"
        ),
    ],
)
def test_paths_are_judged_by_their_project(
    laid_out: Callable[[Mapping[str, str]], Path], arguments: list[str], found: list[str]
) -> None:
    root = laid_out(MONOREPO)
    done = outbox_guard("check", "--format", "json", *arguments, cwd=root)
    assert [finding["path"] for finding in findings(done)] == found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["clean.sql", "jobs/clean.sql"], "several projects", id="two-projects"),
        pytest.param(["--root", "nowhere"], "no such folder", id="no-root"),
        pytest.param(["--root", "clean.sql"], "no such folder", id="a-root-that-is-a-file"),
        pytest.param(["--config", "nowhere.toml"], "nowhere.toml", id="no-configuration"),
        pytest.param(["--config", "jobs"], "jobs", id="a-configuration-that-is-a-folder"),
        pytest.param(["--root", "jobs", "clean.sql"], "clean.sql", id="a-path-outside-the-root"),
    ],
)
def test_what_cannot_be_meant_is_status_2_and_says_why(
    laid_out: Callable[[Mapping[str, str]], Path], arguments: list[str], said: str
) -> None:
    root = laid_out(MONOREPO)
    done = outbox_guard("check", *arguments, cwd=root)
    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stdout
    assert "Traceback" not in done.stderr
