"""What the lease model promises, and how each promise stands in this project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.evidence.listings.ddl import lease_checks, terminal_indexes, triggers
from outbox_guard.evidence.listings.functions import standing
from outbox_guard.evidence.listings.proofs import result
from outbox_guard.evidence.material import Material, where
from outbox_guard.facts import Check, Declaration, Place
from outbox_guard.findings import Finding

Verdict = Literal["holds", "broken", "waived", "missing", "not judged"]
Carrier = Literal["claim", "complete", "repair", "append-only", "lease", "terminal", "triggers"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, the rules that judge it, and what in the schema carries it."""

    says: str
    rules: tuple[str, ...]
    carriers: tuple[Carrier, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """An invariant, and whether it holds."""

    invariant: Invariant
    verdict: Verdict
    because: tuple[str, ...]  # a line each
    carried: tuple[str, ...]  # where the lines stand that carry it


UNREAD = ("OBG001", "OBG002")  # what could not be read or followed proves nothing
INVARIANTS = (
    Invariant("A claim leases due rows and deletes none", ("OBG101", "OBG411"), ("claim",)),
    Invariant("The lease columns are all NULL or none is", ("OBG403",), ("lease",)),
    Invariant(
        "An outcome is recorded only under a lease that still holds", ("OBG409",), ("complete",)
    ),
    Invariant(
        "Attempts are only ever appended",
        ("OBG104", "OBG408"),
        ("triggers", "append-only"),
    ),
    Invariant("A payment ends once", ("OBG407",), ("terminal",)),
    Invariant("What no worker finished is taken up again", ("OBG410",), ("repair",)),
    Invariant("A forbidden state is never written again", ("OBG102", "OBG405", "OBG406")),
    Invariant("A retry comes when it is due, as often as it may", ("OBG401", "OBG402")),
    Invariant(
        "Only DB functions write the outbox, and roles hold no more than they need",
        ("OBG103", "OBG501", "OBG502", "OBG412"),
    ),
    Invariant(
        "Application code reaches the database through one place, under a role",
        ("OBG201", "OBG202", "OBG203", "OBG204", "OBG205", "OBG206", "OBG301", "OBG302"),
    ),
)


def judged(material: Material) -> list[Judged]:
    return [_judged(invariant, material) for invariant in INVARIANTS]


def _judged(invariant: Invariant, material: Material) -> Judged:
    findings = [f for f in material.report.findings if f.code in invariant.rules]
    open_ = [f for f in findings if f.suppressed is None]
    waived = [f for f in findings if f.suppressed is not None]
    idle = [e.rule.code for e in material.rules if not e.active and e.rule.code in invariant.rules]
    carried, absent = _carried(invariant, material)
    unread = [f for f in material.report.open if f.code in UNREAD and f.place.zone == "schema"]
    grounds: tuple[tuple[Verdict, list[str]], ...] = (  # the gravest first
        ("broken", [*map(_said, open_), *_refuted(invariant, material)]),
        ("missing", absent),
        ("not judged", [*(f"{code} is not in force" for code in idle), *map(_said, unread)]),
        ("waived", list(map(_said, waived))),
    )
    verdict: Verdict = next((kind for kind, lines in grounds if lines), "holds")
    because = tuple(line for _, lines in grounds for line in lines)
    return Judged(invariant, verdict, because, tuple(carried))


def _refuted(invariant: Invariant, material: Material) -> Iterator[str]:
    """The proofs about it that failed, whatever the source says."""
    for proof in material.proofs:
        if set(proof.rules) & set(invariant.rules) and result(proof, material) == "failed":
            yield f"the proof {proof.name} failed"


def _said(finding: Finding) -> str:
    return f"{finding.code} {where(finding.place)}: {' '.join(finding.message.split())}"


def _carried(invariant: Invariant, material: Material) -> tuple[list[str], list[str]]:
    """Where what carries it stands, and what is not there."""
    carried: list[str] = []
    absent: list[str] = []
    for carrier in invariant.carriers:
        found = list(_standing(carrier, material))
        carried += [where(_lines(declaration)) for declaration in found]
        if not found:
            absent.append(f"there is no {_called(carrier, material)}")
    return carried, absent


def _lines(declaration: Declaration) -> Place:
    """A CHECK has a line of its own in its table's statement."""
    if isinstance(declaration, Check) or declaration.statement is None:
        return declaration.place
    return declaration.statement


def _standing(carrier: Carrier, material: Material) -> Iterator[Declaration]:
    outbox, functions = material.names.outbox, material.names.functions
    match carrier:
        case "claim":
            yield from standing(material, functions.claim)
        case "complete":
            yield from standing(material, functions.complete)
        case "repair":
            yield from standing(material, functions.repair)
        case "append-only":
            yield from standing(material, functions.append_only)
        case "lease":
            for table in material.tables(outbox.pending):
                yield from lease_checks(table, material)
        case "terminal":
            for table in material.tables(outbox.attempts):
                yield from terminal_indexes(table, material)
        case "triggers":
            for table in material.tables(outbox.attempts):
                yield from triggers(table)


def _called(carrier: Carrier, material: Material) -> str:
    functions = material.names.functions
    return {
        "claim": f"function {functions.claim}",
        "complete": f"function {functions.complete}",
        "repair": f"function {functions.repair}",
        "append-only": f"function {functions.append_only}",
        "lease": "CHECK on the lease columns",
        "terminal": "unique index of terminal attempts",
        "triggers": "trigger on the attempts",
    }[carrier]
