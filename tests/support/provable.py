"""Proofs carried out on the tests' own server, for projects that live in a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from outbox_guard.config import load
from outbox_guard.live.proofs.files import Proof, build_proof, builtin_files, load_proofs
from outbox_guard.live.proofs.proving import prove
from outbox_guard.live.proofs.results import Result, Run
from outbox_guard.live.servers.server import Server
from tests.support.paths import REFERENCE

PROOFS = {proof.name: proof for proof in load_proofs(builtin_files())}


def reference_schema() -> dict[str, str]:
    """The example project's schema, by path."""
    files = sorted((REFERENCE / "schema/v1").glob("*.sql"))
    return {f"schema/v1/{file.name}": file.read_text("utf-8") for file in files}


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return root


def run_proofs(root: Path, server: Server, *proofs: Proof) -> Run:
    return prove(load(root), proofs, server.target)


def result_of(root: Path, server: Server, name: str) -> Result:
    [result] = run_proofs(root, server, PROOFS[name]).results
    return result


def proof_of(*steps: Mapping[str, object], **more: object) -> Proof:
    """A proof of these steps."""
    table = {"name": "mine", "title": "It holds", "why": "Because.", "steps": list(steps), **more}
    return build_proof(table, file="mine.proof.toml")
