"""A console to write tables and wrapped text with, as text."""

from __future__ import annotations

from io import StringIO

from rich.console import Console


def console(output: StringIO, *, width: int, color: bool) -> Console:
    """It asks nothing of the environment: the same report is the same text everywhere."""
    return Console(
        file=output,
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        force_jupyter=False,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
