"""What a bundle is made of, gathered: the project, judged as a whole, and a database's catalog."""

from __future__ import annotations

import dataclasses
import glob
import os
from collections.abc import Mapping
from pathlib import Path

from outbox_guard.config import Loaded
from outbox_guard.config.rendering import render_config
from outbox_guard.errors import UsageError
from outbox_guard.evidence.catalog import Catalog
from outbox_guard.evidence.material import InForce, Material, digest
from outbox_guard.evidence.results import Proved, read_results
from outbox_guard.folding import what_stands
from outbox_guard.gathering import Progress
from outbox_guard.intake import Intake, Request
from outbox_guard.live.drift import drift_of, observe
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.files import Proof, builtin_files, load_proofs
from outbox_guard.live.servers.targets import Target
from outbox_guard.project import SOURCE_DATE, Setup, examine, is_enforced, set_up, today
from outbox_guard.schema.order import applied_files
from outbox_guard.sieve import LAYING_OUT


def catalog_of(project: Loaded, target: Target | None) -> Catalog | None:
    """What the database has, where one is named; that the files make no schema is evidence, too."""
    if target is None:
        return None
    seen = observe(target, project.config)
    drift, fault = None, ""
    try:
        drift = drift_of(project, seen)
    except LiveError as error:
        fault = str(error)
    return Catalog(seen.database, seen.version, seen.sql, project.config.names, drift, fault)


def collect(
    project: Loaded,
    folder: Path,
    *,
    proof_results: Path | None = None,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> Material:
    """All of a project that a bundle in `folder` is made of.

    `proof_results` is what `prove --format json` wrote. Raises UsageError where that cannot be
    read, or where no rule or configuration can be in force.
    """
    setup = set_up(_without(project, folder))
    # Without a day that was named no waiver is over: a bundle has no clock.
    day = today(os.environ) if SOURCE_DATE in os.environ else ""
    judgement = dataclasses.replace(
        setup.judgement(enforced=is_enforced(os.environ), whole=True), today=day
    )
    taken, report = examine(setup, Request(), judgement, progress=progress)
    schema, rights = what_stands(taken.facts, taken.tree.names)
    if catalog is not None:
        schema, rights = catalog.stands
        report = catalog.judged(report, judgement)
    return Material(
        config=project.config,
        settings=render_config(project),
        schema=schema,
        rights=rights,
        report=report,
        rules=tuple(_rules(setup)),
        files=_schema_files(taken),
        project=taken.tree,
        proofs=_proofs(project),
        results=_results(proof_results),
        catalog=catalog,
    )


def _without(project: Loaded, folder: Path) -> Loaded:
    """The project without its own bundle, which would be evidence of itself."""
    inside = Path(os.path.realpath(folder))
    if not inside.is_relative_to(project.root):
        return project
    pattern = f"{glob.escape(inside.relative_to(project.root).as_posix())}/**"
    config = dataclasses.replace(project.config, exclude=(*project.config.exclude, pattern))
    return dataclasses.replace(project, config=config)


def _rules(setup: Setup) -> list[InForce]:
    return [
        InForce(rule, digest(Path(rule.file).read_text("utf-8")), rule.code in setup.selection)
        for rule in setup.rules
    ]


def _proofs(project: Loaded) -> tuple[Proof, ...]:
    """Those that `prove` carries out where none is named."""
    left_out = project.config.live.leave_out
    known = load_proofs((*builtin_files(), *project.proof_files))
    return tuple(p for p in known if p.demonstration == "no" and p.name not in left_out)


def _schema_files(taken: Intake) -> tuple[str, ...]:
    zones = taken.tree.names.zones
    paths = (p for p in taken.tree.paths if zones.of(p) == "schema" and p.endswith(LAYING_OUT))
    return applied_files(paths, taken.facts)


def _results(file: Path | None) -> Mapping[str, Proved] | None:
    if file is None:
        return None
    try:
        return read_results(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--proofs {file}: cannot be read: {error}") from error
