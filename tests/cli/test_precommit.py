"""As a pre-commit hook, this repository refuses a commit that breaks a rule."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY

pytestmark = pytest.mark.slow

NOT_TRACKED = (".git", ".venv", ".*_cache", "__pycache__", "build", "dist", "reports")
BAD = "import psycopg\n"
GOOD = "from libs.db import client\n"


class Git:
    """A repository of its own, whatever is configured on this machine."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        identity = {
            f"GIT_{who}_{what}": "t@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        self.environment = {**inherited, **identity, **nowhere, "PRE_COMMIT_HOME": str(home)}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def commit(self) -> subprocess.CompletedProcess[str]:
        self.must("git", "add", ".")
        return self.run("git", "commit", "-q", "-m", "A change")


@pytest.fixture
def project(tmp_path: Path) -> Git:
    """A project that uses the hooks of this very tree."""
    hooks = Git(tmp_path / "hooks", tmp_path / "home")
    shutil.copytree(REPOSITORY, hooks.folder, ignore=shutil.ignore_patterns(*NOT_TRACKED))
    hooks.must("git", "init", "-q")
    assert hooks.commit().returncode == 0
    revision = hooks.must("git", "rev-parse", "HEAD")
    project = Git(tmp_path / "project", tmp_path / "home")
    project.folder.mkdir()
    project.must("git", "init", "-q")
    (project.folder / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: {hooks.folder}, rev: {revision}, hooks: [{{id: outbox-guard}}]}}]"
    )
    project.must(sys.executable, "-m", "pre_commit", "install")
    return project


def test_the_hook_stops_what_breaks_a_rule_and_nothing_else(project: Git) -> None:
    (project.folder / "notes.txt").write_text(BAD)
    unconcerned = project.commit()
    assert unconcerned.returncode == 0, unconcerned.stdout + unconcerned.stderr

    service = project.folder / "services/relay.py"
    service.parent.mkdir()
    service.write_text(BAD)
    refused = project.commit()
    assert refused.returncode == 1
    assert "services/relay.py" in refused.stdout + refused.stderr
    assert "OBG201" in refused.stdout + refused.stderr

    service.write_text(GOOD)
    mended = project.commit()
    assert mended.returncode == 0, mended.stdout + mended.stderr

    configuration = project.folder / "outbox-guard.toml"
    configuration.write_text("ignore = ['OBG201']\n")
    service.write_text(BAD)
    ignored = project.commit()
    assert ignored.returncode == 0, ignored.stdout + ignored.stderr

    configuration.unlink()  # a commit that only takes a file away
    assert project.commit().returncode == 1
