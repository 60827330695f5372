"""Makes the pictures in docs/img: terminals of 80 columns, and pages as Chromium shows them."""
# outbox-guard: allow-file[OBG102,OBG201,OBG202] it fills a database of its own, to be looked at

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

import psycopg
from rich.console import Console
from rich.text import Text
from site_pages import site

from outbox_guard.live.servers.server import Server, embedded

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "img"
SERVICE = ROOT / "tests/fixtures/payment-service"
HISTORY = ROOT / "tests/fixtures/payment-service-history"
COLUMNS = 80
SIZE = (800, 480)  # of a page
PROGRAM = (sys.executable, "-m", "outbox_guard")
_FOLDER = re.compile(r"(?<=host=)\S+")  # of the server, another at each run
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
ATTEMPT = """
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id,
    idempotency_key, participant_id, sequence_id, rail, payload, worker_id)
VALUES (gen_random_uuid(), 1, 'DISPATCHING', 'i', 'k', 'bank', 1, 'sepa', '{}', 'worker')
"""
DRIFT = (
    "ALTER TABLE payment_outbox_attempts DISABLE TRIGGER ALL",
    "GRANT UPDATE ON payment_outbox_attempts TO symphony_executor",
)


def main() -> None:
    """All of them; needs `pip install -e '.[dev]'`, git, and Chromium for the pages."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _terminals(folder)
        _pages(folder)


def _terminals(folder: Path) -> None:
    mistake = shutil.copytree(HISTORY / "01-delete-on-claim", folder / "mistake")
    service = shutil.copytree(SERVICE, folder / "service")
    for story in ("01-delete-on-claim", "03-direct-dml-in-relayer", "09-legacy-role-api"):
        shutil.copytree(HISTORY / story, folder / "aged", dirs_exist_ok=True)
    reason = "before the audit, PAY-812 @payments until 2027-01-31"
    _run((*PROGRAM, "check", "services/relayer/outcome.py", "--add-allow", reason), folder / "aged")
    picture("check", ("check", "."), mistake)
    picture("explain", ("explain", "OBG205"), mistake)
    picture("stats", ("stats", "."), _aged(folder / "aged"), {"SOURCE_DATE_EPOCH": "1790000000"})
    picture("prove", ("prove",), service)
    with embedded(17) as server:
        url = {"DATABASE_URL": _drifted(server)}
        picture("drift", ("drift",), service, url)
        picture("gate", ("gate", "--require-url"), service, url)


def _pages(folder: Path) -> None:
    """What is looked at in a browser: the evidence, and the documents."""
    service = folder / "service"
    _run((*PROGRAM, "prove", "--format", "json", "--output", "proofs.json"), service)
    _run((*PROGRAM, "evidence", "--proofs", "proofs.json"), service)
    for name, text in site().items():
        (folder / name).write_text(text, "utf-8")
    photograph("evidence", service / "reports/outbox-evidence/index.html")
    photograph("docs", folder / "rules.html")


def picture(
    name: str, arguments: Sequence[str], folder: Path, extra: Mapping[str, str] | None = None
) -> None:
    """A command and what it says, as an SVG that fetches nothing."""
    said = _in_terminal((*PROGRAM, *arguments), folder, extra or {})
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    shown = _FOLDER.sub("/run/postgresql", said.rstrip())
    # An empty line more, as the picture cuts off the foot of its last one.
    console.print(Text.from_ansi(shown), end="\n\n")
    title = f"outbox-guard {' '.join(arguments)}"
    svg = _FONTS.sub("", console.export_svg(title=title, unique_id=name))
    svg = svg.replace("Fira Code", "ui-monospace, monospace")
    (IMAGES / f"{name}.svg").write_text(svg, "utf-8")


def photograph(name: str, page: Path) -> None:
    """The upper part of a page."""
    width, height = SIZE
    command = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-lcd-text")
    options = ("--hide-scrollbars", f"--window-size={width},{height}")
    _run((*command, *options, f"--screenshot={IMAGES / name}.png", page.as_uri()), page.parent)


_BAR = re.compile(r"\x1b\[\?25l.*?\x1b\[\?25h(?:\x1b\[\d*[A-K]|\r)*", re.DOTALL)


def _in_terminal(command: Sequence[str], folder: Path, extra: Mapping[str, str]) -> str:
    """What a terminal of 80 columns is sent, without what a progress bar took back."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", **extra}
    environment = {k: v for k, v in environment.items() if k not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        return _BAR.sub("", b"".join(_read(ours)).decode().replace("\r\n", "\n"))


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            return
        if not data:
            return
        yield data


def _aged(folder: Path) -> Path:
    """As a repository in which all was written some months before."""
    date = "2026-05-04T09:00:00+00:00"
    author = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": date}
    author |= {name.replace("AUTHOR", "COMMITTER"): text for name, text in author.items()}
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all of it")):
        subprocess.run(("git", *command), cwd=folder, env={**os.environ, **author}, check=True)
    return folder


def _drifted(server: Server) -> str:
    """A database that is not what the schema makes, with an attempt in a forbidden state."""
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute("CREATE DATABASE payments")
    with psycopg.connect(server.conninfo, dbname="payments", autocommit=True) as connection:
        for file in sorted((SERVICE / "schema/v1").glob("*.sql")):
            connection.execute(file.read_text("utf-8").encode())
        for statement in (ATTEMPT, *DRIFT):
            connection.execute(statement.encode())
    return f"postgresql://postgres@/payments?host={server.folder}"


def _run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )


if __name__ == "__main__":
    main()
