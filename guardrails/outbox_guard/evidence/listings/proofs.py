"""16: what is promised, the command that proves it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.evidence.material import Material
from outbox_guard.evidence.sections import Section, columns
from outbox_guard.live.proofs.files import Proof, Step

FILE = "16_proofs.txt"
NOT_RUN = "NO PROOFS WERE RUN for this bundle: what it says is read from {} alone."
ANY = "any"


def proofs(material: Material) -> Section:
    title = "What is proved on a real PostgreSQL, and how"
    rows = [("PROOF", "SQLSTATE", "RESULT", "COMMAND", "PROMISE")]
    for proof in material.proofs:
        states = ", ".join(sqlstates(proof, material)) or "-"
        command = f"outbox-guard prove {proof.name}"
        rows.append((proof.name, states, result(proof, material), command, proof.title))
    failures = "".join(f"\n{line}" for line in _failures(material))
    text = f"{first_line(material)}\n\n# {title}\n\n{columns(rows)}{failures}"
    return Section(FILE, title, text)


def first_line(material: Material) -> str:
    """Whether proofs were run, which a reader has to know first."""
    results = material.results
    if results is None:
        read = "the source" if material.catalog is None else "the source and a catalog"
        return NOT_RUN.format(read)
    verdicts = [result(proof, material) for proof in material.proofs]
    held, failed = verdicts.count("proved"), verdicts.count("failed")
    rest = len(verdicts) - held - failed
    return f"PROOFS: {held} hold, {failed} FAILED, {rest} were not run or have nothing to show."


def result(proof: Proof, material: Material) -> str:
    found = (material.results or {}).get(proof.name)
    return found.verdict if found is not None else "not run"


def sqlstates(proof: Proof, material: Material) -> tuple[str, ...]:
    """The SQLSTATEs that the database has to answer with somewhere in a proof."""
    found = {state for step in proof.steps for state in _raised(step, material)}
    return tuple(sorted(found))


def proving(sqlstate: str, material: Material) -> list[Proof]:
    """The proofs in which a SQLSTATE is what must come."""
    return [proof for proof in material.proofs if sqlstate in sqlstates(proof, material)]


def _raised(step: Step, material: Material) -> Iterator[str]:
    live = material.config.live
    named = {"$append_only": live.append_only, "$lease_lost": live.lease_lost}
    for state in (step.raises, *step.outcomes):
        if state and state not in (ANY, "ok"):
            yield named.get(state, state)


def _failures(material: Material) -> Iterator[str]:
    for proof in material.proofs:
        found = (material.results or {}).get(proof.name)
        for failure in found.failures if found is not None else ():
            yield f"FAILED {proof.name}: {' '.join(failure.split())}\n"
