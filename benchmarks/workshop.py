"""What the benchmarks run on, and the peers that they run: fetched or made, if not there yet."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
HOT = ("procrastinate==3.10.0", "pgqueuer==1.6.0", "sqlalchemy==2.1.9")
LARGE = "homeassistant==2026.2.3"
PEERS = ("ruff", "semgrep", "fixit")  # ripgrep has to be there: its package wants to be compiled
HOT_TABLES = """\
[outbox]
pending = ["procrastinate_jobs", "pgqueuer"]
attempts = ["procrastinate_events", "pgqueuer_log"]
sequences = ["procrastinate_periodic_defers"]
"""
FIXIT = '[tool.fixit]\nroot = true\nenable = [".fixit_rules"]\ndisable = ["fixit.rules"]\n'
FILES_IN_A_CLEAN_TREE = 300
USUAL = 20_000  # bytes of a file at most
LOUD = ("pool", "role", "engine", "outbox", "psycopg", "execute", "query")
IN_A_PACKAGE = 50
ONE_HOT_FILE_IN = 500
QUIET_FILE = '''\
"""Part {number} of a large application."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Order{number}:
    number: int
    amount: int = {number}

    def total(self, rate: int) -> int:
        """The amount with taxes."""
        return self.amount * (100 + rate) // 100


def orders(count: int) -> list[Order{number}]:
    return [Order{number}(number) for number in range(count) if number % 7 != {number} % 7]
'''
HOT_FILE = (
    QUIET_FILE
    + """

async def requeue(connection, number: int) -> None:
    await connection.execute("UPDATE payment_outbox_attempts SET state = $1", number)
"""
)

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Workshop:
    """A folder with a corpus in each folder of it, and the peers in an environment of their own."""

    folder: Path

    @property
    def large(self) -> Path:
        return self._made("large", self._fetch_large)

    @property
    def hot(self) -> Path:
        return self._made("hot", self._fetch_hot)

    @property
    def clean(self) -> Path:
        return self._made("clean", self._pick_clean)

    @property
    def seeded(self) -> Path:
        """A file in which everybody has something to find."""
        return self._made("seeded", self._seed)

    def generated(self, files: int) -> Path:
        """A tree of so many files, in which one of some hundreds has to do with the outbox."""
        return self._made(f"generated-{files}", lambda folder: _generate(folder, files))

    def peer(self, name: str) -> Path:
        tool = self.folder / "peers" / "bin" / name
        if not tool.exists():  # in its place at once: an environment cannot be moved
            subprocess.run((sys.executable, "-m", "venv", "--clear", tool.parents[1]), check=True)
            subprocess.run((tool.parent / "pip", "install", "-q", *PEERS), check=True)
        return tool

    def semgrep(self) -> Command:
        quiet = ("--metrics=off", "--disable-version-check", "--quiet", "--no-git-ignore")
        rules = HERE / "peers" / "semgrep.yml"
        return (self.peer("semgrep"), "scan", *quiet, "--json", "--config", rules, ".")

    def grep_guard(self) -> Command:
        ripgrep = shutil.which("rg")
        if ripgrep is None:
            raise SystemExit("install ripgrep, which some call rg, with the system's packages")
        return ("bash", HERE / "peers" / "grep-guard.sh", ripgrep)

    def ruff(self) -> Command:
        return (self.peer("ruff"), "check", "--no-cache", "--isolated", ".")

    def fixit(self) -> Command:
        return (self.peer("fixit"), "lint", ".")

    def check_peers(self) -> None:
        """Whether each finds in the seeded file what it is there to find: who fails is fast."""
        found = {result["check_id"] for result in json.loads(self._said(self.semgrep()))["results"]}
        ids = [line.split()[-1] for line in _lines("semgrep.yml") if "- id:" in line]
        wanted = {
            "semgrep": (ids, " ".join(found)),
            "the grep guard": (["15 of 15"], self._said(self.grep_guard())),
            "ruff": (["F401"], self._said(self.ruff())),
            "fixit": (["RawDriverImport", "DirectOutboxDml"], self._said(self.fixit())),
            "outbox-guard": (["OBG104", "OBG202"], self._said(check("."))),
        }
        for name, (words, said) in wanted.items():
            missing = [word for word in words if word not in said]
            if missing:
                raise SystemExit(f"{name} does not find {', '.join(missing)}:\n{said}")

    def _said(self, command: Command) -> str:
        done = subprocess.run(
            list(map(str, command)), cwd=self.seeded, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        """A folder that is there whole or not at all."""
        made = self.folder / name
        if not made.exists():
            draft = self.folder / f"{name}.draft"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            make(draft)
            draft.rename(made)
        return made

    def _fetch_large(self, folder: Path) -> None:
        wheel = self._fetched(LARGE, "--only-binary=:all:", "--python-version=3.14")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)

    def _fetch_hot(self, folder: Path) -> None:
        for name in HOT:
            with tarfile.open(self._fetched(name, "--no-binary=:all:")) as packed:
                packed.extractall(folder, filter="data")
        (folder / "outbox-guard.toml").write_text(HOT_TABLES)
        _set_up_fixit(folder)

    def _fetched(self, requirement: str, *options: str) -> Path:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            command = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", *options)
            subprocess.run((*command, "-d", folder, requirement), check=True)
            [file] = Path(folder).iterdir()
            return file.replace(self.folder / file.name)

    def _pick_clean(self, folder: Path) -> None:
        """Files of the large tree that name no database, in a repository."""
        picked = zip(range(FILES_IN_A_CLEAN_TREE), _innocent(self.large), strict=False)
        for number, text in picked:
            file = folder / f"part{number % 10}" / f"module{number}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        for command in (("init", "-q"), ("add", "-A")):
            subprocess.run(("git", *command), cwd=folder, check=True)

    def _seed(self, folder: Path) -> None:
        shutil.copy(HERE / "peers" / "seeded.py", folder)
        _set_up_fixit(folder)


def check(*paths: str | Path) -> Command:
    """Of the outbox-guard that is installed beside this Python."""
    return (sys.executable, "-m", "outbox_guard", "check", "--exit-zero", *paths)


def _set_up_fixit(folder: Path) -> None:
    shutil.copy(HERE / "peers" / "fixit_rules.py", folder)
    (folder / "fixit.toml").write_text(FIXIT)


def _lines(name: str) -> list[str]:
    return (HERE / "peers" / name).read_text().splitlines()


def _innocent(tree: Path) -> Iterator[str]:
    files = (file for file in sorted(tree.rglob("*.py")) if file.stat().st_size < USUAL)
    texts = (file.read_text("utf-8") for file in files)
    return (t for t in texts if t.strip() and not any(word in t.lower() for word in LOUD))


def _generate(folder: Path, files: int) -> None:
    for number in range(files):
        file = folder / f"package{number // IN_A_PACKAGE}" / f"part{number}.py"
        if number % IN_A_PACKAGE == 0:
            os.mkdir(file.parent)  # noqa: PTH102 — there are many
        text = QUIET_FILE if number % ONE_HOT_FILE_IN else HOT_FILE
        file.write_text(text.format(number=number))
