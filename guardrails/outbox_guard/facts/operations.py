"""What can be said of how a service is operated: its words, its keys, its logs, its signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Edit, Fact

Where = Literal["prose", "key", "label"]
About = Literal["lease loss", "terminal guard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Fact):
    """A word of the old model where users read it."""

    term: str
    where: Where  # documents, configuration, logs and metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyKey(Fact):
    """A key of the configuration by the name that it had in the old model."""

    key: str
    replacement: str
    edit: Edit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall(Fact):
    """A log call where a lease is known to be lost, or a second outcome to be refused."""

    level: str  # the method: "error", "exception", "warning", …
    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayer(Fact):
    """A class, or a file without one, that completes attempts."""

    name: str
    signals: tuple[str, ...] = ()  # of those that an operator needs, the ones that it mentions
