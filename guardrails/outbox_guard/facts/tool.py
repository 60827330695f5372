"""What the tool says of its own work: what it could not read, and what it is told to allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Edit, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(Fact):
    """An allow comment as it was written, right or wrong."""

    codes: tuple[str, ...] = ()
    reason: str = ""
    whole_file: bool = False
    alone: bool = False  # nothing else stands on its line, so it speaks for the next
    owner: str = ""  # who answers for it
    until: str = ""  # "2027-01-31": from that day on it suppresses nothing
    fault: str = ""  # why it suppresses nothing, "" when it is well formed


@dataclass(frozen=True, slots=True, kw_only=True)
class UselessAllow(Fact):
    """An allow comment or a baseline entry that suppressed nothing."""

    code: str
    origin: Literal["comment", "baseline"]
    edit: Edit | None = None  # without it, and without the comment if that then allows nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Fact):
    """A file that no rule has looked at, or not at all of it."""

    reason: str
