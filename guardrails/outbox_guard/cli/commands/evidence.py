"""`outbox-guard evidence`."""

from __future__ import annotations

from pathlib import Path

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import complain, say
from outbox_guard.errors import UsageError
from outbox_guard.evidence import bundle
from outbox_guard.evidence.archive.comparing import differences
from outbox_guard.evidence.archive.manifest import faults
from outbox_guard.evidence.archive.storing import read_bundle, write_bundle
from outbox_guard.evidence.collecting import catalog_of, collect
from outbox_guard.live.servers.stopping import interruptible
from outbox_guard.live.servers.targets import VARIABLES, find_target

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
        catalog = catalog_of(project, find_target(arguments.url, variables=VARIABLES[:1]))
    results = arguments.proof_results
    with Bar() as bar:
        made = bundle(
            collect(project, folder, proof_results=results, catalog=catalog, progress=bar)
        )
    write_bundle(made.files, folder)
    complain(f"outbox-guard: wrote {len(made.files)} files to {folder}")
    for each in made.missing:
        complain(f"outbox-guard: missing: {each}")
    return FOUND if made.missing else OK


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
