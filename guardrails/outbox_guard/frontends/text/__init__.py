"""Documents and configuration files: the words of the old model that users read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from outbox_guard.allowing.facts import allow_of, hash_allows
from outbox_guard.facts import Fact
from outbox_guard.facts.operations import Where
from outbox_guard.frontends.text import monitoring, prose, settings
from outbox_guard.frontends.text.words import What, said
from outbox_guard.sources import Project, Source

Shown = Callable[[str], str]


class Reading(NamedTuple):
    shown: Shown  # what its readers see of it
    where: Where
    what: What = "both"


class Kind(NamedTuple):
    names: str  # of its files: a pattern of the whole path, in whatever case
    readings: tuple[Reading, ...]
    plain: Shown  # all of it but what it quotes as a whole: code, long texts


_KINDS = (
    Kind(
        r".*\.(?:md|markdown)",
        (Reading(prose.markdown, "prose"),),
        prose.unfenced,
    ),
    Kind(
        r".*\.rst",
        (Reading(prose.restructured, "prose"),),
        prose.unquoted,
    ),
    Kind(
        r".*\.ya?ml",
        (
            Reading(settings.yaml, "key"),
            Reading(settings.embedded, "key", "keys"),
            Reading(monitoring.alerts, "label", "terms"),
        ),
        settings.short,
    ),
    Kind(
        r".*\.toml",
        (Reading(settings.toml, "key"),),
        settings.short,
    ),
    Kind(
        r".*\.json",
        (
            Reading(settings.members, "key", "keys"),
            Reading(monitoring.dashboard, "label", "terms"),
        ),
        str,
    ),
    Kind(
        r".*\.(?:env|ini|cfg|properties|conf)|(?:.*/)?\.env[^/]*",
        (Reading(settings.lines, "key"),),
        str,
    ),
    # What starts a service sets its keys; its other names are its own.
    Kind(r".*", (Reading(settings.set_keys, "key", "keys"),), str),
)
_REMARK = re.compile(
    r"<!--\s*(?P<html>outbox-guard.*?)\s*-->|^\.\.\s+(?P<rst>outbox-guard.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def lower(source: Source, project: Project) -> Iterator[Fact]:
    """The facts of one document or configuration file."""
    kind = next(k for k in _KINDS if re.fullmatch(k.names, source.path, re.IGNORECASE | re.DOTALL))
    yield from _allows(source, kind)
    if prose.HISTORY.fullmatch(source.path):
        return
    for reading in kind.readings:
        shown = reading.shown(source.text)
        yield from said(source, shown, project.names, reading.where, reading.what)


def _allows(source: Source, kind: Kind) -> Iterator[Fact]:
    """The comments that are for us: `<!-- … -->`, `.. …` and `# …`."""
    plain = replace(source, text=kind.plain(source.text))
    if kind.readings[0].where == "key":
        yield from hash_allows(plain)
        return
    for match in _REMARK.finditer(plain.text):
        place = source.place(match.start(), match.end())
        alone = source.line(place.line).strip() == match[0].strip()
        if allow := allow_of(match["html"] or match["rst"], place, alone=alone):
            yield allow
