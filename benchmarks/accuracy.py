"""What outbox-guard says about large public code bases: the table of docs/accuracy.md.

    python benchmarks/accuracy.py [--list FOLDER]

Fetches the source distributions with pip, checks each under the default configuration, and with
its own queue tables as the outbox where it has some, and prints a table. `--list` writes every
finding to a file a project, to be read: that a finding is true is for a person to say.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from outbox_guard import Config, Report, check
from outbox_guard.names import Outbox


@dataclasses.dataclass(frozen=True)
class Corpus:
    """A public project, at a version, and the tables that are its queue, where it has one."""

    name: str
    version: str
    pending: str = ""
    attempts: str = ""


CORPORA = (
    Corpus("procrastinate", "3.10.0", "procrastinate_jobs", "procrastinate_events"),
    Corpus("pgqueuer", "1.6.0", "pgqueuer", "pgqueuer_log"),
    Corpus("django", "5.2.19"),
    Corpus("sqlalchemy", "2.1.9"),
    Corpus("apache-airflow-core", "3.3.2", "asset_dag_run_queue", "asset_event"),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--list", type=Path, metavar="FOLDER", help="write the findings there")
    listed: Path | None = parser.parse_args().list
    print("| project | outbox | files | parsed | statements | not followed | findings |")
    print("|---|---|--:|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        for corpus in CORPORA:
            root = fetched(corpus, Path(folder))
            for outbox, config in configurations(corpus):
                report = check(root, config=config, enforced=False)
                print(row(corpus, outbox, report), flush=True)
                if listed is not None:
                    write_findings(report, listed / f"{corpus.name}-{outbox}.txt")


def fetched(corpus: Corpus, folder: Path) -> Path:
    """The unpacked source distribution."""
    wanted = f"{corpus.name}=={corpus.version}"
    options = ("--no-deps", "--no-binary", ":all:", "--quiet", "--dest", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "download", *options, wanted], check=True)
    archive = next(folder.glob(f"{corpus.name.replace('-', '_')}-*.tar.gz"))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def configurations(corpus: Corpus) -> Iterator[tuple[str, Config]]:
    """The default, and the project's own queue as the outbox."""
    yield "default", Config()
    if corpus.pending:
        own = Outbox(pending=(corpus.pending,), attempts=(corpus.attempts,))
        yield "own", Config(outbox=own)


def row(corpus: Corpus, outbox: str, report: Report) -> str:
    """One line of the table."""
    counted = Counter(finding.code for finding in report)
    findings = ", ".join(f"{count} {code}" for code, count in sorted(counted.items())) or "none"
    seen = report.coverage
    cells = (
        f"{corpus.name} {corpus.version}",
        outbox,
        seen.files,
        seen.parsed,
        seen.statements,
        seen.undetermined,
        findings,
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def write_findings(report: Report, file: Path) -> None:
    """Every finding, with the line that it is about."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        for finding in report:
            place = finding.place
            line = finding.lines[0].strip()[:200] if finding.lines else ""
            print(f"{finding.code} {place.path}:{place.line}: {finding.message}", file=out)
            print(f"    {line}", file=out)


if __name__ == "__main__":
    main()
