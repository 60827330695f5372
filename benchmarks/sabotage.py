"""Which proof and which rule catches which mistake in the example project's schema.

`python benchmarks/sabotage.py` takes a few minutes and writes the table into docs/proofs.md.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

REPOSITORY = Path(__file__).parent.parent
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "docs")]

from generate import DOCS, filled  # noqa: E402 — the two folders are no packages
from provable import PROOFS, REFERENCE, write  # noqa: E402
from sabotage import MUTANTS, Mutant  # noqa: E402

from outbox_guard import check  # noqa: E402
from outbox_guard.config import load  # noqa: E402
from outbox_guard.live.cases import cases_of  # noqa: E402
from outbox_guard.live.proofs import Proof  # noqa: E402
from outbox_guard.live.proving import staged  # noqa: E402
from outbox_guard.live.running import Stage, play  # noqa: E402
from outbox_guard.live.server import Server, embedded  # noqa: E402

SHOWN = 3  # proofs beside the one that is about the mistake

# Instead of a new copy of the database for each proof, which would take an hour.
EMPTY = """
DROP SCHEMA IF EXISTS of_the_caller CASCADE;
TRUNCATE payment_outbox_pending, payment_outbox_attempts, participant_outbox_sequences;
"""


def main() -> None:
    rows = ["| mistake | proofs that catch it | rules that catch it |", "|---|---|---|"]
    with embedded(17) as server:
        for mutant in MUTANTS:
            with tempfile.TemporaryDirectory() as folder:
                root = project(Path(folder), mutant)
                proofs = listed(mutant.proof, list(caught(root, server)))
                rules = ", ".join(sorted({finding.code for finding in check(root)}))
            print(f"{mutant.says}: {proofs}; {rules or 'no rule'}", flush=True)
            rows.append(f"| {mutant.says} | {proofs} | {rules} |")
    by_rule = sum(not row.endswith("|  |") for row in rows[2:])
    summary = f"{len(MUTANTS)} mistakes; a proof catches each, a rule {by_rule} of them.\n"
    page = filled("proofs.md", "sabotage", "\n".join([summary, *rows]))
    (DOCS / "proofs.md").write_text(page, "utf-8")


def listed(best: str, names: list[str]) -> str:
    """Of many, the one that is about it, and how many others."""
    assert best in names, f"{best} is to catch it"
    others = [f"`{name}`" for name in names if name != best]
    shown = others if len(others) <= SHOWN else [f"{len(others)} others"]
    return ", ".join([f"`{best}`", *shown])


def project(root: Path, mutant: Mutant) -> Path:
    """The example project with the mistake in its schema."""
    shutil.copytree(REFERENCE, root, dirs_exist_ok=True)
    return write(root, mutant.schema())


def caught(root: Path, server: Server) -> Iterator[str]:
    """The names of the proofs that do not hold."""
    with staged(load(root), server.target) as stage:
        for proof in PROOFS.values():
            if proof.demonstration == "no" and not holds(proof, stage, server):
                yield proof.name


def holds(proof: Proof, stage: Stage, server: Server) -> bool:
    verdicts = []
    for case in cases_of(proof.each, stage.outbox):
        verdicts += [done.held for done in play(proof, case, stage, stage.template)]
        with psycopg.connect(server.conninfo, dbname=stage.template, autocommit=True) as cleaning:
            cleaning.execute(EMPTY)
    return all(verdicts)


if __name__ == "__main__":
    main()
