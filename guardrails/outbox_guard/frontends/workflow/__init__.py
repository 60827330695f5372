"""GitHub workflows: what they say of the CI gate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.comments import parse_allow
from outbox_guard.facts import Allow, Fact, Unreadable, Workflow
from outbox_guard.frontends.workflow.documents import DocumentFault, Table, parse
from outbox_guard.frontends.workflow.gates import facts
from outbox_guard.sources import Project, Source

_COMMENT = re.compile(r"(?<!\S)#[^\n]*outbox-guard[^\n]*", re.IGNORECASE)


def lower(source: Source, project: Project) -> Iterator[Fact]:
    """The facts of one workflow."""
    try:
        document = parse(source.text)
    except DocumentFault as fault:
        where = source.place(fault.offset, fault.offset + 1)
        yield Unreadable(place=where, reason=f"it {fault}" if _is_verb(fault) else str(fault))
        return
    yield from allows(source)
    if isinstance(document, Table):
        jobs = tuple(document.table("jobs").entries)
        yield Workflow(place=source.place(0, 0), jobs=jobs)
        yield from facts(source, document, project)


def _is_verb(fault: DocumentFault) -> bool:
    return str(fault).startswith("is ")


def allows(source: Source) -> Iterator[Fact]:
    """The allow comments of a text in which `#` begins a comment."""
    for match in _COMMENT.finditer(source.text):
        parsed = parse_allow(match[0])
        if parsed is not None:
            before = source.text[: match.start()].rpartition("\n")[2]
            yield Allow(
                place=source.place(match.start(), match.end()),
                codes=parsed.codes,
                reason=parsed.reason,
                whole_file=parsed.whole_file,
                alone=not before.strip(),
                fault=parsed.fault,
            )
