"""A server of our own: started for anybody, reached by nobody else, gone in every case."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.account import Account, is_open, reachable
from outbox_guard.live.servers.programs import Programs, find_programs
from outbox_guard.live.servers.server import Server, embedded
from tests.support.command_line import environment

STARTS = """
import sys, signal
from outbox_guard.live.servers.server import embedded
from outbox_guard.live.servers.stopping import interruptible
with interruptible(), embedded(17) as server:
    print(server.folder, server.process.pid, flush=True)
    sys.stdin.read()
"""

# Once as root, so that all is imported that another user could not read.
AS_NOBODY = f"""
import os, pwd
from outbox_guard.live.servers.server import embedded
with embedded(17):
    pass
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
{STARTS}
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run it as another user")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def started(program: str = STARTS) -> tuple[subprocess.Popen[str], Path, int]:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd="/",
    )
    assert process.stdout is not None
    folder, pid = process.stdout.readline().split()
    return process, Path(folder), int(pid)


def test_it_answers_its_owner(server: Server) -> None:
    with psycopg.connect(server.conninfo) as connection:
        shown = connection.execute("SHOW server_version_num").fetchone()
        assert shown is not None
        assert int(shown[0]) // 10_000 == server.version
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_nobody_else_can_enter_its_folder(server: Server) -> None:
    assert server.folder.stat().st_mode & 0o077 == 0


def test_nothing_of_it_is_left() -> None:
    with embedded(17) as server:
        folder, pid = server.folder, server.process.pid
    assert not folder.exists()
    assert not is_running(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_of_it_is_left_after_an_interruption(number: signal.Signals) -> None:
    process, folder, pid = started()
    process.send_signal(number)
    process.communicate(timeout=30)
    assert not folder.exists()
    assert not is_running(pid)


@as_root
def test_an_ordinary_user_has_one_too() -> None:
    if not is_open(find_programs(17).folder):
        pytest.skip("other users cannot reach the PostgreSQL of this environment")
    process, folder, pid = started(AS_NOBODY)
    assert folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert not folder.exists()
    assert not is_running(pid)


def test_two_run_side_by_side(server: Server) -> None:
    with embedded(17) as other, psycopg.connect(other.conninfo) as connection:
        assert other.folder != server.folder
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_variables_of_postgresql_do_not_lead_it_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/nonexistent")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    with embedded(17) as server:
        assert server.process.poll() is None


def test_the_nearest_version_is_taken() -> None:
    found = find_programs(17)
    assert find_programs(found.version) == found
    assert (found.initdb.is_file(), found.postgres.is_file()) == (True, True)


def test_programs_below_a_closed_folder_are_copied_out() -> None:
    found = find_programs(17)
    with tempfile.TemporaryDirectory() as closed, tempfile.TemporaryDirectory() as spare:
        Path(closed).chmod(0o700)
        (Path(closed) / "bin").symlink_to(found.folder)
        (Path(closed) / "pg" / "bin").mkdir(parents=True)
        programs = Programs(Path(closed) / "pg" / "bin", found.version)
        (programs.folder / "postgres").touch()
        copied = reachable(programs, Account(user=65534, group=65534), Path(spare))
        assert copied.folder.is_relative_to(spare)
        assert (copied.folder / "postgres").exists()
        assert reachable(programs, Account(), Path(spare)) == programs


def test_without_any_postgresql_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbox_guard.live.servers.programs._folders", lambda: iter(()))
    with pytest.raises(LiveError, match=r"outbox-guard\[live\]"):
        find_programs(17)


def test_a_user_without_a_name_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """As containers run their processes."""
    nameless = max(entry.pw_uid for entry in pwd.getpwall()) - 1
    while nameless in {entry.pw_uid for entry in pwd.getpwall()}:
        nameless -= 1
    monkeypatch.setattr("os.geteuid", lambda: nameless)
    with pytest.raises(LiveError, match=rf"user {nameless} has none"), embedded(17):
        pass


def test_a_start_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbox_guard.live.servers.server.SETTINGS", {"no_such_setting": "1"})
    with pytest.raises(LiveError, match="no_such_setting"), embedded(17):
        pass
