"""A run for programs, the evidence among them: version 1 of a public contract."""

from __future__ import annotations

from outbox_guard.live.proofs.results import Done, Result, Run
from outbox_guard.reporters.safety import json_text
from outbox_guard.version import __version__

CONTRACT = 1


def render(run: Run) -> str:
    return json_text(
        {
            "version": CONTRACT,
            "tool": {"name": "outbox-guard", "version": __version__},
            "server": {"postgresql": run.server, "database": run.database},
            "schema": list(run.files),
            "proofs": [_proof(result) for result in run.results],
            "summary": {
                "proved": len(run.of("proved")),
                "failed": len(run.of("failed")),
                "inapplicable": len(run.of("inapplicable")),
            },
        }
    )


def _proof(result: Result) -> dict[str, object]:
    proof = result.proof
    return {
        "name": proof.name,
        "title": proof.title,
        "why": " ".join(proof.why.split()),
        "rules": list(proof.rules),
        "result": result.verdict,
        "cases": result.cases,
        "steps": [_step(done) for done in result.steps],
    }


def _step(done: Done) -> dict[str, object]:
    return {
        "case": done.case,
        "says": done.says,
        "session": done.session,
        "statement": done.statement,
        "expected": done.expected,
        "got": done.got,
        "held": done.held,
    }
