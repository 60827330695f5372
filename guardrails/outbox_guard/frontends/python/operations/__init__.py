"""What a Python file says of how a service is operated, where it has a word of that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.facts import Fact
from outbox_guard.frontends.python.operations import leases, relayers, telemetry
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.sources import Project

_LEASE = re.compile(r"lease(?<!release)(?<!please)")


def operations(syntax: Syntax, project: Project) -> Iterator[Fact]:
    """Most files have none of these words, and are not walked through."""
    names = project.names
    lowered = syntax.source.text.lower()
    if any(term.lower() in lowered for term in names.operations.terms):
        yield from telemetry.facts(syntax, names)
    told = ("terminal", names.lease_lost.lower(), names.functions.complete.lower())
    if any(word in lowered for word in told) or _LEASE.search(lowered):
        yield from leases.facts(syntax, project)
    yield from relayers.facts(syntax, project)
