"""From a project to what its schema was proved to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from outbox_guard.config import Config, Loaded
from outbox_guard.live.catalog.outbox import Outbox, read_outbox
from outbox_guard.live.catalog.production import refuse_production
from outbox_guard.live.proofs.calls import Calls
from outbox_guard.live.proofs.cases import cases_of
from outbox_guard.live.proofs.files import Proof
from outbox_guard.live.proofs.results import Done, Result, Run
from outbox_guard.live.proofs.running import Stage, play
from outbox_guard.live.proofs.words import words_of
from outbox_guard.live.servers.applying import SqlFile, apply, schema_files
from outbox_guard.live.servers.clearing import clear
from outbox_guard.live.servers.connecting import connected
from outbox_guard.live.servers.databases import Databases, databases
from outbox_guard.live.servers.migrating import migrate
from outbox_guard.live.servers.roles import roles_restored
from outbox_guard.live.servers.server import embedded
from outbox_guard.live.servers.sessions import Session
from outbox_guard.live.servers.targets import Target

Progress = Callable[[int, int], None]  # how many proofs are done, and of how many


def prove(
    project: Loaded,
    proofs: Sequence[Proof],
    target: Target | None,
    *,
    progress: Progress = lambda _done, _total: None,
) -> Run:
    """Apply the schema to a database of our own, and carry out the proofs in copies of it.

    The server is the target's, or one that is started for the run. Raises LiveError where
    something keeps a proof from being carried out.
    """
    with _server(target, project.config) as (server, shown), staged(project, server) as stage:
        return Run(
            server=stage.databases.version,
            database=shown,
            files=tuple(file.path for file in stage.files),
            cleared=stage.cleared,
            results=tuple(_each(proofs, stage, progress)),
        )


@contextmanager
def staged(project: Loaded, server: Target) -> Iterator[Stage]:
    """The schema, applied to a database on the server, which is dropped after the block."""
    files = schema_files(project)
    with (
        databases(server) as ours,
        nullcontext(clear(ours.admin)) as cleared,
        roles_restored(ours.admin) as roles,
        ours.database() as template,
    ):

        def settle() -> None:
            """After each file: a run that is killed can say no more."""
            roles.settle()
            ours.say_roles(template, roles.created)

        try:
            _apply(files, ours, template, project, settle)
        finally:
            settle()
        outbox = _read(ours, template, project.config)
        yield Stage(ours, template, files, outbox, Calls(outbox), words_of(outbox), cleared)


@contextmanager
def _server(target: Target | None, config: Config) -> Iterator[tuple[Target, str]]:
    if target is not None:
        refuse_production(target, config.outbox)
        yield target, target.shown
        return
    with embedded(config.target_version) as server:
        yield server.target, "embedded"


def _apply(
    files: Sequence[SqlFile],
    ours: Databases,
    template: str,
    project: Loaded,
    settle: Callable[[], None],
) -> None:
    for file in files:
        if not file.comes_last:
            _apply_file(file, ours, template, project)
            settle()
    if project.config.live.apply:
        own = Target(ours.parameters(template), ours.target.said_by)
        migrate(project.config.live.apply, own, project.root)
        ours.wait_until_unused(template)
    for file in files:
        if file.comes_last:
            _apply_file(file, ours, template, project)


def _apply_file(file: SqlFile, ours: Databases, template: str, project: Loaded) -> None:
    session = Session("schema", ours.connect(template))  # of its own, as psql runs it
    try:
        apply(file, session, project)
    finally:
        session.close()
        ours.wait_until_unused(template)


def _read(ours: Databases, template: str, config: Config) -> Outbox:
    """What the schema has made."""
    with connected(Target(ours.parameters(template), ours.target.said_by)) as connection:
        outbox = read_outbox(connection, config)
    ours.wait_until_unused(template)
    return outbox


def _each(proofs: Sequence[Proof], stage: Stage, progress: Progress) -> Iterator[Result]:
    for number, proof in enumerate(proofs, 1):
        cases = cases_of(proof.each, stage.outbox)
        steps: list[Done] = []
        for case in cases:
            with _place(stage, last=proof is proofs[-1] and case is cases[-1]) as database:
                steps += play(proof, case, stage, database)
        yield Result(proof=proof, cases=len(cases), steps=tuple(steps))
        progress(number, len(proofs))


def _place(stage: Stage, *, last: bool) -> AbstractContextManager[str]:
    """A database for one case: a copy, since others want the original; the last one takes that."""
    return nullcontext(stage.template) if last else stage.databases.database(stage.template)
