"""GitHub workflows: what they say of the CI gate."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.allowing.facts import hash_allows
from outbox_guard.facts import Fact, Unreadable, Workflow
from outbox_guard.frontends.workflow.documents import DocumentFault, Table, parse
from outbox_guard.frontends.workflow.gates import facts
from outbox_guard.sources import Project, Source


def lower(source: Source, project: Project) -> Iterator[Fact]:
    """The facts of one workflow."""
    try:
        document = parse(source.text)
    except DocumentFault as fault:
        where = source.place(fault.offset, fault.offset + 1)
        yield Unreadable(place=where, reason=f"it {fault}")
        return
    yield from hash_allows(source)
    if isinstance(document, Table):
        jobs = tuple(document.table("jobs").entries)
        yield Workflow(place=source.place(0, 0), jobs=jobs)
        yield from facts(source, document, project)
