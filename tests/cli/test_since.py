"""`check --since REV`: findings on lines that were changed since, and on no others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import findings, outbox_guard

OLD = "TRUNCATE payment_outbox_pending;\n"
NEW = "TRUNCATE payment_outbox_attempts;\n"


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit, `start`, with three old mistakes."""
    for name in ("kept.sql", "changed.sql", "sub/kept é.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(OLD, "utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    git(tmp_path, "tag", "start")
    return tmp_path


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a change")


def since(root: Path, revision: str, *arguments: str) -> list[tuple[str, int]]:
    done = outbox_guard("check", "--format", "json", "--since", revision, *arguments, cwd=root)
    return [(finding["path"], finding["line"]) for finding in findings(done)]


def test_nothing_is_found_where_nothing_was_changed(repository: Path) -> None:
    assert since(repository, "start") == []
    assert since(repository, "HEAD") == []


@pytest.mark.parametrize("committed", [False, True])
def test_lines_that_were_added_or_changed_are_judged(repository: Path, *, committed: bool) -> None:
    (repository / "changed.sql").write_text(f"-- moved down\n{OLD}\n{NEW}", "utf-8")
    (repository / "sub" / "kept é.sql").write_text(f"{OLD}{NEW}", "utf-8")
    (repository / "new file.sql").write_text(OLD, "utf-8")
    if committed:
        commit(repository)
    assert since(repository, "start") == [
        ("changed.sql", 4),
        ("new file.sql", 1),
        ("sub/kept é.sql", 2),
    ]


def test_a_file_that_has_another_name_is_new(repository: Path) -> None:
    git(repository, "mv", "kept.sql", "moved.sql")
    assert since(repository, "start") == [("moved.sql", 1)]


def test_paths_and_a_project_below_the_top_of_git_are_as_ever(repository: Path) -> None:
    (repository / "changed.sql").write_text(NEW, "utf-8")
    (repository / "sub" / "new.sql").write_text(NEW, "utf-8")
    assert since(repository, "start", "sub") == [("sub/new.sql", 1)]
    assert since(repository, "start", "--root", "sub") == [("new.sql", 1)]


def test_what_the_other_branch_has_got_since_is_no_change_of_ours(repository: Path) -> None:
    git(repository, "switch", "-q", "-c", "topic")
    (repository / "new.sql").write_text(NEW, "utf-8")
    commit(repository)
    git(repository, "switch", "-q", "main")
    (repository / "kept.sql").write_text("SELECT 1;\n", "utf-8")
    commit(repository)
    git(repository, "switch", "-q", "topic")
    assert since(repository, "main") == [("new.sql", 1)]


def test_settings_of_the_user_for_diffs_change_nothing(repository: Path) -> None:
    for key, value in (
        ("diff.noprefix", "true"),
        ("diff.external", "false"),
        ("color.ui", "always"),
        ("diff.interHunkContext", "10"),
        ("diff.submodule", "log"),
    ):
        git(repository, "config", key, value)
    module(repository)
    (repository / "changed.sql").write_text(f"{NEW}{OLD}\n{NEW}", "utf-8")
    assert since(repository, "start") == [("changed.sql", 1), ("changed.sql", 4)]


def module(root: Path) -> None:
    """A submodule that was changed since."""
    (root / "module").mkdir()
    git(root / "module", "init", "-q")
    git(root / "module", "commit", "-q", "--allow-empty", "-m", "one")
    commit(root)
    git(root / "module", "commit", "-q", "--allow-empty", "-m", "two")


def test_a_shallow_clone_says_what_it_lacks(repository: Path, tmp_path: Path) -> None:
    (repository / "new.sql").write_text(OLD, "utf-8")
    commit(repository)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", str(clone))
    done = outbox_guard("check", "--since", "HEAD~1", cwd=clone)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CI often fetches the last one only" in done.stderr


def test_what_a_merge_brings_is_new_to_the_branch(repository: Path) -> None:
    git(repository, "switch", "-q", "-c", "topic")
    (repository / "new.sql").write_text(OLD, "utf-8")
    commit(repository)
    git(repository, "switch", "-q", "main")
    (repository / "changed.sql").write_text(f"{OLD}{NEW}", "utf-8")
    commit(repository)
    git(repository, "merge", "-q", "--no-edit", "topic")
    assert since(repository, "start") == [("changed.sql", 2), ("new.sql", 1)]
    assert since(repository, "topic") == [("changed.sql", 2)]


def test_comments_are_written_for_what_was_changed_and_for_nothing_else(repository: Path) -> None:
    (repository / "changed.sql").write_text(f"{OLD}\n{NEW}", "utf-8")
    outbox_guard("check", "--since", "start", "--add-allow", "later", cwd=repository)
    text = (repository / "changed.sql").read_text("utf-8")
    assert text == f"{OLD}\n-- outbox-guard: allow[OBG104] later\n{NEW}"
    assert since(repository, "start") == []
    assert (repository / "kept.sql").read_text("utf-8") == OLD


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--since", "nowhere"], "--since nowhere", id="no-such-revision"),
        pytest.param(["--since", "--all"], "--since", id="an-option"),
        pytest.param(["--since", ""], "--since", id="a-variable-that-is-empty"),
        pytest.param(["--since", "HEAD", "--stdin-filename", "a.sql"], "no --since", id="stdin"),
    ],
)
def test_what_git_cannot_say_is_status_2(repository: Path, arguments: list[str], said: str) -> None:
    done = outbox_guard("check", *arguments, cwd=repository)
    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stdout


def test_without_git_it_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(OLD, "utf-8")
    done = outbox_guard("check", "--since", "HEAD", cwd=tmp_path)
    assert done.returncode == 2
    assert "git cannot say" in done.stderr
