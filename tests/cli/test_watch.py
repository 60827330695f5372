"""`check --watch`: a report now, and one after every change, until Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from outbox_guard.cli.commands.check.watching import watched
from outbox_guard.errors import UsageError
from tests.support.command_line import COMMAND, PATIENCE, environment, outbox_guard

CLEAN = "SELECT 1;\n"
WRONG = "TRUNCATE payment_outbox_pending;\n"
WAITS = "waiting for changes"


class Watching:
    """A run that watches, and what it says line by line."""

    def __init__(self, root: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            (*COMMAND, "check", "--watch", *options),
            cwd=root,
            env=environment({"PYTHONUNBUFFERED": "1"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, words: str) -> str:
        """All that is said up to a line with these words."""
        said = ""
        while words not in said:
            said += self._lines.get(timeout=PATIENCE)
        return said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    (tmp_path / "a.sql").write_text(CLEAN, "utf-8")
    return tmp_path


@pytest.fixture
def watching(project: Path) -> Iterator[Watching]:
    started = Watching(project)
    yield started
    started.process.kill()
    started.process.wait()


def test_every_change_is_checked_until_ctrl_c(project: Path, watching: Watching) -> None:
    assert "0 errors" in watching.until(WAITS)
    (project / "a.sql").write_text(WRONG, "utf-8")
    assert "OBG103" in watching.until(WAITS)
    (project / "outbox-guard.toml").write_text("selekt = []", "utf-8")
    assert "did you mean 'select'" in watching.until(WAITS)
    (project / "outbox-guard.toml").write_text('ignore = ["OBG103"]', "utf-8")
    assert "0 errors" in watching.until(WAITS)
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(timeout=PATIENCE) == 130


def test_a_file_that_an_editor_puts_in_the_place_of_another_is_a_change(
    project: Path, watching: Watching
) -> None:
    watching.until(WAITS)
    (project / "sub").mkdir()
    (project / ".a.sql.swp").write_text(WRONG, "utf-8")
    (project / ".a.sql.swp").replace(project / "a.sql")
    said = watching.until("a.sql:1:1 OBG103")
    (project / "a.sql").rename(project / "sub" / "b.sql")
    said = watching.until("sub/b.sql:1:1 OBG103")
    assert "a bug of outbox-guard" not in said


def test_what_it_writes_itself_is_no_change(project: Path) -> None:
    watching = Watching(project, "--output", "report.sql")
    watching.until(WAITS)
    (project / "a.sql").write_text(WRONG, "utf-8")
    watching.until(WAITS)
    watching.process.send_signal(signal.SIGINT)
    watching.process.wait(timeout=PATIENCE)
    assert watching.process.returncode == 130
    assert watching._lines.empty()


def test_a_wrong_configuration_ends_the_first_run(project: Path) -> None:
    (project / "outbox-guard.toml").write_text("selekt = []", "utf-8")
    assert outbox_guard("check", "--watch", cwd=project).returncode == 2


def test_without_the_library_it_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(UsageError, match=r"pip install 'outbox-guard\[watch\]'"):
        watched(lambda: 0, project, None)
