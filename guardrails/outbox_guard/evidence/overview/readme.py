"""00: what each file shows, what is promised, and which SQLSTATE stands for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outbox_guard.evidence.catalog import DRIFT
from outbox_guard.evidence.catalog import FILE as CATALOG
from outbox_guard.evidence.listings.proofs import first_line, proving
from outbox_guard.evidence.material import Material
from outbox_guard.evidence.overview.invariants import Judged
from outbox_guard.evidence.sections import Section, columns, missing_lines
from outbox_guard.version import __version__

FILE = "00_README.txt"


def readme(material: Material, sections: Sequence[Section], judged: Sequence[Judged]) -> Section:
    """The first section, of all the others."""
    missing = [each for section in sections for each in section.missing]
    parts = (
        f"{first_line(material)}\n",
        f"Evidence of the transactional outbox, by outbox-guard {__version__}.\n",
        f"{_origin(material)}MANIFEST.sha256 covers all of it; `outbox-guard evidence --verify`"
        " checks it.\n",
        missing_lines(missing),
        f"FILES\n{columns([(section.file, section.title) for section in sections])}",
        f"INVARIANTS\n{columns(list(_invariants(judged)))}",
        f"SQLSTATES\n{columns(list(_sqlstates(material)))}",
    )
    return Section(FILE, "What this is", "\n".join(part for part in parts if part))


def _origin(material: Material) -> str:
    says = f"{material.origin}.\n"
    catalog = material.catalog
    if catalog is None:
        return f"{says}The same files give the same bytes.\n"
    return (
        f"{catalog.summary}\n\n{says}Files 01 to 11 show them; {CATALOG} has them as SQL,"
        f" {DRIFT} how they differ from the files.\nAll else follows from the project's"
        " files: the same files and the same catalog give the same bytes.\n"
    )


def _invariants(judged: Sequence[Judged]) -> Iterator[tuple[str, str, str]]:
    for each in judged:
        rules = ", ".join(each.invariant.rules)
        carried = f" ({', '.join(each.carried)})" if each.carried else ""
        yield each.verdict.upper(), f"{each.invariant.says}{carried}", rules


def sqlstates(material: Material) -> tuple[tuple[str, str], ...]:
    live = material.config.live
    return (
        (live.lease_lost, "the lease is lost: its token is another's, or it has expired"),
        (live.append_only, "attempts are append-only: a change or removal is refused"),
        ("42501", "the role has no privilege to do this"),
        ("23505", "the payment has already ended: its terminal attempt is unique"),
    )


def _sqlstates(material: Material) -> Iterator[tuple[str, str, str]]:
    for state, meaning in sqlstates(material):
        names = ", ".join(proof.name for proof in proving(state, material)) or "no proof"
        yield state, meaning, f"proved by: {names}"
