"""A run of the proofs in words, a format a module: `render(run) -> str`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from outbox_guard.live.proofs.results import Run

FORMATS = ("text", "json", "junit")


def renderer(name: str) -> Callable[[Run], str]:
    """The output of this name, one of FORMATS."""
    return cast(Callable[[Run], str], import_module(f"{__name__}.{name}").render)
