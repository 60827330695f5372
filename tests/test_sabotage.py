"""No mistake in the schema is too small for a proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from provable import result_of, write
from sabotage import MUTANTS, Mutant

from outbox_guard.live.server import Server

PAGE = Path(__file__).parent.parent / "docs/proofs.md"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.says)
def test_a_proof_catches_it(server: Server, tmp_path: Path, mutant: Mutant) -> None:
    root = write(tmp_path, mutant.schema())
    assert result_of(root, server, mutant.proof).verdict == "failed"


def test_the_page_tells_of_each() -> None:
    page = PAGE.read_text("utf-8")
    for mutant in MUTANTS:
        assert f"| {mutant.says} | `" in page, "run benchmarks/sabotage.py"
