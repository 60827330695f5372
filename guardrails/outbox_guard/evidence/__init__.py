"""What an auditor is shown: a bundle of files that follow from the project's own, and only them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outbox_guard.evidence.archive import manifest
from outbox_guard.evidence.listings.ddl import declarations
from outbox_guard.evidence.listings.functions import functions
from outbox_guard.evidence.listings.grants import effective, granted
from outbox_guard.evidence.listings.judged import configuration, judged
from outbox_guard.evidence.listings.proofs import proofs
from outbox_guard.evidence.material import Material
from outbox_guard.evidence.overview.invariants import judged as judged_invariants
from outbox_guard.evidence.overview.page import page
from outbox_guard.evidence.overview.readme import readme


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of the evidence, by their names."""

    files: Mapping[str, bytes]
    missing: tuple[str, ...]  # what it should show and the project has not


def bundle(material: Material) -> Bundle:
    """All files of the bundle."""
    sections = [
        granted(material),
        effective(material),
        *functions(material),
        *declarations(material),
        *judged(material),
        proofs(material),
        configuration(material),
        *(material.catalog.sections() if material.catalog is not None else ()),
    ]
    invariants = judged_invariants(material)
    sections = [readme(material, sections, invariants), *sections]
    texts = {section.file: section.text for section in sections}
    texts["index.html"] = page(material, sections, invariants)
    files = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
    missing = dict.fromkeys(each for section in sections for each in section.missing)
    return Bundle(
        {**files, manifest.FILE: manifest.manifest(files, material.origin)}, tuple(missing)
    )
