"""What can be configured: every key, what it means, and its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from outbox_guard.facts import Zone
from outbox_guard.globs import path_fault
from outbox_guard.matrix import Privileges
from outbox_guard.names import Boundary, Functions, Gate, Names, Operations, Outbox, Texts, Zones

Level = Literal["error", "warning", "off"]
Levels = Mapping[Literal["default", Zone], Level]

_OLDEST, _NEWEST = 10, 30


def _version_fault(version: int) -> str:
    known = _OLDEST <= version <= _NEWEST
    return "" if known else f"a major version of PostgreSQL, {_OLDEST} or later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How the proofs call what a project has; empty is worked out from the database's catalog."""

    enqueue: Annotated[str, "puts :instruction with :key into pending, returns its key"] = ""
    claim: Annotated[str, "leases :limit rows to :worker for :seconds; returns key, token"] = ""
    complete: Annotated[str, "records :state of :payment, with :token, :worker and :delay"] = ""
    repair: Annotated[str, "requeues :limit expired leases as :worker"] = ""
    expire: Annotated[str, "makes every lease expire"] = ""
    make_due: Annotated[str, "makes every row due"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """How a real PostgreSQL is asked, and what it answers."""

    apply: Annotated[
        str, "a command that applies the schema to $DATABASE_URL; empty: its files"
    ] = ""
    before: Annotated[Texts, "SQL files that `prove` applies before the schema", path_fault] = ()
    after: Annotated[Texts, "SQL files that `prove` applies after the schema", path_fault] = ()
    leave_out: Annotated[Texts, "proofs that are no promise of this project, by name"] = ()
    retry_state: Annotated[str, "the state of an attempt that will be tried again"] = "RETRYABLE"
    lease_lost: Annotated[str, "the SQLSTATE of a completion without its lease"] = "P7002"
    append_only: Annotated[str, "the SQLSTATE of a change of attempts"] = "P0001"
    calls: Annotated[Calls, "SQL for the proofs, where the catalog does not tell"] = field(
        default_factory=Calls
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration; the fields are its keys, in kebab-case."""

    extends: Annotated[Texts, "configuration files to build on; what is said here wins"] = ()
    select: Annotated[Texts, "rules to apply, by code, prefix or name"] = ("OBG",)
    ignore: Annotated[Texts, "rules not to apply; the more exact of select and ignore wins"] = ()
    exclude: Annotated[Texts, "globs of files that are no part of the project", path_fault] = ()
    rules: Annotated[Texts, "rule files of your own; globs, relative to this file"] = ()
    proofs: Annotated[Texts, "proof files of your own; globs, relative to this file"] = ()
    baseline: Annotated[str, "the file of known findings, relative to this file"] = (
        ".outbox-guard-baseline.json"
    )
    target_version: Annotated[int, "the major version of PostgreSQL", _version_fault] = 17
    outbox: Annotated[Outbox, "tables, columns and states of the outbox"] = field(
        default_factory=Outbox
    )
    functions: Annotated[Functions, "the DB functions of the lease model"] = field(
        default_factory=Functions
    )
    zones: Annotated[Zones, "which files are what; globs anchored at the project's root"] = field(
        default_factory=Zones
    )
    boundary: Annotated[Boundary, "what may be touched in its own place only"] = field(
        default_factory=Boundary
    )
    privileges: Annotated[Privileges, "what roles may not do"] = field(default_factory=Privileges)
    gate: Annotated[Gate, "the CI gate"] = field(default_factory=Gate)
    operations: Annotated[Operations, "what operators read and set"] = field(
        default_factory=Operations
    )
    live: Annotated[Live, "what is asked of a real PostgreSQL"] = field(default_factory=Live)
    severity: Annotated[
        Mapping[str, Level | Levels],
        "a rule's severity, by code, prefix or name; a text, or a table by zone",
    ] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        """The part of it that frontends know."""
        return Names(
            outbox=self.outbox,
            functions=self.functions,
            zones=self.zones,
            boundary=self.boundary,
            gate=self.gate,
            operations=self.operations,
            privileges=self.privileges,
            target_version=self.target_version,
            lease_lost=self.live.lease_lost,
        )
