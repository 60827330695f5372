"""Which project a call is about: its paths say, or --root and --config do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.command_line import findings, outbox_guard

PENDING = "TRUNCATE payment_outbox_pending;\n"
JOBS = "TRUNCATE jobs;\n"
OF_JOBS = '[outbox]\npending = ["jobs"]\n'


@pytest.fixture
def laid_out(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    def lay_out(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "top" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "top"

    return lay_out


MONOREPO = {
    "outbox-guard.toml": "",
    "clean.sql": PENDING,
    "jobs/outbox-guard.toml": OF_JOBS,
    "jobs/clean.sql": JOBS,
    "elsewhere/jobs.toml": OF_JOBS,
    "../other/outbox-guard.toml": "",
    "../other/a.sql": PENDING,
}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["."], ["clean.sql", "jobs/clean.sql"], id="each-project-by-its-own"),
        pytest.param([], ["clean.sql", "jobs/clean.sql"], id="without-paths-too"),
        pytest.param(
            ["jobs/clean.sql", "clean.sql"], ["clean.sql", "jobs/clean.sql"], id="files-of-both"
        ),
        pytest.param(["elsewhere"], [], id="a-folder-of-the-outer-one"),
        pytest.param(["jobs"], ["clean.sql"], id="the-nearest-configuration-around-a-path"),
        pytest.param(["jobs/clean.sql"], ["clean.sql"], id="around-a-file"),
        pytest.param(["--root", "jobs"], ["clean.sql"], id="a-root-without-paths"),
        pytest.param(["--root", "jobs", "jobs/clean.sql"], ["clean.sql"], id="a-root-with-paths"),
        pytest.param(
            ["--config", "elsewhere/jobs.toml", "."],
            ["jobs/clean.sql"],
            id="a-configuration-from-elsewhere-is-of-the-project-around",
        ),
        pytest.param(["--root", ".", "jobs/clean.sql"], ["jobs/clean.sql"], id="a-root-above"),
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
        pytest.param(["clean.sql", "../other/a.sql"], "several projects", id="two-projects"),
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


DEEP = {
    "outbox-guard.toml": 'exclude = ["old/**"]',
    "pyproject.toml": "[project]\n",
    "old/outbox-guard.toml": "not = TOML",
    "a/pyproject.toml": "[tool.outbox-guard.outbox]\npending = ['a_jobs']\n",
    "a/schema.sql": "TRUNCATE a_jobs;\n",
    "a/b/outbox-guard.toml": 'extends = ["../../shared.toml"]\nselect = ["OBG103"]',
    "a/b/jobs.sql": "TRUNCATE shared_jobs; TRUNCATE a_jobs;\n",
    "shared.toml": '[outbox]\npending = ["shared_jobs"]\n',
    "c/pyproject.toml": "[project]\nname = 'no configuration'\n",
    "c/clean.sql": PENDING,
}


def test_projects_in_projects_each_have_their_own_names(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    done = outbox_guard("check", "--format", "json", cwd=laid_out(DEEP))
    found = [(finding["path"], finding["column"]) for finding in findings(done)]
    assert found == [("a/b/jobs.sql", 1), ("a/schema.sql", 1), ("c/clean.sql", 1)]
    assert json.loads(done.stdout)["summary"]["files"] == 9


def test_what_the_command_line_selects_holds_in_all(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    done = outbox_guard("check", "--format", "json", "--select", "OBG104", cwd=laid_out(DEEP))
    assert findings(done) == []


def test_a_mistake_in_the_configuration_of_one_stops_the_run(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    done = outbox_guard("check", cwd=laid_out({**DEEP, "a/b/outbox-guard.toml": "selekt = []"}))
    assert done.returncode == 2
    assert "did you mean 'select'" in done.stderr


@pytest.mark.parametrize("name", ["github", "gitlab", "sarif"])
def test_a_code_host_is_told_paths_of_the_repository(
    laid_out: Callable[[Mapping[str, str]], Path], name: str
) -> None:
    root = laid_out(MONOREPO)
    (root / ".git").mkdir()
    told = outbox_guard("check", "--format", name, cwd=root / "jobs").stdout
    assert re.search(r"""(?:file=|"path": "|"uri": ")jobs/clean\.sql\b""", told)
    assert findings(outbox_guard("check", "--format", "json", cwd=root / "jobs"))[0]["path"] == (
        "clean.sql"
    )


def test_what_is_certain_is_mended_in_each_project(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    never_due = "SELECT 1 FROM jobs WHERE next_attempt_at = now();\n"
    root = laid_out({**MONOREPO, "clean.sql": "", "jobs/clean.sql": never_due})
    assert outbox_guard("check", "--fix", cwd=root).returncode == 0
    assert (root / "jobs/clean.sql").read_text() == never_due.replace(" = ", " <= ")


def test_each_project_has_its_own_baseline(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    root = laid_out(MONOREPO)
    assert outbox_guard("baseline", "--root", "jobs", cwd=root).returncode == 0
    assert [
        each["path"] for each in findings(outbox_guard("check", "--format", "json", cwd=root))
    ] == ["clean.sql"]


def test_a_baseline_at_the_top_is_one_for_each(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    root = laid_out(MONOREPO)
    done = outbox_guard("baseline", cwd=root)
    assert done.stdout.splitlines() == [
        ".outbox-guard-baseline.json: 1 known finding (1 added, 0 gone)",
        "jobs/.outbox-guard-baseline.json: 1 known finding (1 added, 0 gone)",
    ]
    assert outbox_guard("check", cwd=root).returncode == 0
    (root / "jobs/more.sql").write_text(JOBS)
    refused = outbox_guard("baseline", cwd=root)
    assert refused.returncode == 1
    assert "not taken in: jobs/more.sql:1:1 OBG103 " in refused.stdout


def test_a_circle_of_configurations_is_told_by_its_paths(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "outbox-guard.toml").write_text('extends = ["a/outbox-guard.toml"]\n', "utf-8")
    (tmp_path / "a/outbox-guard.toml").write_text('extends = ["../outbox-guard.toml"]\n', "utf-8")
    done = outbox_guard("check", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "outbox-guard.toml > a/outbox-guard.toml > outbox-guard.toml" in done.stderr


def test_a_path_that_is_not_there_is_told_without_a_search_around_it(
    laid_out: Callable[[Mapping[str, str]], Path],
) -> None:
    top = laid_out({"outbox-guard.toml": "", "../slips/outbox-guard.toml": "nope = 1"})
    (top / "gone.sql").symlink_to("../slips/gone.sql")
    for slip in ("../slips/gone.sql", "gone.sql"):
        done = outbox_guard("check", slip, cwd=top)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"outbox-guard: '{slip}': there is no such file or folder\n"
