"""The outputs, one module each: `render(report) -> str`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from outbox_guard.findings import Report

Render = Callable[[Report], str]

# Named, not imported: a run pays only for the output that it was asked for.
FORMATS: dict[str, str] = {
    "text": "outbox_guard.reporters.text",
    "json": "outbox_guard.reporters.json",
    "sarif": "outbox_guard.reporters.sarif",
    "github": "outbox_guard.reporters.github",
    "gitlab": "outbox_guard.reporters.gitlab",
    "junit": "outbox_guard.reporters.junit",
    "rdjson": "outbox_guard.reporters.rdjson",
}


def renderer(name: str) -> Render:
    """The output of this name, a key of FORMATS."""
    return cast(Render, import_module(FORMATS[name]).render)
