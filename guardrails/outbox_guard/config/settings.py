"""What the configuration claims of the project, as facts that stand where it is written."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.config.loading import Loaded
from outbox_guard.facts import GateSetting, Place
from outbox_guard.sources import Source
from outbox_guard.toml_keys import key_ranges, nearest


def settings(loaded: Loaded) -> Iterator[GateSetting]:
    """Where the gate is said to be."""
    gate = loaded.config.gate
    if gate.workflow:
        yield GateSetting(place=_place(loaded, "workflow"), key="workflow", value=gate.workflow)
    if gate.job:
        yield GateSetting(place=_place(loaded, "job"), key="job", value=gate.job)


def _place(loaded: Loaded, key: str) -> Place:
    """A configuration that was handed over as such stands in no file."""
    file = loaded.source(("gate", key))
    if file is None:
        return Place("outbox-guard.toml", 1, 1, 1, 1)
    source = Source(file.shown, file.text, loaded.config.zones.of(file.shown))
    return source.place(*(nearest(key_ranges(file.text), (*file.prefix, "gate", key)) or (0, 0)))
