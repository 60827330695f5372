"""A PostgreSQL of our own: started for one run, reached through one folder, gone after it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outbox_guard.live.errors import LiveError, driver_needed
from outbox_guard.live.servers.account import Account, reachable, room, serving_account
from outbox_guard.live.servers.programs import Programs, find_programs
from outbox_guard.live.servers.stopping import undisturbed
from outbox_guard.live.servers.targets import Target

OWNER = "postgres"
_PATIENCE = 60.0  # seconds that a start may take on a machine under load
_LOCALE = {"LC_ALL": "C", "LANG": "C", "TZ": "UTC"}

# What a server writes when it, or all of its sessions, cannot go on.
_TROUBLE = re.compile(
    r"PANIC: .*|\b[A-Z]+: +.*(?:No space left on device|by signal|immediate shutdown request).*"
)

# Nothing here outlives the run, so nothing has to survive a power cut; and nothing runs beside
# the proofs that would take locks of its own.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "",
    "log_destination": "stderr",
    "logging_collector": "off",
    "max_connections": "64",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; whoever may enter its folder is its superuser."""

    folder: Path
    version: int
    process: subprocess.Popen[bytes]

    @property
    def conninfo(self) -> str:
        return f"host={self.folder} user={OWNER} dbname=postgres"

    @property
    def target(self) -> Target:
        parameters = {"host": str(self.folder), "user": OWNER, "dbname": "postgres"}
        return Target(parameters, "the embedded server")

    @property
    def log(self) -> str:
        """The last lines that the server wrote."""
        return "\n".join(self._lines[-6:])

    @property
    def trouble(self) -> str:
        """The first of what it wrote that ended it, or a session of it; "" where there is none."""
        return next(_troubles(self._lines), "")

    @property
    def _lines(self) -> list[str]:
        return (self.folder / "log").read_text("utf-8", "replace").splitlines()


@contextmanager
def embedded(wanted_version: int) -> Iterator[Server]:
    """A server for the time of the block, of that major version where there is one."""
    if os.name != "posix":
        raise LiveError("a server of its own needs Linux or macOS; name one with --url")
    account = serving_account()
    folder = room(account)
    try:
        server = _launch(account, folder, wanted_version)
        try:
            _wait_for(server)
            yield server
        except LiveError as error:
            # A connection that is closed says no more; why, the server has written down.
            if not server.trouble or "No space" in str(error):
                raise
            raise LiveError(f"{error}; {server.trouble}") from error
        finally:
            with undisturbed():
                _stop(server.process)
    finally:
        with undisturbed():
            shutil.rmtree(folder, ignore_errors=True)  # a failing disk was told of before this


def _launch(account: Account, folder: Path, wanted_version: int) -> Server:
    """Start it; it need not answer yet."""
    try:
        programs = reachable(find_programs(wanted_version), account, folder)
        _initialise(programs, account, folder)
        return Server(folder, programs.version, _start(programs, account, folder))
    except OSError as error:
        raise LiveError(f"no server can be started in {folder}: {error.strerror}") from error


def _initialise(programs: Programs, account: Account, folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    account.take(data)
    done = _run(
        [programs.initdb, "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8"],
        ["--locale=C", "--no-sync", "--no-instructions"],
        account=account,
        cwd=folder,
    )
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        because = next(_troubles(told), None) or " ".join(told[-2:])
        raise LiveError(f"no database could be made in {folder}: {because}")


def _troubles(lines: Sequence[str]) -> Iterator[str]:
    return (found[0] for line in lines if (found := _TROUBLE.search(line)))


def _run(
    *command: Sequence[str | Path], account: Account, cwd: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [word for part in command for word in part],
        user=account.user,
        group=account.group,
        extra_groups=None if account.user is None else [],
        env=_environment(),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def _environment() -> dict[str, str]:
    """This process's, without what would point the server or the driver elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return kept | _LOCALE


def _start(programs: Programs, account: Account, folder: Path) -> subprocess.Popen[bytes]:
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs.postgres), "-D", str(folder / "data"), "-k", str(folder), *settings]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*_bound_to_us(), *command],
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
            env=_environment(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the server is told when we are done
        )


def _bound_to_us() -> list[str]:
    """Let the kernel stop the server with us, also where we are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    told = subprocess.run([setpriv, "--help"], capture_output=True, text=True, check=False)
    knows = "--pdeathsig" in told.stdout  # util-linux's does, BusyBox's does not
    return [setpriv, "--pdeathsig", "QUIT"] if knows else []


def _wait_for(server: Server) -> None:
    with driver_needed():
        import psycopg

    deadline = time.monotonic() + _PATIENCE
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(server.conninfo).close()
        except psycopg.OperationalError:
            time.sleep(0.01)
        else:
            return
    raise LiveError(f"PostgreSQL {server.version} did not start in {server.folder}: {server.log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """At once: there is nothing to be kept."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
