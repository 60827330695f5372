"""How fast outbox-guard is beside its peers: the table of docs/performance.md.

    python benchmarks/speed.py [--runs 5] [--only WORD] [--corpora FOLDER]

Fetches the corpora and the peers with pip into a folder that is thrown away (or kept, where
`--corpora` names one), runs outbox-guard and a peer in turn, and prints medians and ratios.
ripgrep must be installed; rows whose peer is not there are said to be missing.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = ("procrastinate==3.10.0", "pgqueuer==1.6.0", "sqlalchemy==2.1.9")
LARGE = "homeassistant==2026.2.3"
PEERS = ("ruff", "semgrep", "fixit")
TABLES = """\
[outbox]
pending = ["procrastinate_jobs", "pgqueuer"]
attempts = ["procrastinate_events", "pgqueuer_log"]
sequences = ["procrastinate_periodic_defers"]
"""
FIXIT = '[tool.fixit]\nroot = true\nenable = [".fixit_rules"]\ndisable = ["fixit.rules"]\n'
FILES_IN_A_CLEAN_TREE = 300
USUAL = 20_000  # bytes of a file at most

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Run:
    """A command, the folder that it runs in, and what is made ready before each run."""

    command: Command
    cwd: Path
    before: Callable[[], None] = lambda: None
    cache: str = ""  # a folder; without one nothing is kept

    def seconds(self) -> float:
        self.before()
        environment = {**os.environ, "OUTBOX_GUARD_CACHE": self.cache}
        started = time.perf_counter()
        subprocess.run(
            list(map(str, self.command)),
            cwd=self.cwd,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return time.perf_counter() - started


@dataclass(frozen=True)
class Row:
    work: str
    against: str
    target: float  # at most so many times the peer's time
    ours: Run
    peer: Run
    first: Run | None = None  # what is run once before


@dataclass(frozen=True)
class Workshop:
    """Where the corpora and the peers are."""

    folder: Path

    @property
    def large(self) -> Path:
        return self.folder / "large"

    @property
    def hot(self) -> Path:
        return self.folder / "hot"

    @property
    def clean(self) -> Path:
        return self.folder / "clean"

    def tool(self, name: str) -> Path:
        return self.folder / "peers" / "bin" / name

    def prepare(self) -> None:
        """Fetch and build what is not there yet."""
        if not self.large.exists():
            wheel = self._fetched(LARGE, "--only-binary=:all:", "--python-version=3.14")
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(self.large)
        if not self.hot.exists():
            for name in SOURCES:
                with tarfile.open(self._fetched(name, "--no-binary=:all:")) as packed:
                    packed.extractall(self.hot, filter="data")
            (self.hot / "outbox-guard.toml").write_text(TABLES)
            shutil.copy(HERE / "peers" / "fixit_rules.py", self.hot)
            (self.hot / "fixit.toml").write_text(FIXIT)
        if not self.clean.exists():
            self._make_clean_tree()
        if not self.tool("ruff").exists():
            subprocess.run((sys.executable, "-m", "venv", self.folder / "peers"), check=True)
            subprocess.run((self.tool("pip"), "install", "-q", *PEERS), check=True)

    def _fetched(self, requirement: str, *options: str) -> Path:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            command = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", *options)
            subprocess.run((*command, "-d", folder, requirement), check=True)
            [file] = Path(folder).iterdir()
            return file.replace(self.folder / file.name)

    def _make_clean_tree(self) -> None:
        """Files of the large tree that name no database, in a repository."""
        words = ("pool", "role", "engine", "outbox", "psycopg", "execute", "query")
        files = (file for file in sorted(self.large.rglob("*.py")) if file.stat().st_size < USUAL)
        texts = (text for text in (f.read_text("utf-8") for f in files) if text.strip())
        innocent = (text for text in texts if not any(word in text.lower() for word in words))
        for number, text in zip(range(FILES_IN_A_CLEAN_TREE), innocent, strict=False):
            file = self.clean / f"part{number % 10}" / f"module{number}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        for command in (("init", "-q"), ("add", "-A")):
            subprocess.run(("git", *command), cwd=self.clean, check=True)


def rows(at: Workshop) -> Iterator[Row]:
    """The table of what is to be reached."""
    check = (sys.executable, "-m", "outbox_guard", "check", "--exit-zero", ".")
    large = Run(check, at.large)
    ruff = Run((at.tool("ruff"), "check", "--no-cache", "--isolated", "."), at.large)
    yield Row("large tree, cold", "ruff check --no-cache", 0.25, large, ruff)
    grep = Run(("bash", HERE / "peers" / "grep-guard.sh", at.large), at.large)
    yield Row("large tree, cold", "fifteen passes of ripgrep", 0.5, large, grep)
    yield Row("large tree, cold", "semgrep", 0.03, large, Run(_semgrep(at), at.large))
    hot = Run(check, at.hot)
    yield Row("hot tree, cold", "semgrep", 0.5, hot, Run(_semgrep(at), at.hot))
    fixit = Run((at.tool("fixit"), "lint", "."), at.hot)
    yield Row("hot tree, cold", "Fixit 2, two rules", 0.1, hot, fixit)
    yield _warm(at, check)
    yield _hook(at)
    one = Run(("taskset", "-c", "0", *check), at.hot)
    yield Row("hot tree, two processes", "one process", 0.6, hot, one)


def _semgrep(at: Workshop) -> Command:
    quiet = ("--metrics=off", "--disable-version-check", "--quiet", "--no-git-ignore")
    return (at.tool("semgrep"), "scan", *quiet, "--config", HERE / "peers" / "semgrep.yml", ".")


def _warm(at: Workshop, check: Command) -> Row:
    changed = next(at.hot.glob("procrastinate*/procrastinate/jobs.py"))

    def touch() -> None:
        text = changed.read_text("utf-8").partition("\n# changed")[0]
        changed.write_text(f"{text}\n# changed {random.random()}\n")

    kept = str(at.folder / "kept")
    warm = Run(check, at.hot, touch, cache=kept)
    cold = Run(check, at.hot)
    return Row("hot tree, warm, one file changed", "itself, cold", 0.05, warm, cold, warm)


def _hook(at: Workshop) -> Row:
    three = sorted(at.clean.rglob("*.py"))[:3]
    hook = (sys.executable, "-m", "outbox_guard", "check", *three)
    nothing = Run((sys.executable, "-c", "pass"), at.clean)
    ours = Run(hook, at.clean, cache=str(at.folder / "kept"))
    return Row("hook, three files of 300", "python -c pass", 4, ours, nothing, ours)


def measured(row: Row, runs: int) -> str:
    """A row with what was measured; the two sides take turns, so that both meet the same noise."""
    if row.first is not None:
        row.first.seconds()
    pairs = [(row.ours.seconds(), row.peer.seconds()) for _ in range(runs)]
    ours, peer = ([pair[side] for pair in pairs] for side in (0, 1))
    ratio = statistics.median(ours) / statistics.median(peer)
    verdict = "yes" if ratio <= row.target else "no"
    cells = (row.work, row.against, _shown(ours), _shown(peer), f"{ratio:.2f}", f"{row.target:g}")
    return f"| {' | '.join((*cells, verdict))} |"


def _shown(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=5, help="of each side (default: 5)")
    parser.add_argument("--only", default="", metavar="WORD", help="only rows with this in them")
    parser.add_argument("--corpora", type=Path, metavar="FOLDER", help="keep what is fetched there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        workshop = Workshop((asked.corpora or Path(scratch)).resolve())
        workshop.folder.mkdir(parents=True, exist_ok=True)
        workshop.prepare()
        print("| work | against | outbox-guard | peer | ratio | to reach | reached |")
        print("|---|---|--:|--:|--:|--:|---|")
        for row in rows(workshop):
            if asked.only not in f"{row.work} {row.against}":
                continue
            if shutil.which(str(row.peer.command[0])) is None or not shutil.which("rg"):
                print(f"| {row.work} | {row.against} | | not installed | | {row.target:g} | |")
                continue
            print(measured(row, asked.runs), flush=True)


if __name__ == "__main__":
    main()
