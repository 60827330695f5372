"""How seldom a process of ours looks for garbage: trees are none, and the rest frees itself."""

from __future__ import annotations

import gc

THRESHOLDS = (200_000, 20, 100)  # objects made, and rounds, before it is looked for


def look_seldom() -> None:
    """In a process that is ours; whoever imports us has thresholds of their own."""
    gc.set_threshold(*THRESHOLDS)


def keep_all() -> None:
    """What there is by now is not looked through again, nor copied for that after a fork."""
    gc.freeze()
