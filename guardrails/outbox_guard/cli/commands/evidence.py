"""`outbox-guard evidence`."""

from __future__ import annotations

import dataclasses
import glob
import os
from collections.abc import Mapping
from pathlib import Path

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import complain, say
from outbox_guard.config import Loaded
from outbox_guard.config.rendering import render_config
from outbox_guard.errors import UsageError
from outbox_guard.evidence import Bundle, Catalog, InForce, Material, bundle, digest
from outbox_guard.evidence.archive.comparing import differences
from outbox_guard.evidence.archive.manifest import faults
from outbox_guard.evidence.archive.storing import read_bundle, write_bundle
from outbox_guard.evidence.results import Proved, read_results
from outbox_guard.folding import what_stands
from outbox_guard.intake import Intake, Request
from outbox_guard.live.drift import drift_of, observe
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.files import Proof, builtin_files, load_proofs
from outbox_guard.live.servers.stopping import interruptible
from outbox_guard.live.servers.targets import VARIABLES, Target, find_target
from outbox_guard.project import SOURCE_DATE, Setup, examine, is_enforced, set_up, today
from outbox_guard.schema.order import applied_files
from outbox_guard.sieve import LAYING_OUT

FOLDER = Path("reports/outbox-evidence")


def run(arguments: Arguments) -> int:
    project = loaded(arguments)
    folder = arguments.output or project.root / FOLDER
    if arguments.url is not None and (arguments.verify or arguments.compare is not None):
        raise UsageError("--url: --verify and --compare look at bundles that are there")
    if arguments.verify:
        return _verify(folder)
    if arguments.compare is not None:
        return _compare(arguments.compare, folder)
    with interruptible():
        catalog = _catalog(project, find_target(arguments.url, variables=VARIABLES[:1]))
    made = _made(project, folder, arguments.proof_results, catalog)
    write_bundle(made.files, folder)
    complain(f"outbox-guard: wrote {len(made.files)} files to {folder}")
    for each in made.missing:
        complain(f"outbox-guard: missing: {each}")
    return FOUND if made.missing else OK


def _without(project: Loaded, folder: Path) -> Loaded:
    """The project without its own bundle, which would be evidence of itself."""
    inside = Path(os.path.realpath(folder))
    if not inside.is_relative_to(project.root):
        return project
    pattern = f"{glob.escape(inside.relative_to(project.root).as_posix())}/**"
    config = dataclasses.replace(project.config, exclude=(*project.config.exclude, pattern))
    return dataclasses.replace(project, config=config)


def _verify(folder: Path) -> int:
    files = read_bundle(folder)
    found = list(faults(files))
    for each in found:
        say(each)
    if not found:
        complain(f"outbox-guard: {len(files)} files in {folder}, and nothing was changed")
    return FOUND if found else OK


def _compare(other: Path, folder: Path) -> int:
    """What changed since the other bundle."""
    found = list(differences(read_bundle(other), read_bundle(folder)))
    for each in found:
        say(each)
    if not found:
        complain(f"outbox-guard: {folder} says the same as {other}")
    return FOUND if found else OK


def _catalog(project: Loaded, target: Target | None) -> Catalog | None:
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


def _made(
    project: Loaded, folder: Path, proof_results: Path | None, catalog: Catalog | None
) -> Bundle:
    setup = set_up(_without(project, folder))
    # Without a day that was named no waiver is over: a bundle has no clock.
    day = today(os.environ) if SOURCE_DATE in os.environ else ""
    judgement = dataclasses.replace(
        setup.judgement(enforced=is_enforced(os.environ), whole=True), today=day
    )
    with Bar() as bar:
        taken, report = examine(setup, Request(), judgement, progress=bar)
    schema, rights = what_stands(taken.facts, taken.tree.names)
    if catalog is not None:
        schema, rights = catalog.stands
        report = catalog.judged(report, judgement)
    return bundle(
        Material(
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
    )


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
