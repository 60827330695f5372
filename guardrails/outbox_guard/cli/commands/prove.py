"""`outbox-guard prove`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.progress import Bar
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import columns, complain, deliver, is_terminal, say
from outbox_guard.errors import UsageError, did_you_mean
from outbox_guard.live.proofs.files import Proof, builtin_files, load_proofs
from outbox_guard.live.proofs.proving import prove
from outbox_guard.live.proofs.results import Run
from outbox_guard.live.reports import renderer, text
from outbox_guard.live.servers.stopping import interruptible
from outbox_guard.live.servers.targets import find_target
from outbox_guard.reporters.text import terminal_options


def run(arguments: Arguments) -> int:
    project = loaded(arguments)
    known = load_proofs((*builtin_files(), *project.proof_files))
    left_out = project.config.live.leave_out
    _check_names(left_out, known, where="`leave-out` in [live]: ")
    if arguments.list:
        for proof in known:
            say(f"{proof.name:<22} {proof.title}")
        return OK
    proofs = _chosen(arguments, known, left_out)
    target = None if arguments.embedded else find_target(arguments.url)
    with interruptible(), Bar("Proving") as bar:
        done = prove(project, proofs, target, progress=bar)
    for name in done.cleared:
        complain(f"outbox-guard: dropped {name}, which a run that was killed had left")
    deliver(_rendered(done, arguments), arguments.output, exact=arguments.format != "text")
    return FOUND if done.of("failed") else OK


def _chosen(
    arguments: Arguments, known: Sequence[Proof], left_out: Sequence[str]
) -> tuple[Proof, ...]:
    """The proofs that were named, else all that prove something of the project."""
    named = [arguments.show] if arguments.show else arguments.names
    _check_names(named, known)
    if named:
        return tuple(proof for proof in known if proof.name in named)
    return tuple(p for p in known if p.demonstration == "no" and p.name not in left_out)


def _check_names(names: Sequence[str], known: Sequence[Proof], *, where: str = "") -> None:
    words = [proof.name for proof in known]
    for name in names:
        if name not in words:
            hint = did_you_mean(name, words, otherwise="`outbox-guard prove --list` has them")
            raise UsageError(f"{where}there is no proof {name!r}; {hint}")


def _rendered(done: Run, arguments: Arguments) -> str:
    if arguments.format != "text":
        return renderer(arguments.format)(done)
    to_terminal = arguments.output is None and is_terminal(sys.stdout)
    shown = terminal_options(os.environ, is_terminal=to_terminal, columns=columns())
    if arguments.show:
        return text.narrate(done, width=shown.width)
    return text.render(done, width=shown.width, color=shown.color)
