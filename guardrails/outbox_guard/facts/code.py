"""What can be said of a program's code, and of what a build makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts.basis import Fact

First = Literal["none", "text", "sql", "class", "unknown"]
Target = Literal["postgres", "other", "unknown"]
Artefact = Literal["wheel", "sdist", "wheel and sdist"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Fact):
    """An import, static, dynamic or type-only; `place` is the module's name in it."""

    module: str  # as resolved: absolute, through relative dots, aliases and re-exports
    modules: tuple[str, ...] = ()  # every module this may load: `from a import b` is a and a.b
    dynamic: bool = False
    local: bool = False  # the module is a file of this project


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Fact):
    """A call; `place` is the called name."""

    name: str  # as imported, never as aliased: "psycopg_pool.ConnectionPool"
    method: str = ""  # the last part of the name
    receiver: Literal["", "pool", "connection", "engine", "database", "home"] = ""
    first: First = "none"  # what the first argument is
    keywords: tuple[str, ...] = ()
    target: Target = "unknown"  # what a connection is opened to


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(Fact):
    """A name taken from a database object or from home, called or only read."""

    name: str
    receiver: Literal["database", "home"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped(Fact):
    """A build configuration that packs a test-only module; `place` is what configures it."""

    module: str
    artefact: Artefact
    builder: str
